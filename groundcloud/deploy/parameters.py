"""The parameters of a deployment: what was asked for, what the template takes, what the stack already has."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import Any

from groundcloud.deploy.stack import Stack
from groundcloud.deploy.template import Template
from groundcloud.errors import UserError

HIDDEN = "****"
"""What CloudFormation answers for a NoEcho parameter."""


def parse_parameters(texts: Iterable[str]) -> dict[str, str]:
    """``["A=1 B='two words'", "C=3"]`` as a dict."""
    found = {}
    for text in texts:
        try:
            words = shlex.split(text)
        except ValueError as error:
            raise UserError(
                f"The parameters {text!r} cannot be read: {error}", "PARAMS=\"Name=value Other='a b'\""
            ) from error
        for word in words:
            name, equals, value = word.partition("=")
            if not equals or not name:
                raise UserError(f"{word!r} is not a parameter", 'PARAMS="Name=value Other=value"')
            found[name] = value
    return found


def check_parameters(template: Template, given: dict[str, str], stack: Stack | None) -> None:
    """Refuse names that the template does not have, and the absence of those it needs."""
    declared = _declared(template)
    unknown = sorted(set(given) - set(declared))
    if unknown:
        known = ", ".join(sorted(declared)) or "none"
        raise UserError(f"{template.path} has no parameter {', '.join(unknown)}", f"Its parameters: {known}")
    kept = stack.parameters if stack else {}
    lacking = [
        name for name, spec in declared.items() if "Default" not in spec and name not in given and name not in kept
    ]
    if lacking:
        example = " ".join(f"{name}=..." for name in lacking)
        raise UserError(f"{template.path} needs a value for {', '.join(lacking)}", f'PARAMS="{example}"')


def to_send(template: Template, given: dict[str, str], stack: Stack | None) -> list[dict[str, Any]]:
    """CloudFormation's form. As with `aws cloudformation deploy`, what was not given keeps the value the stack has."""
    kept = stack.parameters if stack else {}
    sent: list[dict[str, Any]] = []
    for name in _declared(template):
        if name in given:
            sent.append({"ParameterKey": name, "ParameterValue": given[name]})
        elif name in kept:
            sent.append({"ParameterKey": name, "UsePreviousValue": True})
    return sent


def same_parameters(template: Template, given: dict[str, str], stack: Stack) -> bool:
    """Whether sending `given` could change nothing. A hidden value, or one that CloudFormation looks up in Parameter
    Store anew at every update, is never known to be the same."""
    if any(stack.parameters.get(name) != value for name, value in given.items()):
        return False
    return not any("AWS::SSM::Parameter" in str(spec.get("Type")) for spec in _declared(template).values())


def _declared(template: Template) -> dict[str, dict[str, Any]]:
    declared = template.body.get("Parameters")
    return declared if isinstance(declared, dict) else {}
