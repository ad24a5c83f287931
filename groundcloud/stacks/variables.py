"""What Lambda refuses of a function's environment variables, in its words: the same for its API and for templates.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html and
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html. The message shows what is measured, the compact
JSON object of all of them: https://github.com/github-aws-runners/terraform-aws-github-runner/issues/3594
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from groundcloud.stacks.limits import ENVIRONMENT_BYTES, RESERVED_ENVIRONMENT

_UNABLE = (
    "Lambda was unable to configure your environment variables because the environment variables you have provided "
)


def variables_problem(variables: Mapping[str, object]) -> str | None:
    """Lambda's message, or None when it takes them. A value that is None is not known yet, and counts as empty."""
    reserved = sorted(RESERVED_ENVIRONMENT & variables.keys())
    if reserved:
        return (
            f"{_UNABLE}contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    measured = {name: "" if value is None else value for name, value in variables.items()}
    if len(_json(measured).encode()) <= ENVIRONMENT_BYTES:
        return None
    shown = {name: value for name, value in variables.items() if value is not None}
    return f"{_UNABLE}exceeded the 4KB limit. String measured: {_json(shown)}"


def _json(variables: Mapping[str, object]) -> str:
    return json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
