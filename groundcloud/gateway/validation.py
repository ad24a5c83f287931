"""Request validators: required parameters, and JSON-schema models for bodies.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
Schemas are JSON Schema draft 4: https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
The library is imported when a model is first needed or, before that, by `warmup.py`: a start has no time for it.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from groundcloud.gateway.call import Call
from groundcloud.gateway.definition import Answer
from groundcloud.gateway.errors import GatewayError, configuration_error
from groundcloud.gateway.model import Requirements
from groundcloud.gateway.schema_errors import told

if TYPE_CHECKING:
    from jsonschema import Draft4Validator
    from referencing import Resource

log = logging.getLogger("groundcloud.gateway")

_BUILT_IN: dict[str, Any] = {
    "Empty": {"type": "object"},
    "Error": {"type": "object", "properties": {"message": {"type": "string"}}},
}
"""The models every API has. https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html"""

_JSON = "application/json"
_ANY_TYPE = "$default"
_MODEL_ADDRESS = re.compile(r"https://apigateway\.amazonaws\.com/restapis/[^/]+/models/([^/#?]+)")
_PLACES = ("path", "querystring", "header")


class Schemas:
    """The models of one API, by name."""

    def __init__(self, models: Iterable[Answer]) -> None:
        self._texts: dict[str, Any] = {**_BUILT_IN, **{one["name"]: one.get("schema") for one in models}}
        self._validators: dict[str, Draft4Validator] = {}

    def validator(self, name: str) -> Draft4Validator | None:
        """What judges documents by the model `name`; None when there is no such model, or it is no schema."""
        if name not in self._validators:
            try:
                schema = self._schema(name)
            except (KeyError, ValueError) as error:
                log.warning("Model %s cannot be read: %s", name, error)
                return None
            self._validators[name] = self._judge(schema)
        return self._validators[name]

    def _judge(self, schema: Any) -> Draft4Validator:
        from jsonschema import Draft4Validator
        from referencing import Registry

        registry: Registry[Any] = Registry(retrieve=self._retrieve)  # type: ignore[call-arg]
        return Draft4Validator(schema, registry=registry, format_checker=Draft4Validator.FORMAT_CHECKER)

    def _schema(self, name: str) -> Any:
        found = self._texts[name]
        schema = json.loads(found or "{}") if isinstance(found, str) or found is None else found
        if not isinstance(schema, Mapping):
            raise ValueError("it is no JSON object")
        # Whatever draft it claims, AWS reads draft 4; an id of its own would move what its references mean.
        return {key: value for key, value in schema.items() if key not in ("$schema", "id", "$id")}

    def _retrieve(self, uri: str) -> Resource[Any]:
        from referencing import Resource
        from referencing.exceptions import NoSuchResource
        from referencing.jsonschema import DRAFT4

        address = _MODEL_ADDRESS.fullmatch(uri)
        if address is None:
            raise NoSuchResource(uri)
        try:
            return Resource(self._schema(address[1]), DRAFT4)  # type: ignore[call-arg]
        except (KeyError, ValueError):
            raise NoSuchResource(uri) from None


def requirements(method: Answer, validators: Mapping[str, Answer], schemas: Schemas) -> Requirements | None:
    """What a request must have for `method` (boto3's shape), or None when nothing is validated."""
    wanted = method.get("requestValidatorId")
    if not wanted:
        return None
    validator = validators.get(wanted)
    if validator is None:
        log.warning("%s: its request validator %s does not exist", method.get("httpMethod"), wanted)
        return None
    parameters: list[tuple[str, str]] = []
    if validator.get("validateRequestParameters"):
        for source, required in (method.get("requestParameters") or {}).items():
            place, _, name = source.removeprefix("method.request.").partition(".")
            if str(required).lower() == "true" and place in _PLACES:
                parameters.append((place, name))
    bodies = {}
    if validator.get("validateRequestBody"):
        models = method.get("requestModels") or {}
        bodies = {content_type.lower(): schemas.validator(name) for content_type, name in models.items()}
    return Requirements(tuple(parameters), bodies) if parameters or bodies else None


def validate(call: Call, wanted: Requirements) -> None:
    """Raise `GatewayError` (400) unless the request has what `wanted` asks for: parameters first, then the body."""
    missing = [name for place, name in wanted.parameters if not _value(call, place, name)]
    if missing:
        raise GatewayError("BAD_REQUEST_PARAMETERS", f"Missing required request parameters: [{', '.join(missing)}]")
    if wanted.bodies:
        _validate_body(call, wanted.bodies)


def _value(call: Call, place: str, name: str) -> str | None:
    if place == "querystring":
        return call.request.query_value(name)
    if place == "header":
        return call.request.headers.get(name)
    return (call.match.parameters or {}).get(name) if call.match else None


def _validate_body(call: Call, bodies: Mapping[str, Draft4Validator | None]) -> None:
    """By the model of the request's content type, or the one for ``$default``; without either nothing is validated."""
    content_type = (call.request.headers.get("content-type") or _JSON).partition(";")[0].strip().lower()
    key = content_type if content_type in bodies else _ANY_TYPE
    if key not in bodies:
        return
    judge = bodies[key]
    if judge is None:
        raise configuration_error()
    from jsonschema.exceptions import UnknownType
    from referencing.exceptions import Unresolvable

    try:
        document = json.loads(call.request.body or b"{}", parse_constant=_no_constant)
        fault = "" if judge.is_valid(document) else told(judge.iter_errors(document))
    except (ValueError, RecursionError):
        fault = "Unable to parse the request body"
    except (Unresolvable, UnknownType, re.error, TypeError, AttributeError) as error:
        # What a schema that is none makes the library raise.
        log.warning("API %s: the model of %s cannot be applied: %s", call.stage.api_id, key, error)
        raise configuration_error() from error
    if fault:
        raise GatewayError("BAD_REQUEST_BODY", "Invalid request body", detail=fault)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
