"""What Lambda refuses of functions and their code by what the account has.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html and
https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html. The sentences are as AWS's clients report
them, that of the role for instance in https://github.com/pdomala/LambdaCDDemo/issues/1.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundcloud.edge.lambdarules.asked import Asked
from groundcloud.edge.lambdarules.look import Look
from groundcloud.edge.lambdarules.refusals import invalid
from groundcloud.engines.constraints import fault, told
from groundcloud.errors import AwsError
from groundcloud.stacks.limits import FUNCTION_NAME_CHARACTERS

_PLACES = ("ZipFile", "S3Bucket", "ImageUri")


async def create(asked: Asked, look: Look) -> None:
    _check_name(asked.text("FunctionName"))
    await _check_code(asked.inner("Code"), asked, look)
    await check_role(asked, look)


async def update_code(asked: Asked, look: Look) -> None:
    if await look.function(asked.unqualified) is not None:
        await _check_code(asked.members, asked, look)


async def publish_layer(asked: Asked, look: Look) -> None:
    await _check_code(asked.inner("Content"), asked, look)


async def check_role(asked: Asked, look: Look) -> None:
    """The role that a function is to have, if the call names one."""
    role = asked.text("Role")
    if role and not await look.is_assumable(role, asked.scope):
        raise invalid("The role defined for the function cannot be assumed by Lambda.")


def _check_name(name: str) -> None:
    if ":" in name:
        raise invalid(f"Groundcloud makes functions by their name alone, not by an ARN or part of one: {name}")
    if len(name) > FUNCTION_NAME_CHARACTERS:
        constraint = f"have length less than or equal to {FUNCTION_NAME_CHARACTERS}"
        raise AwsError("ValidationException", told([fault(name, "functionName", constraint)]), 400)


async def _check_code(code: Mapping[str, Any], asked: Asked, look: Look) -> None:
    given = [name for name in _PLACES if code.get(name)]
    if not given:
        raise invalid("Please provide a source for function code.")
    if "ZipFile" in given and len(given) > 1:
        raise invalid("Please do not provide other FunctionCode parameters when providing a ZipFile.")
    bucket, key = code.get("S3Bucket"), code.get("S3Key")
    if isinstance(bucket, str) and isinstance(key, str):
        problem = await look.object_problem(bucket, key, code.get("S3ObjectVersion"), asked.scope)
        if problem is not None:
            raise invalid(f"Error occurred while GetObject. {problem}")
