"""What Lambda refuses of reserved concurrency: of the account's, 100 have to be left to all functions.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html. The sentence as AWS's clients report it,
for instance https://github.com/hashicorp/terraform-provider-aws/issues/12120.
"""

from __future__ import annotations

from collections.abc import Mapping

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope
from groundcloud.stacks.limits import UNRESERVED_EXECUTIONS


async def check_reserve(engine: AwsCaller, wanted: Mapping[str, int], scope: Scope) -> None:
    """Raises `AwsError` when functions (by name) that have so much reserved would leave too little. What they have now
    counts no more."""
    settings = await engine.call("lambda", "GetAccountSettings", {}, scope=scope)
    left = int(settings["AccountLimit"]["UnreservedConcurrentExecutions"])
    for name, number in wanted.items():
        left += await _reserved(engine, name, scope) - number
    if left < UNRESERVED_EXECUTIONS and any(wanted.values()):
        raise AwsError(
            "InvalidParameterValueException",
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
            f"below its minimum value of [{UNRESERVED_EXECUTIONS}].",
            400,
            Type="User",
        )


async def _reserved(engine: AwsCaller, name: str, scope: Scope) -> int:
    try:
        found = await engine.call("lambda", "GetFunctionConcurrency", {"FunctionName": name}, scope=scope)
    except AwsError:
        return 0  # a function that is yet to be made
    return int(found.get("ReservedConcurrentExecutions") or 0)
