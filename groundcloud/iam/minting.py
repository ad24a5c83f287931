"""Sessions of our own: for users of identity providers (`web_identity`), and for a role that AWS lets a caller assume
where the engine does not.

A role whose trust policy names a user of its own account needs no policy of that user's
(docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics-single-account.html);
the engine insists on one. Such a session is known here only, which is enough: what it may do is decided here, and goes
on to the engine as the administrator's.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape

from groundcloud.clock import Clock
from groundcloud.http import Headers, Response
from groundcloud.iam.checks import text
from groundcloud.iam.identities import Entity

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_DEFAULT_SECONDS = 3600
_STS = "https://sts.amazonaws.com/doc/2011-06-15/"


def session_of(role: Entity, params: Mapping[str, Any], clock: Clock) -> dict[str, Any]:
    """What AssumeRole answers, parsed as boto3 does, for a session of `role`."""
    account, name = role.arn.split(":")[4], text(params, "RoleSessionName")
    asked = text(params, "DurationSeconds")
    seconds = int(asked) if asked.isdecimal() else _DEFAULT_SECONDS
    path = role.arn.rpartition("/")[2]
    return {
        "Credentials": {
            "AccessKeyId": _key_id(account),
            "SecretAccessKey": base64.b64encode(secrets.token_bytes(30)).decode(),
            "SessionToken": base64.b64encode(secrets.token_bytes(180)).decode(),
            "Expiration": datetime.fromtimestamp(int(clock.now()) + seconds, UTC),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": f"{role.id}:{name}",
            "Arn": f"arn:aws:sts::{account}:assumed-role/{path}/{name}",
        },
    }


def assumed(
    answer: Mapping[str, Any], request_id: str, operation: str = "AssumeRole", more: Mapping[str, str] | None = None
) -> Response:
    """The answer of AssumeRole, or another `operation` like it with `more` members, on the wire."""
    keys, user = answer["Credentials"], answer["AssumedRoleUser"]
    expiration = keys["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ")
    members = {**keys, "Expiration": expiration}
    return _wire(
        operation,
        f"<Credentials>{_elements(members)}</Credentials><AssumedRoleUser>{_elements(user)}</AssumedRoleUser>"
        f"<PackedPolicySize>0</PackedPolicySize>{_elements(more or {})}",
        request_id,
    )


def identity(arn: str, user_id: str, account: str, request_id: str) -> Response:
    """The answer of GetCallerIdentity on the wire."""
    return _wire("GetCallerIdentity", _elements({"Arn": arn, "UserId": user_id, "Account": account}), request_id)


def _wire(operation: str, result: str, request_id: str) -> Response:
    body = (
        f'<{operation}Response xmlns="{_STS}"><{operation}Result>{result}</{operation}Result>'
        f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    )
    return Response(200, Headers([("Content-Type", "text/xml"), ("x-amzn-RequestId", request_id)]), body.encode())


def _elements(members: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in members.items())


def _key_id(account: str) -> str:
    """A key's id tells its account, as AWS's do (STS's GetAccessKeyInfo reads it from there)."""
    bits = 1 << 49 | int(account) << 9 | secrets.randbelow(1 << 9)
    named = "".join(_ALPHABET[bits >> shift & 31] for shift in range(45, -1, -5))
    return f"ASIA{named}{''.join(secrets.choice(_ALPHABET) for _ in range(6))}"
