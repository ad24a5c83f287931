"""What Lambda refuses of a configuration for asynchronous calls.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html and
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html; the sentences as `refusals` says.
"""

from __future__ import annotations

import json

from groundcloud.edge.lambdarules.asked import Asked
from groundcloud.edge.lambdarules.look import Look
from groundcloud.edge.lambdarules.refusals import invalid, not_found
from groundcloud.http import Response
from groundcloud.stacks.asyncrules import SETTINGS, async_problem, destinations_of, missing_destination


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
            raise invalid(missing_destination(arn))


async def updated(asked: Asked, look: Look) -> Response:
    """UpdateFunctionEventInvokeConfig, which the engine has not: what the call leaves out stays as it is.

    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html
    """
    before = await look.event_invoke_config(asked.function)
    if before is None:
        raise not_found(f"The function {asked.function.arn} doesn't have an EventInvokeConfig")
    kept = {name: before[name] for name in SETTINGS if name in before}
    given = {name: asked.members[name] for name in SETTINGS if name in asked.members}
    after = await look.put_event_invoke_config(asked.function, kept | given)
    return Response.json(200, json.dumps(after, default=lambda time: time.timestamp()))
