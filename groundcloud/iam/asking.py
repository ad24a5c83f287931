"""Asking the control planes for what a decision needs to know."""

from __future__ import annotations

from typing import Any

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope


async def answer_of(aws: AwsCaller, service: str, operation: str, params: dict[str, Any], scope: Scope) -> Any:
    """The answer, or None when what is asked for does not exist. Raises `AwsError` when the service is at fault."""
    try:
        return await aws.call(service, operation, params, scope=scope)
    except AwsError as error:
        if error.status >= 500:
            raise
        return None
