"""The stack's outputs, and the addresses that a person can open.

On a local profile, AWS's host names become the ones this machine answers to; browsers resolve ``*.localhost`` to it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from groundcloud.deploy.profile import Profile
from groundcloud.deploy.stack import Stack

_AWS_DOMAIN = r"amazonaws\.com(?:\.cn)?"
_LOCAL_FORMS = (
    (re.compile(rf"https?://([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.{_AWS_DOMAIN}"), "execute-api"),
    (re.compile(rf"https?://([a-z0-9.-]+)\.s3-website[.-][a-z0-9-]+\.{_AWS_DOMAIN}"), "s3-website"),
    (re.compile(r"https?://([a-z0-9]+)\.cloudfront\.net"), "cloudfront"),
    (re.compile(r"https?://([a-z0-9]+)\.lambda-url\.[a-z0-9-]+\.on\.aws"), "lambda-url"),
)
_LOCALSTACK_FORM = re.compile(
    r"https?://([a-z0-9.-]+)\.(execute-api|s3-website|cloudfront|lambda-url)(?:\.[a-z0-9-]+)?"
    r"\.localhost\.localstack\.cloud(?::\d+)?"
)
"""What LocalStack's CloudFormation makes of the same: a name that only a public name server knows, often with https,
which nothing on this machine speaks."""
_POOL_DOMAIN = re.compile(r"https?://([a-z0-9-]+\.auth\.[a-z0-9-]+)\.amazoncognito\.com")
_DISTRIBUTION_HOST = re.compile(r"[a-z0-9]+\.cloudfront\.net")


@dataclass(frozen=True)
class Link:
    """An address and what it is."""

    label: str
    url: str


def reachable(text: str, profile: Profile) -> str:
    """`text` with every address in it that this profile serves in the form that can be opened."""
    if not profile.local:
        return text
    for pattern, host in _LOCAL_FORMS:
        text = pattern.sub(rf"http://\1.{host}.localhost:{profile.port}", text)
    text = _LOCALSTACK_FORM.sub(rf"http://\1.\2.localhost:{profile.port}", text)
    return _POOL_DOMAIN.sub(rf"http://\1.localhost:{profile.port}", text)


def links(stack: Stack, profile: Profile) -> list[Link]:
    """The outputs that can be opened."""
    found = []
    for name, value in stack.outputs.items():
        address = f"https://{value}" if _DISTRIBUTION_HOST.fullmatch(value) else value
        if address.startswith(("http://", "https://")):
            found.append(Link(name, reachable(address, profile)))
    return found
