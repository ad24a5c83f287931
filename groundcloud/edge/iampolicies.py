"""What IAM refuses of policies, and the engine stores: documents, their sizes, whom a trust policy names, how many.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html and the API reference of each operation; the
sentences of the quotas as their clients report them (https://github.com/hashicorp/terraform-provider-aws/issues/45533,
https://github.com/aws-amplify/amplify-backend/issues/2615).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.iam.limits import (
    ATTACHED_POLICIES,
    INLINE_CHARACTERS,
    MANAGED_CHARACTERS,
    POLICY_VERSIONS,
    TRUST_CHARACTERS,
)
from groundcloud.iam.model import PolicyKind
from groundcloud.iam.named_principals import require_principals
from groundcloud.iam.validate import validate
from groundcloud.ports import AwsCaller, Scope

_SPACE = re.compile(r"\s")
_ENTITY = re.compile(r"(Put|Attach)(User|Role|Group)Policy")

Params = dict[str, str]


class IamPolicies:
    """Implements `edge.services.CheckingPart`."""

    def __init__(self, aws: AwsCaller) -> None:
        self._aws = aws
        self._checks: dict[str, Callable[[Params, Scope], Awaitable[None]]] = {
            "CreatePolicy": self._managed,
            "CreatePolicyVersion": self._version,
            "CreateRole": self._trust,
            "UpdateAssumeRolePolicy": self._trust,
        }

    def knows(self, operation: str) -> bool:
        return operation in self._checks or _ENTITY.fullmatch(operation) is not None

    async def check(self, operation: str, request: Request, scope: Scope) -> None:
        """Raises `AwsError` MalformedPolicyDocument, LimitExceeded, NoSuchEntity."""
        pairs = parse_qsl(request.query_string, keep_blank_values=True)
        params = dict([*pairs, *parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)])
        found = _ENTITY.fullmatch(operation)
        if found is None:
            await self._checks[operation](params, scope)
        elif found[1] == "Put":
            await self._inline(found[2], params, scope)
        else:
            await self._attached(found[2], params, scope)

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None:
        return None

    async def _managed(self, params: Params, scope: Scope) -> None:
        text = params.get("PolicyDocument", "")
        if text:
            validate(text, PolicyKind.IDENTITY)
        if _size(text) > MANAGED_CHARACTERS:
            raise _limit(f"Cannot exceed quota for PolicySize: {MANAGED_CHARACTERS}")

    async def _version(self, params: Params, scope: Scope) -> None:
        await self._managed(params, scope)
        asked = {"PolicyArn": params.get("PolicyArn", "")}
        versions = (await self._answer("ListPolicyVersions", asked, scope)).get("Versions", [])
        if len(versions) >= POLICY_VERSIONS:
            raise _limit(
                f"A managed policy can have up to {POLICY_VERSIONS} versions. Before you create a new version, you "
                "must delete an existing version."
            )

    async def _trust(self, params: Params, scope: Scope) -> None:
        text = params.get("AssumeRolePolicyDocument") or params.get("PolicyDocument") or ""
        if not text:
            return
        validate(text, PolicyKind.TRUST)
        if _size(text) > TRUST_CHARACTERS:
            raise _limit(f"Cannot exceed quota for ACLSizePerRole: {TRUST_CHARACTERS}")
        await require_principals(self._aws, text)

    async def _inline(self, kind: str, params: Params, scope: Scope) -> None:
        text, name = params.get("PolicyDocument", ""), params.get(f"{kind}Name", "")
        if not text or not name:
            return
        validate(text, PolicyKind.IDENTITY, takes_old=True)
        entity, longest = {f"{kind}Name": name}, INLINE_CHARACTERS[kind]
        others = (await self._answer(f"List{kind}Policies", entity, scope)).get("PolicyNames", [])
        size = _size(text)
        for other in others:
            if other != params.get("PolicyName"):
                size += _size(await self._document(kind, {**entity, "PolicyName": other}, scope))
        if size > longest:
            raise _limit(f"Maximum policy size of {longest} bytes exceeded for {kind.lower()} {name}")

    async def _document(self, kind: str, params: Params, scope: Scope) -> str:
        found = (await self._answer(f"Get{kind}Policy", params, scope)).get("PolicyDocument", "")
        return unquote(found) if isinstance(found, str) else str(found)

    async def _attached(self, kind: str, params: Params, scope: Scope) -> None:
        arn, entity = params.get("PolicyArn", ""), {f"{kind}Name": params.get(f"{kind}Name", "")}
        if f"::{scope.account}:" in arn and not await self._answer("GetPolicy", {"PolicyArn": arn}, scope):
            raise AwsError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)
        listed = (await self._answer(f"ListAttached{kind}Policies", entity, scope)).get("AttachedPolicies", [])
        if len(listed) >= ATTACHED_POLICIES and arn not in [one["PolicyArn"] for one in listed]:
            raise _limit(f"Cannot exceed quota for PoliciesPer{kind}: {ATTACHED_POLICIES}")

    async def _answer(self, operation: str, params: Params, scope: Scope) -> dict[str, Any]:
        """Nothing for what is not there: IAM itself says so."""
        try:
            found: dict[str, Any] = await self._aws.call("iam", operation, params, scope=scope)
        except AwsError as error:
            if error.status >= 500:
                raise
            return {}
        return found


def _size(text: str) -> int:
    """ "IAM does not count white space when calculating the size of a policy against these quotas." """
    return len(_SPACE.sub("", text))


def _limit(message: str) -> AwsError:
    return AwsError("LimitExceeded", message, 409)
