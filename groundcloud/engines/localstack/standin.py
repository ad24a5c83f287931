"""Functions that the embedded engine believes in, for those that it has to name and never runs.

Cognito is the embedded engine's and the functions are LocalStack's: asked to sign a user up, the embedded engine looks
for the pool's function before it lets us answer in its place.
"""

from __future__ import annotations

import io
import json
import zipfile

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope

_ROLE = "groundcloud-stand-in"
_TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


async def stand_in(embedded: AwsCaller, arn: str) -> None:
    """Have a function with this ARN there, of any content."""
    parts = arn.split(":")
    scope, name = Scope(parts[4], parts[3]), parts[6]
    if await _exists(embedded, "lambda", "GetFunction", {"FunctionName": name}, scope):
        return
    if not await _exists(embedded, "iam", "GetRole", {"RoleName": _ROLE}, scope):
        role = {"RoleName": _ROLE, "AssumeRolePolicyDocument": json.dumps(_TRUST)}
        await embedded.call("iam", "CreateRole", role, scope=scope)
    function = {
        "FunctionName": name,
        "Role": f"arn:aws:iam::{scope.account}:role/{_ROLE}",
        "Runtime": "python3.13",
        "Handler": "none.none",
        "Code": {"ZipFile": _package()},
    }
    await embedded.call("lambda", "CreateFunction", function, scope=scope)


async def _exists(embedded: AwsCaller, service: str, operation: str, params: dict[str, str], scope: Scope) -> bool:
    try:
        await embedded.call(service, operation, params, scope=scope)
    except AwsError as error:
        if error.status != 404:
            raise
        return False
    return True


def _package() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("none.py", "")
    return buffer.getvalue()
