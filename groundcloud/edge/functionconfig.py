"""What Lambda refuses in a function's configuration and the engine takes: pure.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

import json

from groundcloud.errors import AwsError

CONFIGURING = ("CreateFunction", "UpdateFunctionConfiguration")

MAX_VARIABLES_BYTES = 4096
"""AWS: all environment variables of a function, names and values."""

_RESERVED = frozenset(
    {
        *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"),
        *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
        *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
        *("AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
    }
)
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
    reserved = sorted(_RESERVED & variables.keys())
    if reserved:
        raise _refusal(
            "contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    text = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if sum(len(f"{name}{value}".encode()) for name, value in variables.items()) > MAX_VARIABLES_BYTES:
        raise _refusal(f"exceeded the 4KB limit. String measured: {text}")


def _refusal(why: str) -> AwsError:
    return AwsError("InvalidParameterValueException", _UNABLE + why, 400, Type="User")
