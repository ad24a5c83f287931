"""Reading functions, naming them, and what makes an environment: pure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from groundcloud.errors import AwsError
from groundcloud.ports import Scope
from groundcloud.runtime import errors, platform_lines
from groundcloud.runtime.credentials import Credentials
from groundcloud.runtime.environ import function_environ
from groundcloud.runtime.function import Reference, parse_reference, read_function, scope_of_config
from groundcloud.runtime.platform_lines import Report
from groundcloud.runtime.toolchain import Place, Toolchain
from groundcloud.runtime.tracing import trace_header

SCOPE = Scope("123456789012", "us-east-1")
CONFIG: dict[str, Any] = {
    "FunctionName": "f",
    "FunctionArn": "arn:aws:lambda:eu-west-1:210987654321:function:f",
    "Runtime": "python3.11",
    "Handler": "app.handler",
    "Role": "arn:aws:iam::123456789012:role/r",
    "CodeSha256": "x" * 43 + "=",
}


@pytest.mark.parametrize(
    ("text", "qualifier", "expected"),
    [
        ("f", None, Reference(SCOPE, "f", None)),
        ("f", "live", Reference(SCOPE, "f", "live")),
        ("f:3", None, Reference(SCOPE, "f", "3")),
        ("210987654321:function:f", None, Reference(Scope("210987654321", "us-east-1"), "f", None)),
        (
            "arn:aws:lambda:eu-west-1:210987654321:function:f:$LATEST",
            "$LATEST",
            Reference(Scope("210987654321", "eu-west-1"), "f", "$LATEST"),
        ),
    ],
)
def test_references(text: str, qualifier: str | None, expected: Reference) -> None:
    assert parse_reference(text, SCOPE, qualifier) == expected


@pytest.mark.parametrize("text", ["", "a/b", "f:", "arn:aws:lambda:us-east-1:1:function:f", "f:1:2"])
def test_no_references(text: str) -> None:
    with pytest.raises(AwsError, match="functionName"):
        parse_reference(text, SCOPE)


def test_configuration_with_nothing_optional() -> None:
    function = read_function(CONFIG, SCOPE)
    assert (function.version, function.timeout, function.memory) == ("$LATEST", 3, 128)
    assert function.log_group == "/aws/lambda/f"
    assert function.layers == ()
    assert function.reserved is None
    assert scope_of_config(CONFIG, SCOPE) == Scope("210987654321", "eu-west-1")
    assert scope_of_config({}, SCOPE) == SCOPE


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"Description": "new", "RevisionId": "r", "LastModified": "now", "State": "Active"}, True),
        ({"Environment": {"Variables": {}}, "Layers": []}, True),
        ({"CodeSha256": "y" * 43 + "="}, False),
        ({"Handler": "other.handler"}, False),
        ({"Environment": {"Variables": {"A": "1"}}}, False),
        ({"Timeout": 5}, False),
    ],
)
def test_fingerprint_tells_environments_apart(change: dict[str, Any], same: bool) -> None:
    one, two = read_function(CONFIG, SCOPE), read_function({**CONFIG, **change}, SCOPE)
    assert (one.fingerprint == two.fingerprint) is same


def test_environ_cannot_be_overridden_where_it_is_reserved() -> None:
    function = read_function(
        {**CONFIG, "Environment": {"Variables": {"AWS_REGION": "mars", "LANG": "C", "AWS_ENDPOINT_URL": "http://x"}}},
        SCOPE,
    )
    place = Place(
        Path("/code"), (Path("/layer"),), Toolchain(Path("/py/bin/python3"), "3.11.7", Path("/rt")), "http://cloud"
    )
    environ = function_environ(function, place, Credentials("a", "s", "t", 0), {}, log_stream="ls", runtime_api="h:1")
    assert environ["AWS_REGION"] == "us-east-1"
    assert environ["LANG"] == "C"
    assert environ["AWS_ENDPOINT_URL"] == "http://x"
    assert environ["PATH"] == "/py/bin:/usr/local/bin:/usr/bin:/bin:/layer/bin"
    assert environ["LD_LIBRARY_PATH"] == "/code:/code/lib:/layer/lib"


def test_report_lines() -> None:
    facts = Report("id", 1.234, 128, 40, init=100.0)
    assert platform_lines.report(facts) == (
        "REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 102 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 40 MB\tInit Duration: 100.00 ms\t\n"
    )
    facts = Report("id", 3000, 128, None, status="timeout")
    assert platform_lines.report(facts) == (
        "REPORT RequestId: id\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\tStatus: timeout\t\n"
    )


def test_other_platform_lines() -> None:
    assert platform_lines.start("id", "7") == "START RequestId: id Version: 7\n"
    assert platform_lines.timed_out(0.5, "id", 3) == "1970-01-01T00:00:00.500Z id Task timed out after 3.00 seconds\n"
    assert platform_lines.stream_name(0, "$LATEST", "ab") == "1970/01/01/[$LATEST]ab"
    assert platform_lines.exited("id", -9) == (
        "RequestId: id Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"
    )
    assert errors.exit_reason(-42) == "Runtime exited with error: signal: 42"


@pytest.mark.parametrize("bad", [None, "", "nonsense", "Root=1", "Root=1-00000000-000000000000000000000000\r\nX: y"])
def test_trace_headers_are_made_when_there_is_none(bad: str | None) -> None:
    header = trace_header(bad, 1_700_000_000)
    assert header.startswith("Root=1-6553f100-")
    assert header.endswith(";Sampled=0")


def test_trace_headers_are_kept() -> None:
    given = "Root=1-6553f100-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1;Lineage=a:0"
    assert trace_header(given, 0) == given
