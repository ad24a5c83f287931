"""Notes every access key as it is issued: by STS and IAM, whoever asked for it.

A session made from a session inherits what AWS lets it inherit (transitive tags); credentials of a user's own
(GetSessionToken) stay that user's, of a federated user (GetFederationToken) that user's within the passed policies
(docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_control-access_getfederationtoken.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from groundcloud.clock import Clock
from groundcloud.iam.checks import dicts, text
from groundcloud.iam.model import CallerKind
from groundcloud.iam.registry import KeyRegistry, KnownKey
from groundcloud.ports import WebIdentity

ISSUING = frozenset(
    {
        ("iam", "CreateAccessKey"),
        ("iam", "DeleteAccessKey"),
        ("sts", "AssumeRole"),
        ("sts", "AssumeRoleWithSAML"),
        ("sts", "GetFederationToken"),
        ("sts", "GetSessionToken"),
    }
)
"""Operations whose answers are looked at."""


class Issuing:
    """Turns answers of `ISSUING` into known keys."""

    def __init__(self, registry: KeyRegistry, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock

    def note(
        self,
        service: str,
        operation: str,
        params: Mapping[str, Any],
        answer: Mapping[str, Any],
        account: str,
        asker: KnownKey | None = None,
        *,
        is_ours: bool = False,
    ) -> None:
        """Look at one answer, parsed as boto3 does; `asker` is the key that asked, None for a root user."""
        if operation == "CreateAccessKey":
            self._note_user_key(answer, account)
        elif operation == "DeleteAccessKey":
            self._registry.forget(text(params, "AccessKeyId"))
        elif operation in ("AssumeRole", "AssumeRoleWithSAML"):
            self._note_role(params, answer, asker, is_ours)
        elif operation == "GetSessionToken":
            self._note_own_session(answer, account, asker)
        elif operation == "GetFederationToken":
            self._note_federation(params, answer, account, asker)

    def note_web_identity(
        self,
        answer: Mapping[str, Any],
        role_arn: str,
        identity: WebIdentity,
        policies: tuple[str, ...],
        policy_arns: tuple[str, ...],
    ) -> None:
        """A session of our own for a user of an identity provider; it carries the condition keys of its token."""
        user = answer["AssumedRoleUser"]
        self._add(
            answer,
            account=role_arn.split(":")[4],
            kind=CallerKind.ROLE_SESSION,
            arn=user["Arn"],
            principal_id=user["AssumedRoleId"],
            owner=role_arn,
            session_policies=policies or None,
            session_policy_arns=policy_arns or None,
            session_tags=dict(identity.tags),
            transitive=identity.transitive,
            context={**identity.keys, "aws:FederatedProvider": (identity.provider,)},
            is_ours=True,
        )

    def _note_user_key(self, answer: Mapping[str, Any], account: str) -> None:
        made = answer["AccessKey"]
        user = made["UserName"]
        key = KnownKey(
            access_key=made["AccessKeyId"],
            secret=made["SecretAccessKey"],
            account=account,
            kind=CallerKind.USER,
            arn=f"arn:aws:iam::{account}:user/{user}",
            principal_id="",
            owner=user,
            issued=self._clock.now(),
        )
        self._registry.add(key)

    def _note_role(
        self, params: Mapping[str, Any], answer: Mapping[str, Any], asker: KnownKey | None, is_ours: bool
    ) -> None:
        user, role = answer["AssumedRoleUser"], text(params, "RoleArn")
        tags = _tags(params)
        inherited = (
            {name: asker.session_tags[name] for name in asker.transitive if name in asker.session_tags} if asker else {}
        )
        transitive = tuple(dict.fromkeys((*inherited, *_listed(params, "TransitiveTagKeys"))))
        policies, arns = session_policies(params)
        self._add(
            answer,
            account=role.split(":")[4],
            kind=CallerKind.ROLE_SESSION,
            arn=user["Arn"],
            principal_id=user["AssumedRoleId"],
            owner=role,
            session_policies=policies,
            session_policy_arns=arns,
            session_tags={**inherited, **tags},
            transitive=transitive,
            is_ours=is_ours,
        )

    def _note_own_session(self, answer: Mapping[str, Any], account: str, asker: KnownKey | None) -> None:
        if asker is None:
            root = f"arn:aws:iam::{account}:root"
            self._add(answer, account=account, kind=CallerKind.ROOT, arn=root, principal_id=account, owner="")
            return
        self._add(
            answer,
            account=asker.account,
            kind=asker.kind,
            arn=asker.arn,
            principal_id=asker.principal_id,
            owner=asker.owner,
        )

    def _note_federation(
        self, params: Mapping[str, Any], answer: Mapping[str, Any], account: str, asker: KnownKey | None
    ) -> None:
        user = answer["FederatedUser"]
        policies, arns = session_policies(params)
        self._add(
            answer,
            account=account,
            kind=CallerKind.FEDERATED_USER,
            arn=user["Arn"],
            principal_id=user["FederatedUserId"],
            owner=asker.owner if asker else "",
            # Without a policy a federated user has no permissions of its own.
            session_policies=policies or (),
            session_policy_arns=arns,
            session_tags=_tags(params),
        )

    def _add(self, answer: Mapping[str, Any], **whose: Any) -> None:
        keys = answer["Credentials"]
        self._registry.add(
            KnownKey(
                access_key=keys["AccessKeyId"],
                secret=keys["SecretAccessKey"],
                token=keys["SessionToken"],
                expires=_epoch(keys.get("Expiration")),
                issued=self._clock.now(),
                **whose,
            )
        )


def session_policies(params: Mapping[str, Any]) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    document, arns = text(params, "Policy"), tuple(text(item, "arn", "Arn") for item in dicts(params.get("PolicyArns")))
    return ((document,) if document else None), (arns or None)


def _tags(params: Mapping[str, Any]) -> dict[str, str]:
    return {text(tag, "Key"): str(tag.get("Value", "")) for tag in dicts(params.get("Tags"))}


def _listed(params: Mapping[str, Any], name: str) -> list[str]:
    value = params.get(name)
    return [str(item) for item in value] if isinstance(value, list) else []


def _epoch(moment: Any) -> float:
    return moment.timestamp() if isinstance(moment, datetime) else float(moment or 0)
