"""What a query service answers, as JSON: API Gateway asks these services for JSON, which AWS's endpoints can answer
and the engine cannot.

Recorded on AWS: ``{"SendMessageResponse": {"SendMessageResult": {…}, "ResponseMetadata": {"RequestId": …}}}``, members
that are absent as null; errors ``{"Error": {"Code", "Message", "Type"}, "RequestId"}``.
"""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

from botocore.model import Shape, StructureShape

from groundcloud.engines.models import protocol_of, service_model
from groundcloud.gateway.http_door import Pairs
from groundcloud.gateway.model import ServiceTarget
from groundcloud.http import Headers, Response

_SQS_NULLS = {
    "SendMessageResult": ("MD5OfMessageAttributes", "MD5OfMessageSystemAttributes", "SequenceNumber"),
}


def json_answer(target: ServiceTarget, received: Response, sent: Pairs) -> Response:
    """`received`, as JSON when it is a query service's XML and the integration did not ask for XML."""
    content_type = (received.headers.get("content-type") or "").lower()
    if not _is_made_of_xml(target, sent) or "xml" not in content_type:
        return received
    try:
        root = ElementTree.fromstring(received.body)
    except ElementTree.ParseError:
        return received
    document = _error(root) if received.status >= 300 else {_name(root): _result(target, root)}
    headers = Headers([pair for pair in received.headers.items if pair[0].lower() not in ("content-type",)])
    headers.set("Content-Type", "application/json")
    return Response(received.status, headers, json.dumps(document, separators=(",", ":")).encode())


def asking_for_xml(target: ServiceTarget, sent: Pairs, headers: Pairs) -> Pairs:
    """`headers`, by which a query service's engine answers in the XML that `json_answer` reads: LocalStack has a JSON
    of its own."""
    if not _is_made_of_xml(target, sent):
        return headers
    return [*(pair for pair in headers if pair[0].lower() != "accept"), ("Accept", "application/xml")]


def _is_made_of_xml(target: ServiceTarget, sent: Pairs) -> bool:
    accept = next((value for name, value in sent if name.lower() == "accept"), "")
    protocol = "query" if target.name == "sqs" else protocol_of(service_model(target.name))
    return protocol == "query" and "xml" not in accept


def _error(root: ElementTree.Element) -> dict[str, Any]:
    found = {_name(one): (one.text or "").strip() for one in root.iter() if len(one) == 0}
    error = {name: found.get(name) for name in ("Code", "Message", "Type")}
    return {"Error": error, "RequestId": found.get("RequestId")}


def _result(target: ServiceTarget, root: ElementTree.Element) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for child in root:
        name = _name(child)
        made[name] = _sqs(name, child) if target.name == "sqs" else _shaped(target, name, child)
    return made


def _shaped(target: ServiceTarget, name: str, node: ElementTree.Element) -> Any:
    """A result by the operation's model, absent members as null."""
    shape = service_model(target.name).operation_model(target.action).output_shape if target.action else None
    return _plain(node) if shape is None or name == "ResponseMetadata" else _value(shape, node)


def _value(shape: Shape, node: ElementTree.Element | None) -> Any:
    if node is None:
        return [] if shape.type_name == "list" else None
    if isinstance(shape, StructureShape):
        return {name: _value(member, _child(node, name, member)) for name, member in shape.members.items()}
    if shape.type_name == "list":
        return [_value(shape.member, one) for one in node]
    if shape.type_name == "map":
        return {_text(one, 0): _value(shape.value, one[1]) for one in node if len(one) > 1}
    text = (node.text or "").strip()
    if shape.type_name in ("integer", "long"):
        return int(text or 0)
    return text == "true" if shape.type_name == "boolean" else text


def _child(node: ElementTree.Element, name: str, member: Shape) -> ElementTree.Element | None:
    wanted = member.serialization.get("name", name)
    return next((one for one in node if _name(one) == wanted), None)


def _sqs(name: str, node: ElementTree.Element) -> Any:
    """SQS's model no longer tells its XML: results as they are, what repeats as a list."""
    if name == "ReceiveMessageResult":
        return {"messages": [_plain(one) for one in node] or None}
    made = _plain(node)
    if isinstance(made, dict):
        made.update({key: made.get(key) for key in _SQS_NULLS.get(name, ())})
    return made


def _plain(node: ElementTree.Element) -> Any:
    if len(node) == 0:
        return (node.text or "").strip() or None
    made: dict[str, Any] = {}
    for child in node:
        name, value = _name(child), _plain(child)
        if name in made:
            before = made[name]
            made[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            made[name] = value
    return made


def _name(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2]


def _text(node: ElementTree.Element, index: int) -> str:
    return (node[index].text or "").strip()
