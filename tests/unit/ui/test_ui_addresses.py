"""AWS's addresses and their local twins."""

from __future__ import annotations

import pytest

from ui.readers.addresses import api_address, local_address, website_address

HERE = "http://127.0.0.1:4566"


@pytest.mark.parametrize(
    ("value", "local"),
    [
        ("https://a1.execute-api.us-east-1.amazonaws.com/prod", "http://a1.execute-api.localhost:4566/prod"),
        ("http://b.s3-website-us-east-1.amazonaws.com", "http://b.s3-website.localhost:4566/"),
        ("http://b.c.s3-website.eu-central-1.amazonaws.com/x", "http://b.c.s3-website.localhost:4566/x"),
        ("d111.cloudfront.net", "http://d111.cloudfront.localhost:4566/"),
        ("https://d111.cloudfront.net/a/b", "http://d111.cloudfront.localhost:4566/a/b"),
        ("https://example.com/d111.cloudfront.net", None),
        ("us-east-1_AbC", None),
        ("arn:aws:s3:::b", None),
    ],
)
def test_local_address(value: str, local: str | None) -> None:
    assert local_address(value, HERE) == local


def test_made_addresses() -> None:
    assert api_address("a1", "prod", HERE) == "http://a1.execute-api.localhost:4566/prod"
    assert website_address("b", HERE) == "http://b.s3-website.localhost:4566/"
