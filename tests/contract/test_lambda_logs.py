"""What is written to CloudWatch Logs, and as metrics, for every call."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from groundcloud.errors import AwsError
from groundcloud.runtime import limits
from tests.fakes.lambda_world import CLIENTS, LambdaWorld

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.fixture(scope="module", params=CLIENTS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path_factory.mktemp("lambda"), **CLIENTS[request.param])
    yield world
    world.close()


def test_platform_lines_frame_each_call(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html"""
    world.deploy("framed", "print('starting')\ndef handler(event, context):\n  print('one')\n  print('two', end='')")
    first, second = world.invoke("framed"), world.invoke("framed")
    lines = world.log("framed")
    assert re.fullmatch(r"INIT_START Runtime Version: python:3\.\d+\.\d+\tRuntime Version ARN: arn:aws:\S+\n", lines[0])
    assert lines[1] == "starting\n"
    for result, part in ((first, lines[2:7]), (second, lines[7:])):
        identity = result.request_id
        assert part[0] == f"START RequestId: {identity} Version: $LATEST\n"
        assert part[1:3] == ["one\n", "two\n"]
        assert part[3] == f"END RequestId: {identity}\n"
    report = (
        rf"REPORT RequestId: {_UUID}\tDuration: (\d+\.\d\d) ms\tBilled Duration: (\d+) ms\tMemory Size: 128 MB\t"
        r"Max Memory Used: (\d+) MB\t"
    )
    cold = re.fullmatch(report + r"Init Duration: (\d+\.\d\d) ms\t\n", lines[6])
    warm = re.fullmatch(report + r"\n", lines[11])
    assert cold
    assert warm
    assert 5 < int(cold[3]) < 128
    assert float(cold[4]) > 5
    assert int(cold[2]) >= float(cold[1]) + float(cold[4])


def test_one_stream_per_environment(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"""
    world.deploy("streams", "import time\ndef handler(event, context): time.sleep(event)")
    world.together(world.calling("streams", 0.2), world.calling("streams", 0.2))
    world.invoke("streams", 0)
    world.log("streams")
    names = [stream for group, stream in world.engine.log_events if group == "/aws/lambda/streams"]
    assert len(names) == 2
    assert all(re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", name) for name in names)


def test_records_of_several_lines_stay_one_event(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html: the logging module's format and order"""
    world.deploy(
        "records",
        """
import logging, sys
log = logging.getLogger()
log.setLevel("INFO")
def handler(event, context):
    print("first")
    log.info("second\\nstill second")
    print("third", file=sys.stderr)
    log.debug("not shown")
    raise RuntimeError("last")
""",
    )
    identity = world.invoke("records").request_id
    lines = world.log("records")[2:6]
    assert lines[0] == "first\n"
    assert re.fullmatch(
        rf"\[INFO\]\t\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z\t{identity}\tsecond\nstill second\n", lines[1]
    )
    assert lines[2] == "third\n"
    assert lines[3].startswith("[ERROR] RuntimeError: last\nTraceback (most recent call last):\n\u00a0\u00a0File")


def test_a_megabyte_of_output_never_blocks(world: LambdaWorld) -> None:
    """Issue 2, bad input: a function that prints a megabyte."""
    world.deploy(
        "megabyte",
        """
def handler(event, context):
    for n in range(10000):
        print(f"{n:05}" + "x" * 100)
    print("y" * 600_000)
""",
        Timeout=10,
    )
    result = world.invoke("megabyte", tail_log=True)
    assert result.function_error is None
    assert len(result.log_tail) == limits.LOG_TAIL_BYTES
    lines = world.log("megabyte")[2:-2]
    assert [line[:5] for line in lines[:10000]] == [f"{n:05}" for n in range(10000)]
    assert [len(line) - 1 for line in lines[10000:]] == [262118, 262118, 600_000 - 2 * 262118]


def test_binary_output_is_harmless(world: LambdaWorld) -> None:
    """Nothing a function writes may break its log."""
    world.deploy(
        "binary",
        """
import os
def handler(event, context):
    os.write(1, bytes(range(256)) + b"\\xa5\\x5a\\x00\\x03\\xff\\xff\\xff\\xff" + b"\\xa5\\x5a\\x00" + b"\\n")
    os.write(1, b"\\xa5\\x5a\\x00\\x03\\x00\\x00\\x10\\x00cut short")
    return "fine"
""",
    )
    assert world.value("binary") == "fine"
    assert world.value("binary") == "fine"
    assert world.log("binary")[-1].startswith("REPORT")


def test_streams_closed_by_the_function(world: LambdaWorld) -> None:
    """A function may close its output; its calls go on."""
    world.deploy("closes", "import os\ndef handler(event, context):\n  os.close(1)\n  os.close(2)\n  return 'quiet'")
    assert world.value("closes") == "quiet"


def test_group_of_the_functions_choice(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html"""
    world.deploy("chooses", "def handler(event, context): print('there')", LoggingConfig={"LogGroup": "/shared/group"})
    world.invoke("chooses")
    assert world.log("chooses") == []
    assert "there\n" in world.engine.messages("/shared/group")


def test_group_that_was_deleted_is_made_again(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html: created when it is missing"""
    world.deploy("regrows", "def handler(event, context): print('line')")
    world.invoke("regrows")
    world.log("regrows")
    world.engine.log_events.clear()
    world.invoke("regrows")
    assert [line for line in world.log("regrows") if not line.startswith(("START", "END", "REPORT"))] == ["line\n"]


def test_a_control_plane_that_refuses_logs_stops_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Logs and metrics that cannot be written are lost; calls are not."""
    world = LambdaWorld(tmp_path_factory.mktemp("refusing"), pure=False)

    def refuse(params: object, scope: object) -> None:
        raise AwsError("ServiceUnavailable", "no", 503)

    world.engine.on("logs", "PutLogEvents", refuse)
    world.engine.on("cloudwatch", "PutMetricData", refuse)
    world.deploy("anyway", "def handler(event, context): print('lost'); return 1")
    assert world.value("anyway") == 1
    assert world.log("anyway") == []
    world.run(world.runtime.flush_metrics())
    world.close()


def test_metrics(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"""
    world.deploy("measured", "def handler(event, context): return 1 / event")
    for event in (1, 0, 2):
        world.invoke("measured", event)
    world.run(world.runtime.flush_metrics())
    sums: dict[str, float] = {}
    counts: dict[str, float] = {}
    for call in world.engine.asked("cloudwatch", "PutMetricData"):
        assert call["Namespace"] == "AWS/Lambda"
        for datum in call["MetricData"]:
            if datum["Dimensions"] == [{"Name": "FunctionName", "Value": "measured"}]:
                name = datum["MetricName"]
                pairs = list(zip(datum["Values"], datum["Counts"], strict=True))
                sums[name] = sums.get(name, 0) + sum(value * count for value, count in pairs)
                counts[name] = counts.get(name, 0) + sum(count for _, count in pairs)
    assert (sums["Invocations"], sums["Errors"], sums["Throttles"]) == (3, 1, 0)
    assert counts["Errors"] == counts["Duration"] == 3
    assert 0 < sums["Duration"] < 60_000
    assert counts["ConcurrentExecutions"] >= 1
