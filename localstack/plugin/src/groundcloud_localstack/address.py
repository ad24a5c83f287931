"""Where the cloud is, and the secret its account's administrators sign with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Address:
    """The cloud's `url`, without a slash at its end, and the secret key of every account's administrator."""

    url: str = "http://127.0.0.1:4566"
    secret: str = "test"


def read_address(environ: Mapping[str, str]) -> Address:
    """The address that an environment names: ``GROUNDCLOUD_URL`` and ``GROUNDCLOUD_SECRET_ACCESS_KEY``."""
    url = environ.get("GROUNDCLOUD_URL") or Address.url
    return Address(url.rstrip("/"), environ.get("GROUNDCLOUD_SECRET_ACCESS_KEY") or Address.secret)
