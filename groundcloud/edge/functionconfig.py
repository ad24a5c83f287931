"""What Lambda refuses of a call by the call alone, and what is not there: pure.

The constraints of its model, and https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html. What needs a
look at the account is in `lambdarules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundcloud.errors import AwsError
from groundcloud.stacks.aliasrules import alias_problem
from groundcloud.stacks.functionrules import request_problem
from groundcloud.stacks.unsupported import of_resource
from groundcloud.stacks.variables import variables_problem

CONFIGURING = ("CreateFunction", "UpdateFunctionConfiguration")
_KINDS = {
    **dict.fromkeys(CONFIGURING, "AWS::Lambda::Function"),
    **dict.fromkeys(("CreateEventSourceMapping", "UpdateEventSourceMapping"), "AWS::Lambda::EventSourceMapping"),
}
_ALIASES = ("CreateAlias", "UpdateAlias")


def check_configuration(operation: str, asked: Mapping[str, Any]) -> None:
    """Raises `AwsError` for the members of a call."""
    lacking = of_resource(_KINDS[operation], asked) if operation in _KINDS else None
    if lacking is not None:
        raise _invalid(lacking)
    if operation in CONFIGURING:
        _check_variables(asked.get("Environment"))
    refusal = alias_problem(asked) if operation in _ALIASES else None
    refusal = refusal or request_problem(operation, asked)
    if refusal is not None:
        raise refusal


def _check_variables(environment: Any) -> None:
    variables = environment.get("Variables") if isinstance(environment, dict) else None
    problem = variables_problem(variables) if isinstance(variables, dict) else None
    if problem is not None:
        raise _invalid(problem)


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message, 400, Type="User")
