"""What Lambda refuses of event source mappings by what the account has.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html. Sentences of recordings:
test_event_source_mapping_exceptions (`refusals`); of AWS's clients: a mapping that is there, by
https://github.com/aws/aws-cdk/issues/7122, a queue that gives too little time, by
https://github.com/github-aws-runners/terraform-aws-github-runner/issues/465, and a role that may not read, by
https://github.com/aws/chalice/issues/1388 and https://github.com/aws-samples/lambda-refarch-webapp/issues/7.
"""

from __future__ import annotations

import json

from groundcloud.edge.lambdarules.asked import Asked
from groundcloud.edge.lambdarules.functions import check_time
from groundcloud.edge.lambdarules.look import Look
from groundcloud.edge.lambdarules.refusals import NO_RESOURCE, conflict, invalid, not_found
from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.runtime.function import Reference
from groundcloud.stacks.asyncrules import destinations_of, missing_destination
from groundcloud.stacks.limits import STREAM_BATCH
from groundcloud.stacks.mappingrules import FIFO, KINESIS, QUEUE, TABLE, mapping_problem, missing_source, source_kind

_READING = {
    QUEUE: ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    FIFO: ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    KINESIS: ("kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream"),
    TABLE: ("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream"),
}


async def create(asked: Asked, look: Look) -> None:
    arn = asked.text("EventSourceArn")
    kind = source_kind(arn)
    if kind is None:
        raise invalid("Unrecognized event source.")
    function = await look.function(asked.function)
    if function is None:
        raise invalid("Function does not exist")
    problem = mapping_problem(asked.members, kind)
    if problem is not None:
        raise invalid(problem)
    await _check_source(asked, look, arn, kind)
    await _check_role(asked.function, look, arn, kind)
    await check_time(look, arn, int(function.get("Timeout") or 0), asked.scope)
    await _check_destinations(asked, look)
    await _check_taken(asked, look, arn, kind)


async def created(asked: Asked, look: Look) -> Response | None:
    """A mapping of a stream that does not say how large its batches are: the engine takes ten for it, too."""
    if asked.members.get("BatchSize") is not None or source_kind(asked.text("EventSourceArn")) not in (KINESIS, TABLE):
        return None
    made = await look.create_mapping({**asked.members, "BatchSize": STREAM_BATCH}, asked.scope)
    return Response.json(202, json.dumps(made, default=lambda time: time.timestamp()))


async def update(asked: Asked, look: Look) -> None:
    mapping = await look.mapping(asked.text("UUID"), asked.scope)
    if mapping is None:
        raise not_found(NO_RESOURCE)
    if asked.text("FunctionName") and await look.function(asked.function) is None:
        raise invalid("Function does not exist")
    kind = source_kind(str(mapping.get("EventSourceArn")))
    if kind in (QUEUE, FIFO):
        # The engine's CloudFormation notes one of queues, too.
        mapping = {name: value for name, value in mapping.items() if name != "StartingPosition"}
    problem = mapping_problem({**mapping, **asked.members}, kind) if kind is not None else None
    if problem is not None:
        raise invalid(problem)
    await _check_destinations(asked, look)


async def known(asked: Asked, look: Look) -> None:
    if await look.mapping(asked.text("UUID"), asked.scope) is None:
        raise not_found(NO_RESOURCE)


async def _check_source(asked: Asked, look: Look, arn: str, kind: str) -> None:
    if not await look.exists(arn, asked.scope):
        raise invalid(missing_source(arn, kind))


async def _check_role(function: Reference, look: Look, arn: str, kind: str) -> None:
    for action in _READING[kind]:
        try:
            await look.roles.require_for(function.arn, "", action, arn, function.scope, "lambda:Poll")
        except AwsError as error:
            if error.code != "AccessDenied":
                raise
            raise invalid(_not_allowed(action, arn, kind)) from error


def _not_allowed(action: str, arn: str, kind: str) -> str:
    if kind in (QUEUE, FIFO):
        call = action.partition(":")[2]
        return f"The provided execution role does not have permissions to call {call} on SQS"
    return (
        f"Cannot access stream {arn}. Please ensure the role can perform the GetRecords, GetShardIterator, "
        "DescribeStream, and ListStreams Actions on your stream in IAM."
    )


async def _check_destinations(asked: Asked, look: Look) -> None:
    for arn in destinations_of(asked.members):
        if not await look.exists(arn, asked.scope):
            raise invalid(missing_destination(arn))


async def _check_taken(asked: Asked, look: Look, arn: str, kind: str) -> None:
    function = asked.function
    for mapping in await look.mappings(function, arn):
        if mapping.get("FunctionArn") != function.arn:
            continue
        where = f'(" {arn} ") and function (" {function.name} ")'
        also = f"Please update or delete the existing mapping with UUID {mapping['UUID']}"
        if kind in (QUEUE, FIFO):
            raise conflict(f"An event source mapping with SQS arn {where} already exists. {also}")
        raise conflict(f"The event source arn {where} provided mapping already exists. {also}")
