"""What Lambda refuses in a function's configuration and the engine takes: pure.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

import json

from groundcloud.errors import AwsError
from groundcloud.stacks.limits import ENVIRONMENT_BYTES, RESERVED_ENVIRONMENT

CONFIGURING = ("CreateFunction", "UpdateFunctionConfiguration")

_UNABLE = (
    "Lambda was unable to configure your environment variables because the environment variables you have provided "
)


def check_configuration(body: bytes) -> None:
    """Raises `AwsError` InvalidParameterValueException; a body that is no JSON is left to the engine."""
    try:
        variables = json.loads(body)["Environment"]["Variables"]
    except (ValueError, KeyError, TypeError):
        return
    if not isinstance(variables, dict):
        return
    reserved = sorted(RESERVED_ENVIRONMENT & variables.keys())
    if reserved:
        raise _refusal(
            "contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    text = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if sum(len(f"{name}{value}".encode()) for name, value in variables.items()) > ENVIRONMENT_BYTES:
        raise _refusal(f"exceeded the 4KB limit. String measured: {text}")


def _refusal(why: str) -> AwsError:
    return AwsError("InvalidParameterValueException", _UNABLE + why, 400, Type="User")
