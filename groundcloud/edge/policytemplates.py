"""Policies of templates that their services refuse, found before anything is made: as far as their text is known.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html and its like; whom a
policy names is not looked at, since the template may make them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from groundcloud.edge.resourcepolicies import refusal
from groundcloud.errors import AwsError
from groundcloud.iam.model import PolicyKind
from groundcloud.iam.stored_policies import written_flaw
from groundcloud.iam.validate import validate

_INLINE = re.compile(r"AWS::IAM::(Policy|(User|Role|Group)(Policy)?)")
_BY_SERVICE = {
    "AWS::KMS::Key": ("kms", "KeyPolicy"),
    "AWS::SNS::TopicPolicy": ("sns", "PolicyDocument"),
    "AWS::SQS::QueuePolicy": ("sqs", "PolicyDocument"),
    "AWS::SecretsManager::ResourcePolicy": ("secretsmanager", "ResourcePolicy"),
}
_LATER = re.compile(r"\$\{(?!aws:|[*?$]\})[A-Za-z0-9]+(::|\.|\})")
"""What CloudFormation puts in later: of a policy's own variables all have a prefix and one colon."""

_ANY = "*"


def of_resource(kind: str, properties: Mapping[str, Any]) -> str | None:
    """The service's words for the first policy of a resource that it would refuse, or None."""
    try:
        for document, of_kind, takes_old in _identity_policies(kind, properties):
            validate(document, of_kind, takes_old=takes_old)
    except AwsError as error:
        return error.message
    service, name = _BY_SERVICE.get(kind, ("", ""))
    text = _text(properties.get(name)) if service else ""
    flaw = written_flaw(service, text) if text else None
    return refusal(service, flaw).message if flaw is not None else None


def _identity_policies(kind: str, properties: Mapping[str, Any]) -> Iterator[tuple[str, PolicyKind, bool]]:
    """(document, kind, whether it may be of the old version) of what IAM stores."""
    found: list[tuple[Any, PolicyKind, bool]] = []
    if kind == "AWS::IAM::ManagedPolicy":
        found.append((properties.get("PolicyDocument"), PolicyKind.IDENTITY, False))
    elif _INLINE.fullmatch(kind):
        inline = properties.get("Policies")
        listed = [one for one in inline if isinstance(one, dict)] if isinstance(inline, list) else []
        found += [(one.get("PolicyDocument"), PolicyKind.IDENTITY, True) for one in (properties, *listed)]
        found.append((properties.get("AssumeRolePolicyDocument"), PolicyKind.TRUST, True))
    yield from ((text, of_kind, old) for document, of_kind, old in found if (text := _text(document)))


def _text(document: Any) -> str:
    """The document as it is known so far; "" when too little is."""
    if not isinstance(document, dict):
        return ""
    statements = document.get("Statement")
    listed = statements if isinstance(statements, list) else [statements]
    known = [_statement(one) for one in listed if isinstance(one, dict)]
    if not known:
        return "" if any(one is None for one in listed) else json.dumps(document, default=str)
    return json.dumps({**document, "Statement": known}, default=str)


def _statement(statement: dict[str, Any]) -> dict[str, Any]:
    """What is not known yet stands as what is always allowed there, or is left out."""
    filled = {name: _filled(value) for name, value in statement.items()}
    if filled.get("Sid") == _ANY:
        del filled["Sid"]
    if _is_later(statement.get("Condition")):
        filled.pop("Condition", None)
    return filled


def _filled(value: Any) -> Any:
    if isinstance(value, list):
        return [_filled(one) for one in value]
    if isinstance(value, dict):
        return {name: _filled(one) for name, one in value.items()}
    return _ANY if _is_later(value) else value


def _is_later(value: Any) -> bool:
    """Whether any of it is not known yet."""
    if isinstance(value, (dict, list)):
        return any(map(_is_later, value.values() if isinstance(value, dict) else value))
    return value is None or (isinstance(value, str) and _LATER.search(value) is not None)
