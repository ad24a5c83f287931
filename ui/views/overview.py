"""The first screen: what runs, where it answers, what is deployed, what went wrong lately."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass

from botocore.exceptions import ClientError
from flask import render_template
from flask.typing import ResponseReturnValue

from ui.doors import console, scope
from ui.readers.spans import Traces
from ui.readers.types import Address, CloudRefused, Scope, Stack, Status
from ui.screens import Screen
from ui.traces.sparkline import Sparkline, sparkline

screen = Screen("overview", "Overview", icon="grid", key="o", summary="What runs, where it answers, what is deployed")

KINDS = {
    "AWS::Lambda::Function": "functions",
    "AWS::ApiGateway::RestApi": "REST APIs",
    "AWS::ApiGatewayV2::Api": "HTTP and WebSocket APIs",
    "AWS::DynamoDB::Table": "tables",
    "AWS::S3::Bucket": "buckets",
    "AWS::Cognito::UserPool": "user pools",
    "AWS::SQS::Queue": "queues",
    "AWS::SNS::Topic": "topics",
    "AWS::CloudFront::Distribution": "distributions",
}
"""What is counted of the stacks, and what the page calls it."""
LATELY = 3600
"""Seconds back in which failures are counted."""
MOST = 100
"""Failures that are counted; there may be more."""
FAILURES = ("error", "denied")
IN_LINE = 60
"""Requests in the line of latencies."""


@dataclass(frozen=True)
class Lately:
    """What happened since `since` (epoch seconds): how many traces failed or were denied (`MOST` at most), and how long
    the last ones took. `off` says that the cloud keeps no traces."""

    since: int
    errors: int
    denied: int
    latency: Sparkline | None
    off: bool = False


@dataclass(frozen=True)
class Overview:
    """What runs and what is deployed in one account and region. On profile `aws` there is no `status`, because nothing
    of ours runs there, and `identity` says as whom AWS is read. `problem` says why the stacks could not be read, if
    so."""

    status: Status | None
    identity: str
    scope: Scope
    addresses: list[Address]
    stacks: list[Stack]
    counts: list[tuple[str, int]]
    lately: Lately
    problem: str | None = None


@screen.page("/", "overview.html")
def page() -> Overview:
    """What runs, where it answers, what is deployed."""
    doors, wanted = console(), scope()
    on_aws = doors.settings.profile == "aws"
    status = None if on_aws else doors.control.status()
    identity = _identity(wanted) if on_aws else ""
    problem = None
    stacks: list[Stack] = []
    try:
        stacks = doors.stacks.read(wanted)
    except ClientError as error:
        problem = error.response["Error"].get("Message") or str(error)
    addresses = [Address("AWS endpoint", status.endpoint)] if status else []
    addresses.append(Address("Console", doors.settings.ui_url))
    lately = Lately(0, 0, 0, None, off=True) if on_aws else _lately()
    return Overview(status, identity, wanted, addresses, stacks, counts_of(stacks), lately, problem)


@screen.part("/credentials")
def credentials() -> ResponseReturnValue:
    """The lines that point any AWS tool at this cloud, for who asks to see them."""
    settings, wanted = console().settings, scope()
    own = wanted.account == settings.account
    lines = (
        f"export AWS_ENDPOINT_URL={settings.endpoint}",
        f"export AWS_ACCESS_KEY_ID={settings.access_key_id if own else wanted.account}",
        f"export AWS_SECRET_ACCESS_KEY={settings.secret_access_key}",
        f"export AWS_DEFAULT_REGION={wanted.region}",
    )
    return render_template("revealed.html", text="\n".join(lines), what="the environment", lines=len(lines))


def counts_of(stacks: list[Stack]) -> list[tuple[str, int]]:
    """How many resources of each kind the stacks have, in the order of `KINDS`."""
    found = Counter(resource.type for stack in stacks for resource in stack.resources)
    return [(name, found[kind]) for kind, name in KINDS.items() if found[kind]]


def _identity(wanted: Scope) -> str:
    doors = console()
    with doors.aws.answering():
        try:
            return str(doors.aws.client("sts", wanted).get_caller_identity()["Arn"])
        except ClientError as error:
            return f"unknown: {error.response['Error'].get('Message', error)}"


def _lately() -> Lately:
    traces, since = Traces(console().control), int(time.time()) - LATELY
    try:
        last, _ = traces.newest({}, IN_LINE)
    except CloudRefused:
        return Lately(since, 0, 0, None, off=True)
    errors, denied = (len(traces.newest({"status": each, "since": str(since)}, MOST)[0]) for each in FAILURES)
    return Lately(since, errors, denied, sparkline(last))
