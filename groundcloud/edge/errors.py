"""Turns an `AwsError` into the answer that a client of the called service understands: the one place that does."""

from __future__ import annotations

import json
import re
from xml.sax.saxutils import escape

from groundcloud.edge.exchange import Exchange
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Response

_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def error_response(error: AwsError, exchange: Exchange) -> Response:
    """The error in the protocol of the service that was called; JSON when that is not known."""
    identity = exchange.identity
    protocol = identity.protocol if identity else "rest-json"
    if protocol == "query":
        return _query(error, exchange.request_id)
    if protocol == "ec2":
        return _ec2(error, exchange.request_id)
    if protocol == "smithy-rpc-v2-cbor":
        return _cbor(error, exchange.request_id)
    if protocol == "rest-xml":
        return _rest_xml(error, exchange, is_s3=identity is not None and identity.service == "s3")
    return _json(error, exchange.request_id, "application/x-amz-json-1.1" if protocol == "json" else "application/json")


def _json(error: AwsError, request_id: str, content_type: str) -> Response:
    body = {"__type": error.code, "message": error.message, **error.fields}
    headers = [
        ("Content-Type", content_type),
        ("x-amzn-RequestId", request_id),
        ("x-amzn-ErrorType", error.code),
    ]
    return Response(error.status, Headers(headers), json.dumps(body).encode())


def _cbor(error: AwsError, request_id: str) -> Response:
    """Source: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html"""
    members = {"__type": error.code, "message": error.message, **error.fields}
    body = bytes([0xA0 + len(members)]) + b"".join(_cbor_text(text) for pair in members.items() for text in pair)
    headers = [
        ("Content-Type", "application/cbor"),
        ("smithy-protocol", "rpc-v2-cbor"),
        ("x-amzn-RequestId", request_id),
    ]
    return Response(error.status, Headers(headers), body)


def _cbor_text(text: str) -> bytes:
    """A text string with its length in four bytes (RFC 8949, section 3.1)."""
    raw = text.encode("utf-8", "replace")
    return b"\x7a" + len(raw).to_bytes(4, "big") + raw


def _query(error: AwsError, request_id: str) -> Response:
    kind = "Sender" if error.status < 500 else "Receiver"
    body = (
        f"<ErrorResponse><Error><Type>{kind}</Type>{_detail(error)}</Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    headers = [("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)]
    return Response(error.status, Headers(headers), body.encode())


def _ec2(error: AwsError, request_id: str) -> Response:
    """Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html"""
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<Response><Errors><Error>{_detail(error)}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    )
    return Response(error.status, Headers([("Content-Type", "text/xml;charset=UTF-8")]), body.encode())


def _rest_xml(error: AwsError, exchange: Exchange, *, is_s3: bool) -> Response:
    if is_s3:
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{_detail(error)}'
            f"<Resource>{_text(exchange.raw_path)}</Resource><RequestId>{exchange.request_id}</RequestId></Error>"
        )
        headers = [("Content-Type", "application/xml"), ("x-amz-request-id", exchange.request_id)]
    else:
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type>{_detail(error)}</Error>"
            f"<RequestId>{exchange.request_id}</RequestId></ErrorResponse>"
        )
        headers = [("Content-Type", "text/xml"), ("x-amzn-RequestId", exchange.request_id)]
    return Response(error.status, Headers(headers), body.encode())


def _detail(error: AwsError) -> str:
    return f"<Code>{_text(error.code)}</Code><Message>{_text(error.message)}</Message>"


def _text(text: str) -> str:
    """Text for XML: escaped, without the characters that XML cannot carry at all."""
    return escape(_NOT_IN_XML.sub("\ufffd", text))
