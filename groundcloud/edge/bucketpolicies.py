"""What S3 refuses of a bucket's policy, and the engine stores; pure, but for a look at who is there.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html and
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html; the sentences as people meet them:
https://github.com/aws/aws-cli/issues/2779 (JSON), https://github.com/humanmade/S3-Uploads/issues/191 (Principal),
https://github.com/versity/versitygw/pull/1176 (Statement).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.functionpolicy import like, listed
from groundcloud.iam.actiontable import service_actions
from groundcloud.iam.errors import MALFORMED
from groundcloud.iam.model import PolicyKind
from groundcloud.iam.named_principals import unknown_principal
from groundcloud.iam.validate import validate
from groundcloud.ports import AwsCaller

_NO_JSON = "Policies must be valid JSON and the first byte must be '{'"
_NO_PRINCIPAL = "Invalid principal in policy"
_NO_ACTION, _NO_RESOURCE = "Policy has invalid action", "Policy has invalid resource"
_SYNTAX = "Invalid policy syntax."
_MISMATCH = "Action does not apply to any resource(s) in statement"
_VERSIONS = (None, "2012-10-17", "2008-10-17")
_FIELDS = (("Effect",), ("Principal", "NotPrincipal"), ("Action", "NotAction"), ("Resource", "NotResource"))


def policy_problem(bucket: str, body: bytes) -> AwsError | None:
    """The refusal (MalformedPolicy) of `body` as the policy of `bucket`."""
    message = _problem(bucket, body)
    return AwsError("MalformedPolicy", message, 400) if message else None


async def principals_problem(aws: AwsCaller, body: bytes) -> AwsError | None:
    """The refusal of a policy that names whom there is not (https://github.com/versity/versitygw/issues/649)."""
    try:
        unknown = await unknown_principal(aws, body.decode())
    except AwsError as error:
        # The element itself is of no form that it can have.
        return AwsError("MalformedPolicy", _NO_PRINCIPAL, 400) if error.code == MALFORMED else error
    return AwsError("MalformedPolicy", _NO_PRINCIPAL, 400) if unknown is not None else None


def _problem(bucket: str, body: bytes) -> str:
    try:
        policy = json.loads(body)
    except ValueError:
        return _NO_JSON
    if not isinstance(policy, dict):
        return _NO_JSON
    if policy.get("Version") not in _VERSIONS:
        return "The policy must contain a valid version string"
    statements = policy.get("Statement")
    if not statements:
        return "Missing required field Statement"
    found = (_of_statement(bucket, one) for one in (statements if isinstance(statements, list) else [statements]))
    return next((message for message in found if message), "") or _of_grammar(body.decode())


def _of_grammar(text: str) -> str:
    try:
        validate(text, PolicyKind.RESOURCE)
    except AwsError:
        return _SYNTAX
    return ""


def _of_statement(bucket: str, statement: Any) -> str:
    if not isinstance(statement, Mapping):
        return _SYNTAX
    for names in _FIELDS:
        if not any(name in statement for name in names):
            return f"Missing required field {names[0]}"
    actions = listed(statement.get("Action", statement.get("NotAction")))
    if not all(_is_action(action) for action in actions):
        return _NO_ACTION
    resources = listed(statement.get("Resource", statement.get("NotResource")))
    if not all(_is_of(bucket, resource) for resource in resources):
        return _NO_RESOURCE
    return "" if all(_applies(action, bucket, statement) for action in listed(statement.get("Action"))) else _MISMATCH


def _is_action(action: str) -> bool:
    """``*``, or what is, or matches, an action of S3."""
    prefix, _, name = action.partition(":")
    if action == "*":
        return True
    pattern = like(name.lower())
    return prefix.lower() == "s3" and any(pattern.fullmatch(known.lower()) for known in service_actions("s3").actions)


def _is_of(bucket: str, resource: str) -> bool:
    """Whether `resource` is the bucket, in it, or a pattern that may be."""
    if resource == "*":
        return True
    fields = resource.split(":", 5)
    if len(fields) < 6 or fields[0] != "arn" or fields[2] != "s3":
        return False
    named = fields[5].partition("/")[0]
    return like(re.sub(r"\$\{[^}]*\}", "*", named)).fullmatch(bucket) is not None


def _applies(action: str, bucket: str, statement: Mapping[str, Any]) -> bool:
    """Whether an action that is named in full is one of buckets or of objects, as one of the resources is."""
    actions = {name.lower(): info for name, info in service_actions("s3").actions.items()}
    info = actions.get(action.partition(":")[2].lower())
    resources = listed(statement.get("Resource"))
    if info is None or not resources or not {"bucket", "object"} & {*info.types}:
        return True
    parts = [resource.split(":", 5)[-1] for resource in resources]
    of_objects = any("/" in part or part.endswith("*") for part in parts)
    of_buckets = any("/" not in part for part in parts)
    return ("object" in info.types and of_objects) or ("bucket" in info.types and of_buckets)
