"""What a request is about: its service, operation and resource, as a person would say. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote

_HOSTS = (
    ("execute-api", re.compile(r"([a-z0-9-]+)\.execute-api\.")),
    ("cloudfront", re.compile(r"([a-z0-9-]+)\.cloudfront\.")),
    ("s3-website", re.compile(r"(.+)\.s3-website[.-]")),
    ("lambda-url", re.compile(r"([a-z0-9]+)\.lambda-url\.")),
    ("cognito-hosted", re.compile(r"([a-z0-9-]+)\.auth\.")),
)
_PATHS = (
    ("execute-api", re.compile(r"/_aws/execute-api/([^/]+)")),
    ("execute-api", re.compile(r"/restapis/([^/]+)/[^/]+/_user_request_")),
    ("cognito-hosted", re.compile(r"/(oauth2)/")),
)
_BUCKET_HOST = re.compile(r"(.+)\.s3(?:[.-](?!website)[a-z0-9-]+)?\.(?:amazonaws\.com|localhost)")
_MEMBERS = (
    *("TableName", "QueueUrl", "QueueName", "TopicArn", "TargetArn", "SecretId", "Name", "FunctionName", "StackName"),
    *("StreamName", "StreamARN", "logGroupName", "UserPoolId", "ClientId", "KeyId", "stateMachineArn", "RoleName"),
    *("RoleArn", "PolicyArn", "UserName", "EventBusName", "IdentityPoolId", "IdentityId", "Bucket", "AlarmName"),
)
_FUNCTION = re.compile(r"/functions/([^/?]+)")


def data_plane(host: str, path: str, method: str) -> tuple[str, str, str]:
    """Service, operation and resource of what is no AWS API call."""
    for service, pattern in _HOSTS:
        found = pattern.match(host)
        if found:
            return service, f"{method} {path}", found[1]
    for service, pattern in _PATHS:
        found = pattern.match(path)
        if found:
            return service, f"{method} {path}", found[1]
    return "http", f"{method} {path}", host


def resource_of(service: str, host: str, url: str, request: Any) -> str:
    """Of an AWS API call: the name that its request gives, "" when it names nothing."""
    path, _, query = url.partition("?")
    if service == "s3":
        return s3_resource(host, path)
    if isinstance(request, Mapping):
        return _named(request)
    if service == "lambda" and (found := _FUNCTION.search(path)):
        return unquote(found[1])
    if query and (named := _named(dict(parse_qsl(query)))):
        return named
    return unquote(path) if len(path) > 1 else ""


def s3_resource(host: str, path: str) -> str:
    """``bucket/key``, in either style of address."""
    found = _BUCKET_HOST.match(host.partition(":")[0])
    plain = unquote(path).lstrip("/")
    return f"{found[1]}/{plain}".rstrip("/") if found else plain


def _named(request: Mapping[str, Any]) -> str:
    for member in _MEMBERS:
        value = request.get(member)
        if isinstance(value, str) and value:
            return value.rpartition("/")[2] if member == "QueueUrl" else value
    for member in ("RequestItems", "Names", "Entries"):
        value = request.get(member)
        if isinstance(value, dict) and value:
            return ", ".join(list(value)[:5])
        if isinstance(value, list) and value and isinstance(value[0], str):
            return ", ".join(value[:5])
    return ""
