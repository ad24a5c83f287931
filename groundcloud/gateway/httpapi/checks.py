"""What API Gateway refuses of routes and parameter mappings of HTTP APIs, and the engine takes: pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-parameter-mapping.html ("Reserved headers: you
can't configure request or response mapping for these headers"). The wordings are ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_RESERVED = frozenset(
    {
        *("authorization", "connection", "content-encoding", "content-length", "content-location", "forwarded"),
        *("keep-alive", "origin", "proxy-authenticate", "proxy-authorization", "te", "trailers", "transfer-encoding"),
        *("upgrade", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"),
    }
)
_RESERVED_PREFIXES = ("access-control-", "apigw-", "x-amz-", "x-amzn-")
_HEADER = re.compile(r"(?:append|overwrite|remove):header\.(.+)")
_KEY = re.compile(r"(?:ANY|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (/.*)")
_PART = re.compile(r"[^{}]*|\{[^{}+]+\}")
_GREEDY = re.compile(r"\{[^{}+]+\+\}")


def route_key_problem(key: str) -> str | None:
    """Why `key` is no route of an HTTP API, or None."""
    if key == "$default":
        return None
    found = _KEY.fullmatch(key)
    if found is None:
        return (
            f"The provided route key is not formatted properly for HTTP protocol: {key} is neither $default nor a "
            "method, a space and a path"
        )
    *parts, last = found[1].split("/")
    if not all(_PART.fullmatch(part) for part in parts) or not (_PART.fullmatch(last) or _GREEDY.fullmatch(last)):
        return f"One or more path parts appear to be invalid: {found[1]}"
    return None


def mapping_problem(integration: Mapping[str, Any]) -> str | None:
    """Why an integration's parameter mappings are refused, or None; members are named as they travel or as in a
    template."""
    for target in _targets(integration):
        found = _HEADER.fullmatch(target)
        if found is not None and _is_reserved(found[1].lower()):
            return f"Operations on header {found[1]} are restricted"
    return None


def of_resource(kind: str, properties: Mapping[str, Any]) -> str | None:
    """The same for a resource of a template."""
    return mapping_problem(properties) if kind == "AWS::ApiGatewayV2::Integration" else None


def _is_reserved(name: str) -> bool:
    return name in _RESERVED or name.startswith(_RESERVED_PREFIXES)


def _targets(integration: Mapping[str, Any]) -> Iterator[str]:
    for name in ("requestParameters", "RequestParameters"):
        yield from integration.get(name) or {}
    for name in ("responseParameters", "ResponseParameters"):
        responses = integration.get(name)
        for response in responses.values() if isinstance(responses, Mapping) else ():
            listed = response.get("ResponseParameters") if isinstance(response, Mapping) else None
            if isinstance(listed, list):
                yield from (str(item.get("Destination")) for item in listed if isinstance(item, Mapping))
            elif isinstance(response, Mapping):
                yield from response
