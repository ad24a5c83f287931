"""What Lambda refuses in a function's configuration and the engine takes, and what is not there: pure.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html and
https://docs.aws.amazon.com/lambda/latest/dg/configuration-ephemeral-storage.html
"""

from __future__ import annotations

import json

from groundcloud.edge.aliasconfig import check_alias
from groundcloud.errors import AwsError
from groundcloud.stacks.functionrules import request_problem
from groundcloud.stacks.unsupported import of_resource
from groundcloud.stacks.variables import variables_problem

CONFIGURING = ("CreateFunction", "UpdateFunctionConfiguration")
_KINDS = {
    **dict.fromkeys(CONFIGURING, "AWS::Lambda::Function"),
    **dict.fromkeys(("CreateEventSourceMapping", "UpdateEventSourceMapping"), "AWS::Lambda::EventSourceMapping"),
}
_ALIASES = ("CreateAlias", "UpdateAlias")
CHECKED = (*_KINDS, *_ALIASES)
"""The operations whose bodies `check_configuration` looks at."""


def check_configuration(operation: str, body: bytes) -> None:
    """Raises `AwsError`; a body that is no JSON is left to the engine."""
    try:
        asked = json.loads(body)
    except ValueError:
        return
    if not isinstance(asked, dict):
        return
    if operation in _ALIASES:
        check_alias(asked)
        return
    lacking = of_resource(_KINDS[operation], asked)
    if lacking is not None:
        raise AwsError("InvalidParameterValueException", lacking, 400, Type="User")
    environment = asked.get("Environment")
    variables = environment.get("Variables") if isinstance(environment, dict) else None
    problem = variables_problem(variables) if isinstance(variables, dict) else None
    if problem is not None:
        raise AwsError("InvalidParameterValueException", problem, 400, Type="User")
    refusal = request_problem(operation, asked)
    if refusal is not None:
        raise refusal
