"""What the paths of the control plane's requests name, as the parameters that boto3 has for it."""

from __future__ import annotations

import re
from urllib.parse import unquote

from groundcloud.errors import AwsError
from groundcloud.http import Request

_METHOD = r"/restapis/(?P<restApiId>[^/]+)/resources/(?P<resourceId>[^/]+)/methods/(?P<httpMethod>[^/]+)"
METHOD = re.compile(_METHOD + r"(?:/.*)?")
_RESPONSE = re.compile(_METHOD + r"(?:/integration)?/responses/(?P<statusCode>[^/]+)/?")
_API = re.compile(r"/restapis/(?P<restApiId>[^/]+)(?:/.*)?")


def named(pattern: re.Pattern[str], request: Request) -> dict[str, str]:
    """The groups of `pattern` in the path. Raises `AwsError` when it is another path."""
    found = pattern.fullmatch(request.raw_path)
    if found is None:
        raise AwsError("NotFoundException", "Invalid resource identifier specified", 404)
    return {name: unquote(value) for name, value in found.groupdict().items()}


def method_of(request: Request) -> dict[str, str]:
    return named(METHOD, request)


def response_of(request: Request) -> dict[str, str]:
    """Of a method or of its integration."""
    return named(_RESPONSE, request)


def api_of(request: Request) -> str:
    return named(_API, request)["restApiId"]
