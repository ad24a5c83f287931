"""Quotas of WebSocket APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html
"""

MAX_MESSAGE_BYTES = 128 * 1024
"""WebSocket message payload size, both ways."""

MAX_FRAME_BYTES = 32 * 1024
"""WebSocket frame size: "a message larger than 32 KB must be split into multiple frames"."""

MAX_CONNECTION_SECONDS = 2 * 3600.0
"""Connection duration."""

IDLE_SECONDS = 10 * 60.0
"""Idle connection timeout."""

MAX_INTEGRATION_SECONDS = 29.0
"""Longest an integration may take."""

SWEEP_SECONDS = 5.0
"""How often idle and old connections are looked for (ours)."""

MAX_RUNNING = 100
"""How many messages of one connection may be worked on at once (ours); the next one waits."""

MAX_UNSENT = 1000
"""How many messages may wait for a client that does not read (ours); beyond it the connection is closed."""
