"""The environment variables of a function: Lambda's, the function's own and `AWS_ENDPOINT_URL`, nothing of the host.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from groundcloud.runtime.credentials import Credentials
from groundcloud.runtime.function import Function
from groundcloud.runtime.toolchain import Place


def function_environ(
    function: Function,
    place: Place,
    credentials: Credentials,
    family: Mapping[str, str],
    *,
    log_stream: str,
    runtime_api: str,
) -> dict[str, str]:
    """The whole environment of the process; `family` are its language's own variables, which a function may set
    otherwise. The runtime client adds `_X_AMZN_TRACE_ID` at each call."""
    return {
        **function.variables,
        "AWS_ENDPOINT_URL": function.variables.get("AWS_ENDPOINT_URL", place.endpoint_url),
        "_HANDLER": function.handler,
        "AWS_ACCESS_KEY_ID": credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_access_key,
        "AWS_SESSION_TOKEN": credentials.session_token,
        "AWS_REGION": function.scope.region,
        "AWS_DEFAULT_REGION": function.scope.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_INITIALIZATION_TYPE": function.initialization,
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        **_log_format(function),
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        "LAMBDA_TASK_ROOT": str(place.task_root),
        "LAMBDA_RUNTIME_DIR": str(place.toolchain.runtime_dir),
        **_unreserved(function, place, family),
    }


def _log_format(function: Function) -> dict[str, str]:
    """What the runtime clients read to format and filter log records."""
    if function.log_format != "JSON":
        return {}
    return {
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": function.application_log_level or "INFO",
    }


def _unreserved(function: Function, place: Place, family: Mapping[str, str]) -> dict[str, str]:
    """Those that a function may set itself."""
    defaults = {**plain_environ(place), **family}
    return {name: function.variables.get(name, value) for name, value in defaults.items()}


def plain_environ(place: Place) -> dict[str, str]:
    """What any process has there, whichever function it runs."""
    folders = [place.toolchain.executable.parent, Path("/usr/local/bin"), Path("/usr/bin"), Path("/bin")]
    folders += [layer / "bin" for layer in place.layers]
    libraries = [place.task_root, place.task_root / "lib", *(layer / "lib" for layer in place.layers)]
    return {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": _joined(folders),
        "LD_LIBRARY_PATH": _joined(libraries),
    }


def _joined(folders: list[Path]) -> str:
    return os.pathsep.join(dict.fromkeys(str(folder) for folder in folders))
