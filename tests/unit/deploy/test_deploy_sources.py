"""Telling the cloud where functions' sources live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from groundcloud.deploy.control import ControlDoor, ControlRefused
from groundcloud.deploy.package import FunctionSource
from groundcloud.deploy.sources import tell_sources
from groundcloud.deploy.stack import StackResource
from tests.fakes.aws_door import FakeDoor
from tests.fakes.deploy_reporter import MemoryReporter

FUNCTIONS = (
    FunctionSource("Fn", Path("/app/src"), "app.handler", "none", digest="abc"),
    FunctionSource("Inner", Path("/app/in"), "in.handler", "pip", ("Child",)),
    FunctionSource("LeftOut", Path("/app/x"), "x.handler", "none"),
)
RESOURCES = [
    StackResource("Fn", "app-Fn-1", "AWS::Lambda::Function", "OK"),
    StackResource("Child", "arn:child", "AWS::CloudFormation::Stack", "OK"),
]
INNER = {
    "LogicalResourceId": "Inner",
    "PhysicalResourceId": "child-Inner-1",
    "ResourceType": "AWS::Lambda::Function",
    "ResourceStatus": "OK",
}


class FakeControl(ControlDoor):
    def __init__(self, refusal: ControlRefused | None = None) -> None:
        self.sent: list[tuple[str, str, Any]] = []
        self._refusal = refusal

    def request(self, method: str, path: str, body: Any = None, *, deadline: float = 10.0, **query: Any) -> Any:
        self.sent.append((method, path, body))
        if self._refusal:
            raise self._refusal
        return body


def told(control: FakeControl, reporter: MemoryReporter) -> int:
    door = FakeDoor(cloudformation__list_stack_resources=[INNER])
    return tell_sources(control, door, "000000000000", RESOURCES, FUNCTIONS, reporter)


def test_functions_of_nested_stacks_are_found_and_absent_ones_left_out() -> None:
    control = FakeControl()
    assert told(control, MemoryReporter()) == 2
    prefix = "arn:aws:lambda:us-east-1:000000000000:function:"
    assert control.sent == [
        (
            "PUT",
            "/functions/sources",
            {
                "sources": [
                    {
                        "functionArn": f"{prefix}app-Fn-1",
                        "folder": "/app/src",
                        "handler": "app.handler",
                        "build": "none",
                        "digest": "abc",
                    },
                    {
                        "functionArn": f"{prefix}child-Inner-1",
                        "folder": "/app/in",
                        "handler": "in.handler",
                        "build": "pip",
                        "digest": "",
                    },
                ]
            },
        )
    ]


def test_a_refusal_is_a_warning() -> None:
    reporter = MemoryReporter()
    assert told(FakeControl(ControlRefused(400, "folder outside the root")), reporter) == 0
    assert "folder outside the root" in reporter.warnings[0]
