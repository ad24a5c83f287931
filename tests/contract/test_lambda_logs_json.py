"""Functions that ask for JSON logs, and the levels they ask for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.lambda_world import CLIENTS, LambdaWorld

CODE = """
import logging
log = logging.getLogger("shop")
def handler(event, context):
    print("plain")
    log.debug("detail")
    log.info("sold %s", "tea", extra={"price": 3})
    log.warning({"stock": 0})
    if event == "fail":
        raise KeyError("tea")
    if event == "exit":
        import os
        os._exit(3)
    if event == "sleep":
        import time
        time.sleep(60)
    return "done"
"""


@pytest.fixture(scope="module", params=CLIENTS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path_factory.mktemp("json"), **CLIENTS[request.param])
    yield world
    world.close()


def lines(world: LambdaWorld, name: str) -> list[Any]:
    """JSON lines parsed, others as they are."""
    return [json.loads(line) if line.startswith("{") else line for line in world.log(name)]


def platform(world: LambdaWorld, name: str) -> list[tuple[str, Any]]:
    return [(line["type"], line["record"]) for line in lines(world, name) if isinstance(line, dict) and "type" in line]


def test_platform_events(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html; which of them by default:
    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html"""
    world.deploy("json", CODE, LoggingConfig={"LogFormat": "JSON"})
    first, second = world.invoke("json"), world.invoke("json")
    events = platform(world, "json")
    assert [kind for kind, _ in events] == [
        "platform.initStart",
        *["platform.start", "platform.report"] * 2,
    ]
    assert events[0][1]["runtimeVersion"].startswith("python:3.")
    assert events[1][1] == {"requestId": first.request_id, "version": "$LATEST"}
    report = events[2][1]
    assert (report["requestId"], report["status"]) == (first.request_id, "success")
    metrics = report["metrics"]
    assert metrics["memorySizeMB"] == 128
    assert 0 < metrics["durationMs"] <= metrics["billedDurationMs"]
    assert metrics["initDurationMs"] > 0
    assert 5 < metrics["maxMemoryUsedMB"] < 128
    assert (events[4][1]["requestId"], "initDurationMs" in events[4][1]["metrics"]) == (second.request_id, False)
    stamps = [line["time"] for line in lines(world, "json") if isinstance(line, dict) and "time" in line]
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", stamp) for stamp in stamps)


def test_application_records(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html#python-logging-advanced: records of the logging
    module are JSON, what is printed is not; INFO and above by default"""
    world.deploy("records-json", CODE, LoggingConfig={"LogFormat": "JSON"})
    request_id = world.invoke("records-json").request_id
    found = [line for line in lines(world, "records-json") if not isinstance(line, dict) or "level" in line]
    assert found[0] == "plain\n"
    info, warning = found[1:]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", info.pop("timestamp"))
    assert info == {"level": "INFO", "message": "sold tea", "logger": "shop", "requestId": request_id, "price": 3}
    assert warning["message"] == {"stock": 0}


def test_application_level(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html"""
    for level, expected in (("DEBUG", ["DEBUG", "INFO", "WARNING"]), ("WARN", ["WARNING"]), ("ERROR", [])):
        name = f"level-{level}"
        world.deploy(name, CODE, LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": level})
        world.invoke(name)
        found = [line["level"] for line in lines(world, name) if isinstance(line, dict) and "level" in line]
        assert found == expected


def test_system_level(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html: WARN leaves only what went
    wrong, DEBUG adds runtimeDone"""
    for level, expected in (
        ("DEBUG", ["initStart", "start", "runtimeDone", "report"]),
        ("WARN", []),
    ):
        name = f"system-{level}"
        world.deploy(name, CODE, LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": level})
        world.invoke(name)
        assert [kind for kind, _ in platform(world, name)] == [f"platform.{kind}" for kind in expected]


def test_an_error_is_one_json_object(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html"""
    world.deploy("fails-json", CODE, LoggingConfig={"LogFormat": "JSON"})
    assert world.error("fails-json", "fail")["errorType"] == "KeyError"
    [error] = [line for line in lines(world, "fails-json") if isinstance(line, dict) and line.get("level") == "ERROR"]
    assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'tea'")
    assert "line 10, in handler" in error["stackTrace"][0]
    assert platform(world, "fails-json")[-1][1]["status"] == "error"


@pytest.mark.parametrize(
    ("event", "status", "kind"), [("exit", "error", "Runtime.ExitError"), ("sleep", "timeout", None)]
)
def test_what_the_platform_ends(world: LambdaWorld, event: str, status: str, kind: str | None) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html: status and errorType"""
    name = f"ends-{event}"
    world.deploy(name, CODE, LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN"}, Timeout=1)
    world.error(name, event)
    done, report = platform(world, name)
    assert (done[0], report[0]) == ("platform.runtimeDone", "platform.report")
    for _, record in (done, report):
        assert (record["status"], record.get("errorType")) == (status, kind)


def test_text_is_the_default(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html"""
    world.deploy("texts", CODE, LoggingConfig={"LogFormat": "Text"})
    world.invoke("texts")
    assert not any(line.startswith("{") for line in world.log("texts"))
