"""Stack policies that would protect something: nothing here holds an update against them, so they are refused.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html. One that allows every
update is taken: it changes nothing.
"""

from __future__ import annotations

import json
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.stacks.errors import validation_error
from groundcloud.stacks.form import Form

_ALL = ("Update:*", "*")


def check_policy(form: Form) -> None:
    """Raises `ValidationError` that names what is not supported."""
    for name in ("StackPolicyBody", "StackPolicyURL"):
        given = form.get(name)
        if given is not None and not (name == "StackPolicyBody" and _allows_all(given)):
            raise _refused(name)


def _allows_all(text: str) -> bool:
    try:
        policy = json.loads(text)
    except ValueError:
        return False
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    listed = statements if isinstance(statements, list) else [statements]
    whole = [one for one in listed if isinstance(one, dict)]
    return any(map(_is_all, whole)) and not any(one.get("Effect") != "Allow" for one in whole)


def _is_all(statement: dict[str, Any]) -> bool:
    actions, resource = statement.get("Action"), statement.get("Resource")
    listed = actions if isinstance(actions, list) else [actions]
    return any(one in _ALL for one in listed) and resource == "*" and "Condition" not in statement


def _refused(name: str) -> AwsError:
    return validation_error(
        f"Groundcloud does not enforce stack policies: what this {name} denies would be updated all the same. Leave it "
        'out here, or allow "Update:*" on "*"'
    )
