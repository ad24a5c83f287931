"""CloudFormation's and our own limits, named once.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

TEMPLATE_BODY_BYTES = 51_200
"""A larger template goes by way of S3."""

TEMPLATE_URL_BYTES = 1_000_000
"""The largest template CloudFormation reads from S3."""

STACK_NAME_CHARS = 128

CHANGE_SET_SECONDS = 300.0
"""How long a change set may take to be worked out."""

POLL_FAST_SECONDS = 0.05
POLL_SLOW_SECONDS = 2.0
"""A wait starts at the first and doubles up to the second: a local stack is up in a blink, AWS throttles haste."""

INVALIDATION_PATHS = 15
"""More changed files than this are invalidated as one wildcard, as CloudFront counts paths."""

DELETE_BATCH = 1000
"""S3's DeleteObjects takes at most this many keys."""
