"""AWS calls without a socket: botocore's own models turn parameters into a signed request and an answer into a dict.

botocore's client would open a connection and block; the engine lives in this very process. Its serializers, parsers
and signers are public and take plain data, so they are used directly. What a client does beyond its models is not done
(IAM's policy documents stay URL-encoded), but for the tokens that make a call idempotent, which some operations demand.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest, HeadersDict, prepare_request_dict
from botocore.credentials import Credentials
from botocore.model import OperationModel, ServiceModel
from botocore.parsers import ResponseParserError, create_parser
from botocore.serialize import create_serializer

from groundcloud.engines.functionpaths import engine_path
from groundcloud.engines.models import protocol_of, service_model
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request, Response
from groundcloud.ports import Scope

_WRITTEN_AS_THEY_ARE = frozenset({("logs", "PutLogEvents"), ("logs", "CreateLogStream")})
_UNCHECKED = _WRITTEN_AS_THEY_ARE | {("cloudwatch", "PutMetricData")}
"""What the cloud writes all the time, each line and value in a shape that is right: checking it would take longer than
writing it. Of the first, what the JSON protocol writes of a parameter is the parameter itself: no blobs, no times, no
other names on the wire. To look at each by its model took most of what is done here for a log line."""

_KEPT = ("content-type", "x-amz-target", "accept")
"""What a request that is signed anew keeps of its headers."""


@cache
def _wire(service: str) -> tuple[ServiceModel, Any]:
    model = service_model(service)
    return model, create_parser(protocol_of(model))


@cache
def _serializer(service: str, *, is_checked: bool) -> Any:
    return create_serializer(protocol_of(service_model(service)), include_validation=is_checked)


class Codec:
    """Makes requests of AWS calls, signed as the administrator of the scope's account, and dicts of the answers."""

    def __init__(self, endpoint: str, secret_access_key: str) -> None:
        self._endpoint = endpoint
        self._secret = secret_access_key

    def encode(self, service: str, operation: str, params: dict[str, Any], scope: Scope) -> Request:
        """The signed HTTP request of one operation. Raises botocore's `ParamValidationError` on wrong parameters."""
        model, _ = _wire(service)
        if (service, operation) in _WRITTEN_AS_THEY_ARE:
            headers = {
                "X-Amz-Target": f"{model.metadata['targetPrefix']}.{operation}",
                "Content-Type": f"application/x-amz-json-{model.metadata['jsonVersion']}",
            }
            return self._sent("POST", f"{self._endpoint}/", headers, _json(params), model, scope)
        serializer = _serializer(service, is_checked=(service, operation) not in _UNCHECKED)
        operation_model: OperationModel = model.operation_model(operation)
        tokens = {name: str(uuid.uuid4()) for name in operation_model.idempotent_members if name not in params}
        request = serializer.serialize_to_request({**params, **tokens}, operation_model)
        headers = dict(request["headers"])
        if service == "apigateway":
            headers.setdefault("Accept", "application/json")
        request["headers"] = headers
        prepare_request_dict(request, self._endpoint)
        body = request["body"]
        if isinstance(body, dict):  # the query protocol's parameters
            body = urlencode(body)
        raw = body.encode() if isinstance(body, str) else bytes(body or b"")
        return self._sent(request["method"], request["url"], headers, raw, model, scope)

    def _sent(
        self, method: str, url: str, headers: dict[str, str], body: bytes, model: ServiceModel, scope: Scope
    ) -> Request:
        signed = self.sign(method, url, headers, body, model.signing_name or model.service_name, scope)
        return replace(signed, service=model.service_name)

    def sign(
        self, method: str, url: str, headers: dict[str, str], body: bytes, signing_name: str, scope: Scope
    ) -> Request:
        """A request to `url` signed as the administrator of `scope`."""
        unsigned = AWSRequest(method=method, url=url, headers=headers, data=body)
        signer = S3SigV4Auth if signing_name == "s3" else SigV4Auth
        signer(Credentials(scope.account, self._secret), signing_name, scope.region).add_auth(unsigned)
        sent = unsigned.prepare()
        parts = urlsplit(sent.url)
        items = [(name, value.decode() if isinstance(value, bytes) else value) for name, value in sent.headers.items()]
        result = Headers(items)
        if "host" not in result:
            result.set("Host", parts.netloc)
        if body and "content-length" not in result:
            result.set("Content-Length", str(len(body)))
        path = engine_path(signing_name, parts.path, scope)
        return Request(
            sent.method, parts.path or "/", parts.query, result, body, service=signing_name, engine_path=path
        )

    def sign_anew(self, request: Request, signing_name: str, scope: Scope) -> Request:
        """`request` as the administrator of `scope` sends it."""
        url = self._endpoint + request.raw_path + (f"?{request.query_string}" if request.query_string else "")
        kept = {name: value for name, value in request.headers.items if name.lower() in _KEPT}
        return self.sign(request.method, url, kept, request.body, signing_name, scope)

    def decode(self, service: str, operation: str, response: Response) -> Any:
        """The parsed answer. Raises `AwsError` for an error answer."""
        model, parser = _wire(service)
        operation_model = model.operation_model(operation)
        is_stream = operation_model.has_streaming_output and response.status < 300
        # The parser hands a stream through untouched, and would decode bytes as text.
        body: Any = BytesIO(response.body) if is_stream else response.body
        answer = {"status_code": response.status, "headers": HeadersDict(response.headers.items), "body": body}
        try:
            parsed = parser.parse(answer, operation_model.output_shape)
        except ResponseParserError as broken:
            message = f"{service} {operation} was answered with what is no answer of it: {broken}"
            raise AwsError("InternalFailure", message, max(response.status, 500)) from broken
        if response.status >= 300:
            error = parsed.get("Error", {})
            code = str(error.get("Code") or response.status)
            raise AwsError(code, str(error.get("Message", "")), response.status)
        parsed.pop("ResponseMetadata", None)
        return {name: response.body if value is body else value for name, value in parsed.items()}


def _json(params: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(params)
    except TypeError:
        # Half of a surrogate pair, for instance.
        return json.dumps(params).encode()
