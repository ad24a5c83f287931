"""AWS's public addresses and where the same thing answers on this machine. Pure functions.

Address forms: https://docs.aws.amazon.com/general/latest/gr/apigateway.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_NAME = r"[a-z0-9][a-z0-9.-]*"
_FORMS = (
    (
        re.compile(rf"(?:https?://)?(?P<name>[a-z0-9]+)\.execute-api\.{_NAME}\.amazonaws\.com(?P<rest>/.*)?"),
        "execute-api",
    ),
    (
        re.compile(rf"(?:https?://)?(?P<name>{_NAME})\.s3-website[.-]{_NAME}\.amazonaws\.com(?P<rest>/.*)?"),
        "s3-website",
    ),
    (re.compile(r"(?:https?://)?(?P<name>[a-z0-9-]+)\.cloudfront\.net(?P<rest>/.*)?"), "cloudfront"),
)


def local_address(value: str, endpoint: str) -> str | None:
    """The address on this machine of what `value` names on AWS, or None when `value` is no such address.

    >>> local_address("https://a1.execute-api.us-east-1.amazonaws.com/prod", "http://127.0.0.1:4566")
    'http://a1.execute-api.localhost:4566/prod'
    """
    for form, kind in _FORMS:
        if match := form.fullmatch(value):
            return f"http://{match['name']}.{kind}.localhost:{urlsplit(endpoint).port}{match['rest'] or '/'}"
    return None


def api_address(api: str, stage: str, endpoint: str) -> str:
    return f"http://{api}.execute-api.localhost:{urlsplit(endpoint).port}/{stage}"


def website_address(bucket: str, endpoint: str) -> str:
    return f"http://{bucket}.s3-website.localhost:{urlsplit(endpoint).port}/"
