"""What Lambda refuses of functions and their code by what the account has.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html and
https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html. The sentences are as AWS's clients report
them, that of the role for instance in https://github.com/pdomala/LambdaCDDemo/issues/1.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from groundcloud.edge.lambdarules.asked import Asked
from groundcloud.edge.lambdarules.look import Look
from groundcloud.edge.lambdarules.refusals import invalid, stale_revision
from groundcloud.engines.constraints import fault, told
from groundcloud.errors import AwsError
from groundcloud.ports import Scope
from groundcloud.stacks.functionrules import NOT_ASSUMABLE, letters_problem
from groundcloud.stacks.limits import FUNCTION_NAME_CHARACTERS
from groundcloud.stacks.mappingrules import FIFO, QUEUE, source_kind
from groundcloud.stacks.tagrules import tags_problem

_EMPTY_ZIP = base64.b64encode(b"PK\x05\x06\0\0").decode()
_PLACES = ("ZipFile", "S3Bucket", "ImageUri")


async def create(asked: Asked, look: Look) -> None:
    _check_name(asked.text("FunctionName"))
    problem = tags_problem(asked.inner("Tags"))
    if problem is not None:
        raise invalid(problem)
    await _check_code(asked.inner("Code"), asked, look)
    await check_role(asked, look)
    await _check_dead_letters(asked, look)


async def update_code(asked: Asked, look: Look) -> None:
    function = await look.function(asked.unqualified)
    if function is not None:
        _check_revision(asked, function)
        await _check_code(asked.members, asked, look)


async def update_configuration(asked: Asked, look: Look) -> None:
    await check_role(asked, look)
    await _check_dead_letters(asked, look)
    function = await look.function(asked.unqualified)
    if function is None:
        return
    _check_revision(asked, function)
    timeout = asked.members.get("Timeout")
    if not isinstance(timeout, int):
        return
    for mapping in await look.mappings(asked.unqualified):
        await check_time(look, str(mapping.get("EventSourceArn")), timeout, asked.scope)


async def check_time(look: Look, source: str, timeout: int, scope: Scope) -> None:
    """A queue must hide its messages for as long as the function may take."""
    if source_kind(source) not in (QUEUE, FIFO):
        return
    visible = await look.visibility_timeout(source, scope)
    if visible is not None and visible < timeout:
        raise invalid(f"Queue visibility timeout: {visible} seconds is less than Function timeout: {timeout} seconds")


def _check_revision(asked: Asked, function: Mapping[str, Any]) -> None:
    if asked.text("RevisionId") not in ("", function.get("RevisionId")):
        raise stale_revision()


async def _check_dead_letters(asked: Asked, look: Look) -> None:
    target = asked.inner("DeadLetterConfig").get("TargetArn")
    if not isinstance(target, str) or not target:
        return
    problem = letters_problem(target, exists=await look.exists(target, asked.scope))
    if problem is not None:
        raise invalid(problem)


async def publish_layer(asked: Asked, look: Look) -> None:
    await _check_code(asked.inner("Content"), asked, look)


async def check_role(asked: Asked, look: Look) -> None:
    """The role that a function is to have, if the call names one."""
    role = asked.text("Role")
    if role and not await look.is_assumable(role, asked.scope):
        raise invalid(NOT_ASSUMABLE)


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
    if _is_empty_zip(code.get("ZipFile")):
        raise invalid("Uploaded file must be a non-empty zip")
    bucket, key = code.get("S3Bucket"), code.get("S3Key")
    if isinstance(bucket, str) and isinstance(key, str):
        problem = await look.object_problem(bucket, key, code.get("S3ObjectVersion"), asked.scope)
        if problem is not None:
            raise invalid(f"Error occurred while GetObject. {problem}")


def _is_empty_zip(given: Any) -> bool:
    """Whether it is an archive of nothing: only the record that ends one. The sentence as in
    https://github.com/dumrauf/serverless_static_website_with_basic_auth/issues/17."""
    return isinstance(given, str) and given.startswith(_EMPTY_ZIP)
