"""Which URLs are for an API, and what they mean."""

import pytest

from groundcloud.gateway.target import Target, parse_target


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        ("abc123.execute-api.localhost:4566", "/prod/tasks", Target("abc123", None, "prod", "/tasks")),
        ("abc123.execute-api.localhost", "/prod", Target("abc123", None, "prod", "/")),
        ("abc123.execute-api.localhost", "/", Target("abc123", None, "", "/")),
        ("abc123.execute-api.localhost.localstack.cloud:4566", "/p/a", Target("abc123", None, "p", "/a")),
        ("abc123.execute-api.eu-west-1.amazonaws.com", "/p/a/", Target("abc123", "eu-west-1", "p", "/a/")),
        ("abc123.execute-api.us-gov-west-1.amazonaws.com", "/p", Target("abc123", "us-gov-west-1", "p", "/")),
        ("abc123.execute-api.us-east-1.localhost:80", "/p//a", Target("abc123", "us-east-1", "p", "//a")),
        ("my-api.execute-api.localhost", "/p/%2B", Target("my-api", None, "p", "/%2B")),
        ("127.0.0.1:4566", "/_aws/execute-api/abc/prod/x/y", Target("abc", None, "prod", "/x/y")),
        ("127.0.0.1:4566", "/_aws/execute-api/abc/prod", Target("abc", None, "prod", "/")),
        ("127.0.0.1:4566", "/_aws/execute-api/abc", Target("abc", None, "", "/")),
        ("127.0.0.1:4566", "/restapis/abc/prod/_user_request_/x", Target("abc", None, "prod", "/x")),
        ("127.0.0.1:4566", "/restapis/abc/prod/_user_request_", Target("abc", None, "prod", "/")),
        ("127.0.0.1:4566", "/restapis/abc/prod/_user_request_/", Target("abc", None, "prod", "/")),
    ],
)
def test_urls_of_apis(host: str, path: str, expected: Target) -> None:
    assert parse_target(host, path) == expected


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("127.0.0.1:4566", "/"),
        ("127.0.0.1:4566", "/restapis"),
        ("127.0.0.1:4566", "/restapis/abc"),
        ("127.0.0.1:4566", "/restapis/abc/resources/x/methods/GET"),
        ("127.0.0.1:4566", "/restapis/abc/stages/prod"),
        ("127.0.0.1:4566", "/restapis//prod/_user_request_/x"),
        ("127.0.0.1:4566", "/_aws/execute-api/"),
        ("bucket.s3.amazonaws.com", "/restapi"),
        ("execute-api.us-east-1.amazonaws.com", "/x"),
        (".execute-api.localhost", "/prod/x"),
        ("abc.execute-api.evil.example", "/prod/x"),
        ("abc.execute-api.localhost.evil.example", "/prod/x"),
        ("", "/"),
    ],
)
def test_other_urls(host: str, path: str) -> None:
    assert parse_target(host, path) is None
