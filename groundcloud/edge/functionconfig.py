"""What Lambda refuses in a function's configuration and the engine takes: pure.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

import json

from groundcloud.errors import AwsError
from groundcloud.stacks.variables import variables_problem

CONFIGURING = ("CreateFunction", "UpdateFunctionConfiguration")


def check_configuration(body: bytes) -> None:
    """Raises `AwsError` InvalidParameterValueException; a body that is no JSON is left to the engine."""
    try:
        variables = json.loads(body)["Environment"]["Variables"]
    except (ValueError, KeyError, TypeError):
        return
    problem = variables_problem(variables) if isinstance(variables, dict) else None
    if problem is not None:
        raise AwsError("InvalidParameterValueException", problem, 400, Type="User")
