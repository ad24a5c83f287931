"""HTTP APIs; `groundcloud/gateway/v2.py` puts their parts together."""
