"""The policy that covers what a function was seen to do, and how it compares with what its role has.

Pure: from seen actions and today's policies to documents. Source for the method:
docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from groundcloud.iam.evaluate import decide
from groundcloud.iam.limits import MAX_RESOURCES_PER_ACTION
from groundcloud.iam.model import AccessRequest, Caller, CallerKind, NamedPolicy, PolicySet
from groundcloud.iam.operations import NEVER_DENIED
from groundcloud.iam.seen import Seen

_LOG_STREAM = re.compile(r"(arn:aws:logs:[^:]*:[^:]*:log-group:[^:]*):log-stream:.*")
_KEY_PART = re.compile(r"[^/.]+")
_MADE_UP = re.compile(r"\d{4}|^\d+$|(?=.*\d)[0-9A-Fa-f-]{8,}|(?=.*\d)[\w-]{16,}")
_OBJECT = re.compile(r"arn:aws:s3:::[^/]+/.+")


@dataclass(frozen=True)
class Comparison:
    """`missing`: seen, but not allowed today. `unused`: statements of today's that allow nothing of what was seen."""

    missing: tuple[Seen, ...]
    unused: tuple[tuple[NamedPolicy, Mapping[str, Any]], ...]


def policy_for(seen: Iterable[Seen]) -> dict[str, Any]:
    """A policy document: one statement for each service and set of resources, actions and resources sorted."""
    resources: dict[tuple[str, Any], set[str]] = {}
    for one in seen:
        if one.action not in NEVER_DENIED:
            resources.setdefault((one.action, one.keys), set()).add(_widened(one.resource))
    grouped: dict[tuple[str, tuple[str, ...], Any], set[str]] = {}
    for (action, keys), arns in resources.items():
        named = tuple(sorted(_few(arns)))
        grouped.setdefault((action.partition(":")[0], named, keys), set()).add(action)
    statements = []
    for (_, named, keys), actions in sorted(grouped.items(), key=lambda item: (sorted(item[1]), item[0])):
        statement: dict[str, Any] = {"Effect": "Allow", "Action": _one_or_all(sorted(actions))}
        statement["Resource"] = _one_or_all(list(named))
        if keys:
            statement["Condition"] = {"StringEquals": {name: _one_or_all(list(values)) for name, values in keys}}
        statements.append(statement)
    return {"Version": "2012-10-17", "Statement": statements}


def compare(seen: Iterable[Seen], policies: tuple[NamedPolicy, ...], caller: Caller) -> Comparison:
    """What was seen against today's identity-based policies."""
    listed = [one for one in seen if one.action not in NEVER_DENIED]
    requests = [AccessRequest(caller, one.action, one.resource, "", dict(one.keys)) for one in listed]
    granting = PolicySet(identity=policies)
    missing = tuple(one for one, request in zip(listed, requests, strict=True) if not decide(request, granting).allowed)
    unused = [
        (policy, statement.source)
        for policy in policies
        for statement in policy.document.statements
        if statement.is_allow and not any(statement.applies(request) for request in requests)
    ]
    return Comparison(missing, tuple(unused))


def role_caller(role_arn: str, function: str) -> Caller:
    account, role = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    arn = f"arn:aws:sts::{account}:assumed-role/{role}/{function}"
    return Caller(CallerKind.ROLE_SESSION, arn, account, name=function, role_arn=role_arn)


def _widened(resource: str) -> str:
    """Streams of a log group come and go with the environments that write them, objects with what their keys are made
    of: parts of a key that look made up (numbers, dates, unique IDs) stand for any."""
    if found := _LOG_STREAM.fullmatch(resource):
        return f"{found[1]}:*"
    if _OBJECT.fullmatch(resource):
        bucket, _, key = resource.partition("/")
        return f"{bucket}/{_KEY_PART.sub(lambda part: '*' if _MADE_UP.search(part[0]) else part[0], key)}"
    return resource


def _few(arns: set[str]) -> set[str]:
    """Many objects of a bucket are named by what their keys begin with."""
    if len(arns) <= MAX_RESOURCES_PER_ACTION:
        return arns
    kept = {arn for arn in arns if not _OBJECT.fullmatch(arn)}
    buckets: dict[str, list[str]] = {}
    for arn in arns - kept:
        buckets.setdefault(arn.partition("/")[0], []).append(arn)
    for bucket, objects in buckets.items():
        common = os.path.commonprefix(objects)
        kept.add(f"{common[: common.rfind('/') + 1] or bucket + '/'}*")
    return kept


def _one_or_all(texts: list[str]) -> Any:
    return texts[0] if len(texts) == 1 else texts
