"""What Lambda refuses of a configuration for asynchronous calls.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html and
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html; the sentences as `refusals` says.
"""

from __future__ import annotations

from groundcloud.edge.lambdarules.asked import Asked
from groundcloud.edge.lambdarules.look import Look
from groundcloud.edge.lambdarules.refusals import invalid, not_found
from groundcloud.stacks.asyncrules import async_problem, destinations_of


async def put(asked: Asked, look: Look) -> None:
    reference = asked.function
    if await look.function(reference) is None:
        raise not_found("The function doesn't exist.")
    problem = async_problem(asked.members)
    if problem is not None:
        raise invalid(problem)
    for arn in destinations_of(asked.members):
        if arn.partition(":function:")[2].partition(":")[0] == reference.name:
            raise invalid("You can't specify the function as a destination for itself.")
        if not await look.exists(arn, reference.scope):
            raise invalid(f"The destination ARN {arn} is invalid.")
