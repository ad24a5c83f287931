"""The parameters of a recorded call of an AWS API, read back from its request. Pure, but for botocore's own models.

Each protocol is what botocore's serializers write, read the other way round:
https://smithy.io/2.0/aws/protocols/index.html
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote
from xml.etree import ElementTree

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, OperationNotFoundError, ServiceModel, Shape
from botocore.session import Session

from ui.readers.wire import Outgoing

NUMBERS = {"integer": int, "long": int, "float": float, "double": float}


def operation_of(service: str, operation: str) -> OperationModel | None:
    """The model of an operation; None when botocore does not know it."""
    try:
        return _model(service).operation_model(operation)
    except (UnknownServiceError, OperationNotFoundError):
        return None


def parameters_of(service: str, operation: str, outgoing: Outgoing) -> dict[str, Any] | None:
    """The parameters as boto3 takes them, or None when they cannot be read back."""
    model = operation_of(service, operation)
    if model is None:
        return None
    if model.input_shape is None:
        return {}
    protocol = model.metadata["protocol"]
    try:
        if protocol == "json":
            return _object(model.input_shape, outgoing.body)
        if protocol in ("rest-json", "rest-xml"):
            return _rest(model, outgoing, protocol)
        if protocol in ("query", "ec2"):
            sent = dict(parse_qsl(outgoing.body or outgoing.url.partition("?")[2], keep_blank_values=True))
            return _of_form(model.input_shape, "", sent, protocol == "ec2") or {}
    except (ValueError, ElementTree.ParseError):
        pass
    return None


@lru_cache(maxsize=64)
def _model(service: str) -> ServiceModel:
    model: ServiceModel = Session().get_service_model(service)
    return model


def _object(shape: Shape, text: str) -> dict[str, Any]:
    found = _of_json(shape, json.loads(text or "{}"))
    if not isinstance(found, dict):
        raise ValueError("not an object")
    return found


def _rest(model: OperationModel, outgoing: Outgoing, protocol: str) -> dict[str, Any]:
    path, _, query = outgoing.url.partition("?")
    sources = {
        "uri": _labels(model.http["requestUri"].partition("?")[0], path),
        "querystring": dict(parse_qsl(query, keep_blank_values=True)),
        "header": {name.lower(): value for name, value in outgoing.headers},
    }
    found: dict[str, Any] = {}
    for name, member in model.input_shape.members.items():
        where, called = member.serialization.get("location", ""), member.serialization.get("name", name)
        value = sources.get(where, {}).get(called.lower() if where == "header" else called)
        if value is not None:
            found[name] = _typed(member, value)
    return found | _rest_body(model.input_shape, outgoing.body, protocol)


def _labels(template: str, path: str) -> dict[str, str]:
    pattern = re.sub(r"\\{(\w+)(\\\+)?\\}", lambda m: f"(?P<{m[1]}>{'.+' if m[2] else '[^/]+'})", re.escape(template))
    found = re.fullmatch(pattern.rstrip("/") + "/?", path)
    if found is None:
        raise ValueError("the address of another operation")
    return {name: unquote(value) for name, value in found.groupdict().items()}


def _rest_body(shape: Any, body: str, protocol: str) -> dict[str, Any]:
    payload = shape.serialization.get("payload")
    if not body:
        return {}
    if payload and shape.members[payload].type_name in ("blob", "string"):
        return {payload: body.encode()}
    if protocol == "rest-json":
        return {payload: _object(shape.members[payload], body)} if payload else _object(shape, body)
    root = ElementTree.fromstring(body)
    return {payload: _of_xml(shape.members[payload], root)} if payload else _of_xml(shape, root)


def _of_json(shape: Any, value: Any) -> Any:
    """As it stands, but under boto3's names and with bytes for what JSON holds in base64."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, dict) and not shape.is_document_type:
        members = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
        known = {key: members.get(key) for key in value}
        return {(at[0] if at else key): _of_json(at[1], value[key]) if at else value[key] for key, at in known.items()}
    if kind == "list" and isinstance(value, list):
        return [_of_json(shape.member, each) for each in value]
    if kind == "map" and isinstance(value, dict):
        return {key: _of_json(shape.value, each) for key, each in value.items()}
    return _typed(shape, value) if kind == "blob" and isinstance(value, str) else value


