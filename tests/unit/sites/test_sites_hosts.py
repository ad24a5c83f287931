from __future__ import annotations

import pytest

from groundcloud.sites.hosts import distribution_label, s3_bucket, website_bucket
from groundcloud.sites.pages import cloudfront_error, quoted, s3_error


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("shop.s3-website.localhost", "shop"),
        ("shop.s3-website-us-east-1.amazonaws.com", "shop"),
        ("shop.s3-website.eu-central-1.amazonaws.com", "shop"),
        ("shop.s3-website.localhost.localstack.cloud", "shop"),
        ("www.example.com.s3-website-us-east-1.amazonaws.com", "www.example.com"),
        ("s3-website-us-east-1.amazonaws.com", None),
        ("shop.s3.amazonaws.com", None),
        ("shop.s3-website.localhost.evil.com", None),
        ("shop.s3-website-us-east-1.amazonaws.com.evil.com", None),
        ("../x.s3-website.localhost", None),
        ("", None),
    ],
)
def test_website_hosts(host: str, bucket: str | None) -> None:
    assert website_bucket(host) == bucket


@pytest.mark.parametrize(
    ("host", "label"),
    [
        ("d111111abcdef8.cloudfront.net", "d111111abcdef8"),
        ("d111111abcdef8.cloudfront.localhost", "d111111abcdef8"),
        ("a.b.cloudfront.net", None),
        ("cloudfront.net", None),
        ("cloudfront.us-east-1.amazonaws.com", None),
    ],
)
def test_distribution_hosts(host: str, label: str | None) -> None:
    assert distribution_label(host) == label


@pytest.mark.parametrize(
    ("host", "bucket"),
    [
        ("shop.s3.amazonaws.com", "shop"),
        ("shop.s3.us-east-1.amazonaws.com", "shop"),
        ("shop.s3-eu-west-1.amazonaws.com", "shop"),
        ("shop.s3.dualstack.us-east-1.amazonaws.com", "shop"),
        ("shop.s3.localhost", "shop"),
        ("shop.s3-website-us-east-1.amazonaws.com", None),
        ("api.execute-api.us-east-1.amazonaws.com", None),
    ],
)
def test_rest_endpoints(host: str, bucket: str | None) -> None:
    assert s3_bucket(host) == bucket


def test_error_pages_are_safe_for_what_a_viewer_may_type() -> None:
    page = s3_error(404, "NoSuchKey", "m", {"Key": "<script>\r\nSet-Cookie: a=b"})
    assert b"<script>" not in page.body
    assert not any("\r" in value or "\n" in value for _, value in page.headers.items)
    assert b"<i>" not in cloudfront_error(403, "<i>", "id").body
    assert quoted("a b\r\n+ü/x") == "a%20b%0D%0A+%C3%BC/x"
