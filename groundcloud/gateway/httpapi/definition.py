"""What an HTTP or WebSocket API is made of, as the control plane describes it: boto3's shapes, plain JSON.

The engine's control plane drops some members of integrations. They travel in an integration's `RequestTemplates`, which
HTTP APIs do not have, under names that no media type has: so they live and die with the integration, whoever made it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundcloud.ports import AwsCaller, Scope

Answer = Mapping[str, Any]

KEPT_PREFIX = "groundcloud."
"""Before the name of a member, as CloudFormation writes it, in `RequestTemplates`."""

KEPT_MEMBERS = (
    "IntegrationSubtype",
    "CredentialsArn",
    "ConnectionId",
    "PassthroughBehavior",
    "TemplateSelectionExpression",
)
KEPT_SERVER_NAME = "TlsServerName"
"""`TlsConfig.ServerNameToVerify`."""


@dataclass(frozen=True, slots=True)
class Definition:
    """GetApi and the items of GetRoutes, GetIntegrations (complete again) and GetAuthorizers."""

    api: Answer
    routes: list[Answer]
    integrations: list[Answer]
    authorizers: list[Answer]


async def read_definition(engine: AwsCaller, scope: Scope, api: Answer) -> Definition:
    """The definition of `api` as it is now. Raises `AwsError`."""
    params = {"ApiId": api["ApiId"]}
    routes, integrations, authorizers = await asyncio.gather(
        items(engine, scope, "GetRoutes", params),
        items(engine, scope, "GetIntegrations", params),
        items(engine, scope, "GetAuthorizers", params),
    )
    return Definition(api, routes, [complete(one) for one in integrations], authorizers)


async def items(engine: AwsCaller, scope: Scope, operation: str, params: dict[str, Any]) -> list[Answer]:
    """Every item of a listing; the engine gives all in one page."""
    answer = await engine.call("apigatewayv2", operation, params, scope=scope)
    return list(answer.get("Items") or [])


def complete(integration: Answer) -> dict[str, Any]:
    """An integration with its kept members in their places, in boto3's shape."""
    whole = dict(integration)
    templates = dict(whole.get("RequestTemplates") or {})
    for name in list(templates):
        if not name.startswith(KEPT_PREFIX):
            continue
        value, member = templates.pop(name), name.removeprefix(KEPT_PREFIX)
        if member == KEPT_SERVER_NAME:
            whole["TlsConfig"] = {"ServerNameToVerify": value}
        else:
            whole[member] = value
    whole["RequestTemplates"] = templates
    if not templates:
        del whole["RequestTemplates"]
    return whole


def with_kept(params: dict[str, Any], before: Answer | None = None) -> dict[str, Any]:
    """The parameters of CreateIntegration or UpdateIntegration (boto3's shape) as the engine keeps all of them;
    `before` is the integration that is updated, as the engine has it."""
    changed = dict(params)
    kept = {f"{KEPT_PREFIX}{name}": str(changed.pop(name)) for name in KEPT_MEMBERS if changed.get(name)}
    server = (changed.pop("TlsConfig", None) or {}).get("ServerNameToVerify")
    if server:
        kept[KEPT_PREFIX + KEPT_SERVER_NAME] = server
    earlier = dict((before or {}).get("RequestTemplates") or {})
    templates = changed.get("RequestTemplates")
    if templates is None:
        templates = {name: value for name, value in earlier.items() if not name.startswith(KEPT_PREFIX)}
    kept_before = {name: value for name, value in earlier.items() if name.startswith(KEPT_PREFIX)}
    cleared = {f"{KEPT_PREFIX}{name}" for name in KEPT_MEMBERS if params.get(name) == ""}
    together = {**templates, **{name: value for name, value in kept_before.items() if name not in cleared}, **kept}
    if together or earlier:
        changed["RequestTemplates"] = together
    return changed
