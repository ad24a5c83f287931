"""Which host names are ours, and what they name. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
"""

from __future__ import annotations

import re
from functools import lru_cache

_LOCAL = r"localhost(?:\.localstack\.cloud)?"
_WEBSITE = re.compile(rf"(?P<bucket>[a-z0-9][a-z0-9._-]*)\.s3-website(?:[.-][a-z0-9-]+)?\.(?:amazonaws\.com|{_LOCAL})")
_DISTRIBUTION = re.compile(rf"(?P<label>[a-z0-9-]+)\.cloudfront\.(?:net|{_LOCAL})")
_S3 = re.compile(rf"(?P<bucket>[a-z0-9][a-z0-9._-]*)\.s3(?:[.-][a-z0-9-]+)*\.(?:amazonaws\.com|{_LOCAL})")


@lru_cache(maxsize=256)
def website_bucket(hostname: str) -> str | None:
    """``shop.s3-website.localhost``, ``shop.s3-website-us-east-1.amazonaws.com``, … → ``shop``."""
    found = _WEBSITE.fullmatch(hostname)
    return found["bucket"] if found else None


@lru_cache(maxsize=256)
def distribution_label(hostname: str) -> str | None:
    """``d111111abcdef8.cloudfront.net``, ``d111111abcdef8.cloudfront.localhost`` → ``d111111abcdef8``."""
    found = _DISTRIBUTION.fullmatch(hostname)
    return found["label"] if found else None


def s3_bucket(hostname: str) -> str | None:
    """The bucket of a REST endpoint: ``shop.s3.amazonaws.com``, ``shop.s3.us-east-1.amazonaws.com`` → ``shop``."""
    if website_bucket(hostname):
        return None
    found = _S3.fullmatch(hostname)
    return found["bucket"] if found else None
