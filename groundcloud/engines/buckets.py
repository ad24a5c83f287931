"""Which bucket a host name means."""

from __future__ import annotations

import re

_VIRTUAL_HOST = re.compile(
    r"(?P<bucket>.+)\.s3(?:[.-](?:dualstack\.)?(?!website)[a-z0-9-]+)?\.(?:amazonaws\.com|localhost(?:\.localstack\.cloud)?)"
)


def bucket_of_hostname(hostname: str) -> str:
    """The bucket that a host name (lower case, no port) names, or nothing
    (AmazonS3/latest/userguide/VirtualHosting.html)."""
    found = _VIRTUAL_HOST.fullmatch(hostname)
    return found["bucket"] if found else ""
