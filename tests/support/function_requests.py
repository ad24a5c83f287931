"""Requests as botocore hands them to `before-send`."""

from __future__ import annotations

from typing import Any

from botocore.awsrequest import AWSPreparedRequest, HeadersDict
from botocore.config import Config

from tests.support.scripted_server import DEADLINE

HEADERS = {"User-Agent": b"Boto3/1", "X-Amz-Target": b"DynamoDB_20120810.PutItem"}


def prepared(
    url: str, method: str = "POST", body: Any = b'{"a":1}', *, stream: bool = False, **options: Any
) -> AWSPreparedRequest:
    """A request as botocore prepares it, of a client whose configuration has `options`."""
    length = {} if body is None and method in ("GET", "HEAD") else {"Content-Length": str(len(body or b""))}
    read_timeout = options.pop("override", None)
    headers = HeadersDict({**HEADERS, **length, **options.pop("headers", {})})
    config = Config(connect_timeout=DEADLINE, **{"read_timeout": DEADLINE, **options})
    context = {"client_config": config, **({} if read_timeout is None else {"read_timeout": read_timeout})}
    return AWSPreparedRequest(method, url, headers, body, stream, context)
