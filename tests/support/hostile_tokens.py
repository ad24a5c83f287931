"""Tokens made of a user's own that no API may take for right."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.systems import User


def _segment(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def forged(user: User) -> str:
    """Signed with another key, under the right key's name."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    header = jwt.get_unverified_header(user.id_token)
    return jwt.encode(user.claims, key, algorithm="RS256", headers={"kid": header["kid"]})


def unsigned(user: User) -> str:
    return f"{_segment({'alg': 'none', 'typ': 'JWT'})}.{_segment(user.claims)}."


def shared_secret(user: User) -> str:
    header = jwt.get_unverified_header(user.id_token)
    return jwt.encode(user.claims, "x" * 32, algorithm="HS256", headers={"kid": header["kid"]})


def changed(user: User) -> str:
    """Somebody else's subject under the old signature."""
    head, _, signature = user.id_token.split(".")
    return f"{head}.{_segment({**user.claims, 'sub': str(uuid.uuid4())})}.{signature}"


def access_token(user: User) -> str:
    return user.access_token


HOSTILE = [forged, unsigned, shared_secret, changed, access_token]
