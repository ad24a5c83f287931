"""Quotas of HTTP APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
"""

MAX_BODY_BYTES = 10 * 1024 * 1024
"""Payload size of a request."""

MAX_HEADER_BYTES = 10240
"""Total combined size of request line and header values."""

MAX_INTEGRATION_SECONDS = 30.0
"""Longest an integration may take, and the default."""

AUTHORIZER_TIMEOUT_SECONDS = 10.0
"""Longest a Lambda authorizer may take."""

AUTHORIZER_ANSWERS_KEPT = 4096
"""How many authorizers' answers are remembered (ours)."""

VERIFIED_TOKENS_KEPT = 4096
"""How many checked tokens are remembered (ours)."""

DISCOVERY_TIMEOUT_SECONDS = 1.5
"""How long an issuer's OIDC endpoints may take: "The timeout for … OpenID Connect discovery endpoint is 1500 ms"."""

KEYS_KEPT_SECONDS = 2 * 3600.0
"""How long an issuer's keys are remembered: "API Gateway can cache the public key for two hours"."""

UNKNOWN_KEY_SECONDS = 10.0
"""An issuer's keys are fetched again for an unknown key id at most this often (ours)."""

MAX_DISCOVERY_BYTES = 150_000
"""Maximum response size of an issuer's endpoints."""

MAX_KEYS = 128
"""How many of an issuer's keys are read (ours)."""

MAX_PROXIED_BYTES = 10 * 1024 * 1024
"""Largest response of an endpoint that is passed on (ours)."""

ACCESS_LOG_SECONDS = 0.5
"""How long access log lines are gathered before they are put (ours)."""

ACCESS_LOG_LINES = 5000
"""How many access log lines may wait; beyond it the oldest are lost (ours)."""
