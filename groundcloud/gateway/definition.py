"""What an API is made of, as the control plane describes it: the raw material of a compilation, plain JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope

_PAGE = 500

Answer = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Definition:
    """boto3's shapes of GetRestApi, GetResources (with embedded methods), GetAuthorizers, GetGatewayResponses,
    GetModels and GetRequestValidators. What no method refers to may be left out."""

    rest_api: Answer
    resources: list[Answer]
    authorizers: list[Answer]
    gateway_responses: list[Answer]
    models: list[Answer]
    validators: list[Answer]


async def read_definition(engine: AwsCaller, scope: Scope, rest_api: Answer, *, whole: bool = False) -> Definition:
    """The definition of `rest_api` as it is now; `whole` with what no method refers to. Raises `AwsError`."""
    api = {"restApiId": rest_api["id"]}
    resources = await pages(engine, scope, "GetResources", {**api, "embed": ["methods"]})
    # Whoever calls an API for the first time waits for each of these, and most APIs validate nothing.
    validates, authorizes = (whole or _names(resources, member) for member in ("requestValidatorId", "authorizerId"))
    authorizers, responses, models, validators = await asyncio.gather(
        pages(engine, scope, "GetAuthorizers", api) if authorizes else _none(),
        pages(engine, scope, "GetGatewayResponses", api),
        pages(engine, scope, "GetModels", api) if validates else _none(),
        pages(engine, scope, "GetRequestValidators", api) if validates else _none(),
    )
    return Definition(rest_api, resources, authorizers, responses, models, validators)


def _names(resources: list[Answer], member: str) -> bool:
    """Whether any method has `member`."""
    return any(method.get(member) for one in resources for method in (one.get("resourceMethods") or {}).values())


async def _none() -> list[Answer]:
    return []


async def pages(engine: AwsCaller, scope: Scope, operation: str, params: dict[str, Any]) -> list[Answer]:
    """Every item of a listing."""
    items: list[Answer] = []
    position: str | None = None
    while True:
        page = {**params, "limit": _PAGE, **({"position": position} if position else {})}
        answer = await engine.call("apigateway", operation, page, scope=scope)
        items += answer.get("items") or []
        position = answer.get("position")
        if not position:
            return items


async def found(engine: AwsCaller, scope: Scope, operation: str, params: Mapping[str, Any]) -> Answer | None:
    """What an operation of API Gateway's answers; None when there is no such thing."""
    try:
        answer: Answer = await engine.call("apigateway", operation, dict(params), scope=scope)
    except AwsError as error:
        if error.status != 404:
            raise
        return None
    return answer
