"""Whether whom a policy names can be named, and is there: services refuse a policy that names nobody.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.iam.errors import malformed
from groundcloud.iam.parse import parse, statements_of
from groundcloud.iam.principals import principal_names
from groundcloud.ports import AwsCaller, Scope

_ACCOUNT = re.compile(r"\d{12}|arn:aws[\w-]*:iam::\d{12}:root")
_UNIQUE = re.compile(r"A(IDA|ROA|GPA)[A-Z0-9]{8,}")
_ENTITY = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):(user|role)/(?:.+/)?([\w+=,.@-]+)")
_SESSION = re.compile(r"arn:aws[\w-]*:(sts::\d{12}:(assumed-role/[^/*]+/|federated-user/)|iam::cloudfront:user/)[^*]+")
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")
_REGION = "us-east-1"
_ABSENT = ("NoSuchEntity", "NoSuchEntityException")


def named_in(text: str) -> Iterator[tuple[str, str]]:
    """(kind, name) of every principal of a policy. Raises `AwsError` MalformedPolicyDocument when it is none."""
    for statement in statements_of(parse(text)):
        for element in ("Principal", "NotPrincipal"):
            if element not in statement:
                continue
            yield from ((kind, name) for kind, names in principal_names(statement[element]).items() for name in names)


async def unknown_principal(aws: AwsCaller, text: str) -> tuple[str, str] | None:
    """The first that cannot be named, or that is not there. Accounts are all taken to be there."""
    for kind, name in named_in(text):
        if not await _is_known(aws, kind, name):
            return kind, name
    return None


async def require_principals(aws: AwsCaller, text: str) -> None:
    """Raises `AwsError` MalformedPolicyDocument, as IAM does of a role's trust policy."""
    unknown = await unknown_principal(aws, text)
    if unknown is not None:
        kind = "SERVICE" if unknown[0] == "Service" else unknown[0]
        raise malformed(f'Invalid principal in policy: "{kind}":"{unknown[1]}"')


async def _is_known(aws: AwsCaller, kind: str, name: str) -> bool:
    if kind == "Service":
        return _SERVICE.fullmatch(name) is not None
    if kind != "AWS" or name == "*" or any(one.fullmatch(name) for one in (_ACCOUNT, _UNIQUE, _SESSION)):
        return True
    entity = _ENTITY.fullmatch(name)
    return entity is not None and await _is_there(aws, name, *entity.groups())


async def _is_there(aws: AwsCaller, arn: str, account: str, kind: str, name: str) -> bool:
    operation, member = ("GetUser", "User") if kind == "user" else ("GetRole", "Role")
    try:
        found: Mapping[str, Any] = await aws.call(
            "iam", operation, {f"{member}Name": name}, scope=Scope(account, _REGION)
        )
    except AwsError as error:
        if error.code not in _ABSENT:
            raise
        return False
    return bool(found[member]["Arn"] == arn)
