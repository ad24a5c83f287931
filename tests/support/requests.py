"""Requests as botocore itself makes them, caught before they are sent: every operation, no network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.awsrequest import AWSPreparedRequest
from botocore.config import Config
from botocore.model import OperationModel, Shape

from tests.support.aws import session

ENDPOINT = "http://127.0.0.1:4566"
_MAX_DEPTH = 6
_ARN = "arn:aws:service:us-east-1:000000000000:thing/one"
_STRINGS = {
    "date": "2026-11-21",
    "email": "someone@example.com",
}


def minimal_params(operation: OperationModel) -> dict[str, Any]:
    """The fewest parameters that botocore's own validation takes: the required ones, each as small as it may be."""
    if operation.input_shape is None:
        return {}
    return dict(_value(operation.input_shape, "", 0))


def _value(shape: Shape, name: str, depth: int) -> Any:
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, depth)
    if kind == "list":
        least = max(shape.metadata.get("min", 0), 1) if depth < _MAX_DEPTH else 0
        return [_value(shape.member, name, depth + 1) for _ in range(least)]
    if kind == "map":
        return {_value(shape.key, name, depth + 1): _value(shape.value, name, depth + 1)} if depth < _MAX_DEPTH else {}
    if kind == "blob":
        return b"x" * max(shape.metadata.get("min", 0), 1)
    if kind == "boolean":
        return False
    if kind in ("integer", "long", "float", "double"):
        return max(shape.metadata.get("min", 1), 1)
    if kind == "timestamp":
        return datetime(2026, 11, 21, tzinfo=UTC)
    return _text(shape, name)


def _structure(shape: Shape, depth: int) -> dict[str, Any]:
    if shape.metadata.get("document"):
        return {"a": "b"}
    wanted = list(shape.required_members)
    if getattr(shape, "is_tagged_union", False) and not wanted:
        wanted = list(shape.members)[:1]
    return {member: _value(shape.members[member], member, depth + 1) for member in wanted}


def _text(shape: Shape, name: str) -> str:
    if shape.enum:
        return str(shape.enum[0])
    text = _ARN if "arn" in name.lower() else _STRINGS.get(name.lower(), "abc")
    return text + "x" * max(shape.metadata.get("min", 0) - len(text), 0)


class Capture:
    """A boto3 client whose requests are caught, signed and complete, instead of being sent."""

    def __init__(self, service: str, access_key: str = "test", region: str = "us-east-1", **config: Any) -> None:
        self.client = session().client(
            service,
            aws_access_key_id=access_key,
            aws_secret_access_key="test",
            region_name=region,
            endpoint_url=config.pop("endpoint_url", ENDPOINT),
            config=Config(
                s3={"addressing_style": config.pop("addressing_style", "path")},
                inject_host_prefix=False,
                retries={"total_max_attempts": 1},
                **config,
            ),
        )
        self._methods = {name: method for method, name in self.client.meta.method_to_api_mapping.items()}
        self.client.meta.events.register("before-send", self._catch)

    def _catch(self, request: AWSPreparedRequest, **_: Any) -> None:
        raise Caught(request)

    def of(self, operation: str, params: dict[str, Any] | None = None) -> AWSPreparedRequest:
        """The request of one call; `params` default to the minimal ones."""
        model = self.client.meta.service_model.operation_model(operation)
        call = getattr(self.client, self._methods[operation])
        try:
            call(**(minimal_params(model) if params is None else params))
        except Caught as caught:
            return caught.request
        raise AssertionError(f"{operation} sent nothing")


class Caught(Exception):
    """Ends a call in the moment when its request would be sent."""

    def __init__(self, request: AWSPreparedRequest) -> None:
        super().__init__(request.url)
        self.request = request


def asgi_scope(request: AWSPreparedRequest) -> tuple[dict[str, Any], bytes]:
    """What the edge gets of a caught request: its ASGI scope and its body."""
    parts = urlsplit(request.url)
    headers = [
        (name.lower().encode("latin-1"), value if isinstance(value, bytes) else str(value).encode("latin-1"))
        for name, value in request.headers.items()
    ]
    if not any(name == b"host" for name, _ in headers):
        headers.append((b"host", parts.netloc.encode()))
    body = request.body
    if hasattr(body, "read"):
        body = body.read()
    scope = {
        "type": "http",
        "method": request.method,
        "scheme": "http",
        "path": parts.path or "/",
        "raw_path": (parts.path or "/").encode("ascii"),
        "query_string": parts.query.encode("ascii"),
        "headers": headers,
        "client": ("127.0.0.1", 1),
    }
    return scope, body.encode() if isinstance(body, str) else bytes(body or b"")
