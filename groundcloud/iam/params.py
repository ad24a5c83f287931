"""The parameters of a request, as far as a decision needs them: top-level members, by the names of AWS's models.

Bodies of REST operations that are no JSON (objects, packages) are not looked into.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore.model import OperationModel

from groundcloud.engines.models import service_model
from groundcloud.http import Headers

_LABEL = re.compile(r"\{([^}+]+)(\+?)\}")


@dataclass(slots=True)
class Call:
    """One API call as it arrived; never changed, though not frozen: that would take four times as long to make.

    `bucket` is the bucket in the Host name, if any; `body` is empty where it is not read (see `needs_body`)."""

    service: str
    operation: str
    protocol: str
    method: str
    raw_path: str
    query_string: str = ""
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    bucket: str = ""


def needs_body(service: str, operation: str, protocol: str) -> bool:
    """Whether the parameters that a decision needs are in the body."""
    if protocol in ("json", "query", "ec2"):
        return True
    if service == "s3":
        return operation in ("DeleteObjects", "PutBucketTagging", "PutObjectTagging")
    if protocol != "rest-json":
        return False
    model = _operation(service, operation)
    return model is not None and model.http.get("method") != "GET" and _is_document(model)


def read_params(call: Call) -> dict[str, Any]:
    """The call's parameters. What cannot be read is left out: the engine will say that it is malformed."""
    if call.protocol == "json":
        return _json(call.body)
    if call.protocol in ("query", "ec2"):
        return _form(call)
    model = _operation(call.service, call.operation)
    if model is None:
        return {}
    params = _json(call.body) if call.protocol == "rest-json" and call.body else {}
    return {**_members_of_json(model, params), **_rest(call, model)}


def _json(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _form(call: Call) -> dict[str, Any]:
    """``Tags.member.1.Key=a`` becomes ``{"Tags": [{"Key": "a"}]}``."""
    pairs = parse_qsl(call.query_string, keep_blank_values=True)
    pairs += parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True)
    tree: dict[str, Any] = {}
    for name, value in pairs:
        *folders, leaf = [part for part in name.split(".") if part not in ("member", "entry")]
        node = tree
        for folder in folders:
            found = node.setdefault(folder, {})
            if not isinstance(found, dict):
                break
            node = found
        else:
            node[leaf] = value
    return {name: _listed(value) for name, value in tree.items()}


def _listed(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(name.isdecimal() for name in node):
        return [_listed(node[name]) for name in sorted(node, key=int)]
    return {name: _listed(value) for name, value in node.items()}


@cache
def _operation(service: str, operation: str) -> OperationModel | None:
    model = service_model(service)
    return model.operation_model(operation) if operation in model.operation_names else None


def _serialization(model: OperationModel) -> dict[str, Any]:
    return dict(model.input_shape.serialization) if model.input_shape is not None else {}


def _is_document(model: OperationModel) -> bool:
    """Whether the body is a JSON document, not a payload of the user's own."""
    shape, payload = model.input_shape, _serialization(model).get("payload")
    return shape is not None and (payload is None or shape.members[payload].type_name == "structure")


def _members_of_json(model: OperationModel, body: dict[str, Any]) -> dict[str, Any]:
    """The body's members under the model's names (a model may write ``restApiId`` for what is sent as ``id``)."""
    if not body or model.input_shape is None:
        return body
    names = {shape.serialization.get("name", name): name for name, shape in model.input_shape.members.items()}
    return {names.get(name, name): value for name, value in body.items()}


@cache
def _labels(service: str, operation: str) -> re.Pattern[str]:
    model = _operation(service, operation)
    assert model is not None
    template = model.http["requestUri"].partition("?")[0]
    expression, position = "", 0
    for index, found in enumerate(_LABEL.finditer(template)):
        expression += re.escape(template[position : found.start()])
        expression += f"(?P<l{index}>{'.+' if found[2] else '[^/]+'})"
        position = found.end()
    return re.compile(expression + re.escape(template[position:]).removesuffix("/") + "/?")


def _rest(call: Call, model: OperationModel) -> dict[str, Any]:
    path = f"/{call.bucket}{call.raw_path}" if call.bucket else call.raw_path
    template = model.http["requestUri"].partition("?")[0]
    names = [found[1] for found in _LABEL.finditer(template)]
    found = _labels(call.service, call.operation).fullmatch(path)
    labels = {name: unquote(found[f"l{index}"]) for index, name in enumerate(names)} if found else {}
    query = dict(parse_qsl(call.query_string, keep_blank_values=True))
    params: dict[str, Any] = {}
    members = model.input_shape.members if model.input_shape is not None else {}
    for member, shape in members.items():
        place, name = shape.serialization.get("location"), shape.serialization.get("name", member)
        if place == "uri" and name in labels:
            params[member] = labels[name]
        elif place == "querystring" and name in query:
            params[member] = query[name]
        elif place == "header" and (value := call.headers.get(name)) is not None:
            params[member] = value
    return params
