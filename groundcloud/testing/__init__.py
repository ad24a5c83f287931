"""The test kit: a pytest plugin that gives any project a local cloud. See docs/testing.md and `plugin.py`."""
