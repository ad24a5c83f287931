"""Addresses that LocalStack makes up and that must lead to the cloud in front of it. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit


def with_port(url: str, port: int) -> str:
    """`url` with this port."""
    parts = urlsplit(url)
    return parts._replace(netloc=f"{parts.hostname}:{port}").geturl()
