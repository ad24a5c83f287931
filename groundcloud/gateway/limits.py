"""API Gateway's quotas that the data plane keeps.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
"""

MAX_BODY_BYTES = 10 * 1024 * 1024
"""Payload size of a request."""

MAX_HEADER_BYTES = 10240
"""Total combined size of request line and header values."""

MAX_INTEGRATION_SECONDS = 29.0
"""Longest an integration may take, and the default."""

VERIFIED_TOKENS_KEPT = 4096
"""How many checked tokens are remembered, so that a busy client costs one signature check, not one a call (ours)."""

JWKS_REFETCH_SECONDS = 1.0
"""A pool's keys are fetched again for an unknown key id at most this often (ours)."""

METRICS_FLUSH_SECONDS = 5.0
"""How long metrics are gathered before they are put to CloudWatch (ours; AWS: every minute)."""

AUTHORIZER_TTL_SECONDS = 300.0
"""How long a Lambda authorizer's answer is remembered, unless the authorizer says otherwise."""

AUTHORIZER_ANSWERS_KEPT = 4096
"""How many of those answers are remembered (ours)."""

AUTHORIZER_TIMEOUT_SECONDS = 29.0
"""Longest a Lambda authorizer may take (ours: not documented apart from integrations)."""

BUCKETS_KEPT = 65536
"""How many token buckets, and how many quota counters, are remembered (ours)."""

LOGS_FLUSH_SECONDS = 1.0
"""How long log lines are gathered before they are put to CloudWatch Logs (ours)."""

LOG_EVENTS_KEPT = 100_000
"""How many log lines may wait (ours)."""

LOG_EVENTS_A_BATCH = 1000
"""How many are put at once (AWS takes 10,000 and 1 MB)."""
