"""What a function's role needs for what Lambda does in its name: logs, queues it is fed by, where results go.

Sources, below docs.aws.amazon.com/lambda/latest/dg/: lambda-intro-execution-role.html, with-sqs.html, with-ddb.html,
with-kinesis.html, invocation-async-retain-records.html, services-xray.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from groundcloud.iam.asking import answer_of
from groundcloud.iam.seen import Seen
from groundcloud.ports import AwsCaller, Scope

_FED_BY = {
    "sqs": ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
    "kinesis": (
        "kinesis:DescribeStream",
        "kinesis:DescribeStreamSummary",
        "kinesis:GetRecords",
        "kinesis:GetShardIterator",
        "kinesis:ListShards",
    ),
}
_GIVEN_TO = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "lambda": "lambda:InvokeFunction",
    "events": "events:PutEvents",
}
_TRACING = ("xray:PutTelemetryRecords", "xray:PutTraceSegments")


async def needs_of(aws: AwsCaller, configuration: dict[str, Any], scope: Scope) -> frozenset[Seen]:
    """From a function's configuration, event sources and destinations."""
    name = configuration["FunctionName"]
    group = (configuration.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
    logs = f"arn:aws:logs:{scope.region}:{scope.account}:log-group:{group}:*"
    found = {Seen(f"logs:{action}", logs) for action in ("CreateLogStream", "PutLogEvents")}
    if group == f"/aws/lambda/{name}":
        # Lambda makes this one by itself; another is made by whoever names it.
        found.add(Seen("logs:CreateLogGroup", logs))
    if (configuration.get("TracingConfig") or {}).get("Mode") == "Active":
        found |= {Seen(action, "*") for action in _TRACING}
    targets = [(configuration.get("DeadLetterConfig") or {}).get("TargetArn")]
    mappings = await answer_of(aws, "lambda", "ListEventSourceMappings", {"FunctionName": name}, scope) or {}
    for mapping in mappings.get("EventSourceMappings", []):
        found |= set(_fed_by(mapping.get("EventSourceArn", "")))
        targets += _destinations(mapping)
    asynchronous = await answer_of(aws, "lambda", "GetFunctionEventInvokeConfig", {"FunctionName": name}, scope) or {}
    targets += _destinations(asynchronous)
    for target in filter(None, targets):
        if action := _GIVEN_TO.get(target.split(":")[2]):
            found.add(Seen(action, target))
    return frozenset(found)


def _fed_by(source: str) -> Iterator[Seen]:
    service = source.split(":")[2] if source.count(":") > 4 else ""
    for action in _FED_BY.get(service, ()):
        yield Seen(action, source)
    if service == "dynamodb":
        yield Seen("dynamodb:ListStreams", "*")


def _destinations(owner: dict[str, Any]) -> list[str]:
    config = owner.get("DestinationConfig") or {}
    return [(config.get(outcome) or {}).get("Destination", "") for outcome in ("OnSuccess", "OnFailure")]