def _of_xml(shape: Any, element: ElementTree.Element) -> Any:
    if shape.type_name == "structure":
        return _structure_of_xml(shape, element)
    if shape.type_name == "list":
        return [_of_xml(shape.member, each) for each in element]
    if shape.type_name == "map":
        return {each[0].text or "": _of_xml(shape.value, each[1]) for each in element.iter(f"{_space(element)}entry")}
    return _typed(shape, element.text or "")


def _structure_of_xml(shape: Any, element: ElementTree.Element) -> dict[str, Any]:
    space, found = _space(element), {}
    for name, member in shape.members.items():
        if "location" in member.serialization:
            continue
        called = member.serialization.get("name", name)
        if member.serialization.get("xmlAttribute"):
            value = element.get(called.replace("xsi:", "{http://www.w3.org/2001/XMLSchema-instance}"))
            if value is not None:
                found[name] = _typed(member, value)
            continue
        children = element.findall(f"{space}{_repeated(member) or called}")
        if children:
            is_flat = member.type_name == "list" and _repeated(member)
            found[name] = (
                [_of_xml(member.member, each) for each in children] if is_flat else _of_xml(member, children[0])
            )
    return found


def _repeated(shape: Any) -> str:
    """The name under which the members of a list stand by themselves; "" for what is no such list."""
    if shape.type_name != "list" or not shape.serialization.get("flattened"):
        return ""
    return str(shape.member.serialization.get("name") or shape.serialization.get("name") or "")


def _space(element: ElementTree.Element) -> str:
    return element.tag.partition("}")[0] + "}" if element.tag.startswith("{") else ""


def _of_form(shape: Any, prefix: str, sent: dict[str, str], is_ec2: bool) -> Any:
    """``A.member.1.B=x`` as ``{"A": [{"B": "x"}]}``; None for what was not sent."""
    if shape.type_name == "structure":
        members = {
            name: _of_form(member, f"{prefix}{_form_name(name, member, is_ec2)}", sent, is_ec2)
            for name, member in shape.members.items()
            if _was_sent(f"{prefix}{_form_name(name, member, is_ec2)}", sent)
        }
        return members or None
    if shape.type_name == "list":
        return _list_of_form(shape, prefix.removesuffix("."), sent, is_ec2)
    if shape.type_name == "map":
        return _map_of_form(shape, prefix.removesuffix("."), sent)
    value = sent.get(prefix.removesuffix("."))
    return None if value is None else _typed(shape, value)


def _form_name(name: str, member: Any, is_ec2: bool) -> str:
    called = str(member.serialization.get("name", name))
    if is_ec2:
        return f"{member.serialization.get('queryName') or called[0].upper() + called[1:]}."
    if member.type_name == "list" and member.serialization.get("flattened"):
        called = _repeated(member) or called
    return f"{called}."


def _was_sent(prefix: str, sent: dict[str, str]) -> bool:
    return prefix.removesuffix(".") in sent or any(name.startswith(prefix) for name in sent)


def _list_of_form(shape: Any, prefix: str, sent: dict[str, str], is_ec2: bool) -> list[Any]:
    if not (is_ec2 or shape.serialization.get("flattened")):
        prefix = f"{prefix}.{shape.member.serialization.get('name', 'member')}"
    found: list[Any] = []
    while _was_sent(f"{prefix}.{len(found) + 1}.", sent):
        found.append(_of_form(shape.member, f"{prefix}.{len(found) + 1}.", sent, is_ec2))
    return found


def _map_of_form(shape: Any, prefix: str, sent: dict[str, str]) -> dict[str, Any]:
    if not shape.serialization.get("flattened"):
        prefix = f"{prefix}.entry"
    key, value = shape.key.serialization.get("name", "key"), shape.value.serialization.get("name", "value")
    found: dict[str, Any] = {}
    number = 1
    while (called := sent.get(f"{prefix}.{number}.{key}")) is not None:
        found[called] = _of_form(shape.value, f"{prefix}.{number}.{value}.", sent, False)
        number += 1
    return found


def _typed(shape: Any, value: str) -> Any:
    if shape.type_name in NUMBERS:
        try:
            return NUMBERS[shape.type_name](value)
        except ValueError:
            return value
    if shape.type_name == "boolean":
        return value == "true"
    if shape.type_name == "blob":
        try:
            return base64.b64decode(value, validate=True)
        except binascii.Error:
            return value
    return value
