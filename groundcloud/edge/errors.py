"""Turns an `AwsError` into the answer that a client of the called service understands: the one place that does."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from groundcloud.edge.exchange import Exchange
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Response


def error_response(error: AwsError, exchange: Exchange) -> Response:
    """The error in the protocol of the service that was called; JSON when that is not known."""
    identity = exchange.identity
    protocol = identity.protocol if identity else "rest-json"
    if protocol in ("query", "ec2"):
        return _query(error, exchange.request_id)
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


def _query(error: AwsError, request_id: str) -> Response:
    kind = "Sender" if error.status < 500 else "Receiver"
    body = (
        f"<ErrorResponse><Error><Type>{kind}</Type><Code>{escape(error.code)}</Code>"
        f"<Message>{escape(error.message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>"
    )
    return Response(
        error.status, Headers([("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)]), body.encode()
    )


def _rest_xml(error: AwsError, exchange: Exchange, *, is_s3: bool) -> Response:
    detail = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    if is_s3:
        body = (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{detail}<Resource>{escape(exchange.raw_path)}</Resource>'
            f"<RequestId>{exchange.request_id}</RequestId></Error>"
        )
        headers = [("Content-Type", "application/xml"), ("x-amz-request-id", exchange.request_id)]
    else:
        body = (
            f"<ErrorResponse><Error><Type>Sender</Type>{detail}</Error>"
            f"<RequestId>{exchange.request_id}</RequestId></ErrorResponse>"
        )
        headers = [("Content-Type", "text/xml"), ("x-amzn-RequestId", exchange.request_id)]
    return Response(error.status, Headers(headers), body.encode())
