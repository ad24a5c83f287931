"""Lambda's `Invoke` over HTTP: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest

from groundcloud.errors import AwsError
from tests.fakes.fake_engine import SCOPE
from tests.fakes.lambda_world import LambdaWorld, wait_until

_NAME = "arn:aws:lambda:us-east-1:123456789012:function"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path_factory.mktemp("lambda"), pure=False)
    world.deploy("echo", "def handler(event, context): print('seen'); return [event, context.invoked_function_arn]")
    yield world
    world.close()


def _refusal(
    world: LambdaWorld, name: str, body: bytes = b"", qualifier: str | None = None, **headers: str
) -> AwsError:
    with pytest.raises(AwsError) as caught:
        world.http(name, body, qualifier, **headers)
    return caught.value


def test_request_response(world: LambdaWorld) -> None:
    """API_Invoke, RequestResponse."""
    response = world.http("echo", b'{"a": 1}')
    assert response.status == 200
    assert json.loads(response.body) == [{"a": 1}, f"{_NAME}:echo"]
    assert response.headers.get("Content-Type") == "application/json"
    assert response.headers.get("X-Amz-Executed-Version") == "$LATEST"
    assert response.headers.get("X-Amz-Function-Error") is None
    assert response.headers.get("X-Amz-Log-Result") is None
    assert len(response.headers.get("x-amzn-RequestId") or "") == 36


def test_no_payload_is_an_empty_object(world: LambdaWorld) -> None:
    """API_Invoke, Payload is optional: the event is {}."""
    assert json.loads(world.http("echo").body)[0] == {}


def test_name_forms_and_qualifiers(world: LambdaWorld) -> None:
    """API_Invoke, FunctionName: name, partial ARN, ARN, each with or without a qualifier."""
    for name in ("echo", f"{_NAME}:echo", "123456789012:function:echo", "function:echo"):
        assert json.loads(world.http(name).body)[1] == f"{_NAME}:echo"
    for name, qualifier in (("echo:$LATEST", None), ("echo", "$LATEST"), (f"{_NAME}:echo:$LATEST", "$LATEST")):
        assert json.loads(world.http(name, b"1", qualifier).body)[1] == f"{_NAME}:echo:$LATEST"
    error = _refusal(world, "echo:a", qualifier="b")
    assert (error.code, error.status) == ("InvalidParameterValueException", 400)


def test_log_tail(world: LambdaWorld) -> None:
    """API_Invoke, LogType Tail: the last 4 KB, START to REPORT, Base64."""
    response = world.http("echo", b"{}", X_Amz_Log_Type="Tail")
    log = base64.b64decode(response.headers.get("X-Amz-Log-Result") or "").decode()
    identity = response.headers.get("x-amzn-RequestId")
    lines = log.splitlines()
    assert lines[0] == f"START RequestId: {identity} Version: $LATEST"
    assert lines[1] == "seen"
    assert lines[2] == f"END RequestId: {identity}"
    assert lines[3].startswith(f"REPORT RequestId: {identity}\tDuration: ")


def test_function_error(world: LambdaWorld) -> None:
    """API_Invoke, X-Amz-Function-Error; the status stays 200."""
    world.deploy("fails", "def handler(event, context): raise ValueError('x')")
    response = world.http("fails")
    assert response.status == 200
    assert response.headers.get("X-Amz-Function-Error") == "Unhandled"
    assert json.loads(response.body)["errorType"] == "ValueError"


def test_event_is_answered_at_once_and_runs(world: LambdaWorld) -> None:
    """API_Invoke, InvocationType Event: 202, empty body."""
    world.deploy("later", "import time\ndef handler(event, context): time.sleep(0.3); print('ran', event)")
    response = world.http("later", b'"e"', X_Amz_Invocation_Type="Event")
    assert (response.status, response.body) == (202, b"")
    assert "ran e\n" not in world.log("later")
    wait_until(lambda: "ran e\n" in world.log("later"), "the event was handled")


def test_failing_events_are_over_too(world: LambdaWorld, caplog: pytest.LogCaptureFixture) -> None:
    """An asynchronous call that fails says so in our log, and stops nothing."""
    world.deploy("failing-later", "def handler(event, context): raise ValueError('x')")
    assert world.http("failing-later", b"{}", X_Amz_Invocation_Type="Event").status == 202
    wait_until(lambda: "failed and is tried again in 60 s" in caplog.text, "the failure was logged")


def test_dry_run(world: LambdaWorld) -> None:
    """API_Invoke, InvocationType DryRun: 204, nothing runs."""
    world.deploy("dry", "")
    assert world.http("dry", b"{}", X_Amz_Invocation_Type="DryRun").status == 204
    assert world.log("dry") == []


def test_client_context(world: LambdaWorld) -> None:
    """API_Invoke, X-Amz-Client-Context."""
    world.deploy("client", "def handler(event, context): return context.client_context.custom['k']")
    header = base64.b64encode(json.dumps({"custom": {"k": "ü"}}).encode()).decode()
    assert json.loads(world.http("client", X_Amz_Client_Context=header).body) == "ü"
    error = _refusal(world, "client", X_Amz_Client_Context="no base64!")
    assert (error.code, error.message) == (
        "InvalidRequestContentException",
        "Client context must be a valid Base64-encoded JSON object.",
    )


@pytest.mark.parametrize("body", [b"{", b"{'a': 1}", b"NaN", b"\xff", b"[" * 200_000])
def test_payload_that_is_no_json(world: LambdaWorld, body: bytes) -> None:
    """API_Invoke, InvalidRequestContentException."""
    error = _refusal(world, "echo", body)
    assert (error.code, error.status) == ("InvalidRequestContentException", 400)
    assert error.message.startswith("Could not parse request body into json: Could not parse payload into json: ")


def test_payload_limits(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB, asynchronous 1 MB"""
    error = _refusal(world, "echo", b'"' + b"x" * 6 * 1024 * 1024 + b'"')
    assert (error.code, error.status) == ("RequestEntityTooLargeException", 413)
    assert error.message == "Request must be smaller than 6291456 bytes for the InvokeFunction operation"
    error = _refusal(world, "echo", b'"' + b"x" * 1024 * 1024 + b'"', X_Amz_Invocation_Type="Event")
    assert (error.code, error.status) == ("RequestEntityTooLargeException", 413)


@pytest.mark.parametrize(
    ("name", "arn"),
    [("nobody", f"{_NAME}:nobody"), ("nobody:live", f"{_NAME}:nobody:live"), (f"{_NAME}:nobody", f"{_NAME}:nobody")],
)
def test_missing_function(world: LambdaWorld, name: str, arn: str) -> None:
    """API_Invoke, ResourceNotFoundException."""
    error = _refusal(world, name)
    assert (error.code, error.status) == ("ResourceNotFoundException", 404)
    assert error.message == f"Function not found: {arn}"
    assert error.fields == {"Type": "User"}


@pytest.mark.parametrize("name", ["a b", "../etc", "", "x" * 65, "arn:aws:s3:::bucket"])
def test_impossible_names(world: LambdaWorld, name: str) -> None:
    """API_Invoke, FunctionName's pattern."""
    error = _refusal(world, name)
    assert (error.code, error.status) == ("ValidationException", 400)
    assert "at 'functionName' failed to satisfy constraint" in error.message


def test_unknown_invocation_type(world: LambdaWorld) -> None:
    """API_Invoke, InvocationType."""
    assert _refusal(world, "echo", X_Amz_Invocation_Type="Maybe").code == "InvalidParameterValueException"


def test_function_that_is_not_ready(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html; becoming active is noticed by itself"""
    world.deploy("pending", "def handler(event, context): return 1", State="Pending")
    error = _refusal(world, "pending")
    assert (error.code, error.status) == ("ResourceConflictException", 409)
    assert "currently in the following state: Pending" in error.message
    world.engine.functions[SCOPE, "pending"]["Configuration"]["State"] = "Active"
    assert world.http("pending").body == b"1"
    world.deploy("pending", "def handler(event, context): return 2", State="Pending", StateReasonCode="Updating")
    assert world.http("pending").body == b"2"


def test_invocations_from_the_engine(world: LambdaWorld) -> None:
    """The seam: the engine's own result shape, and the same environments as every other call."""
    code = (
        "import os\ndef handler(event, context): print('in'); return [os.getpid(), event['a'], context.aws_request_id]"
    )
    config = world.engine.add_function("seam", {"app.py": code})
    archive = next(iter(reversed(world.engine.packages.values())))
    pid = world.value("seam", {"a": 0})[0]
    result = world.run(world.runtime.invoke_from_engine(config, archive, {"a": 5}, "the-request"))
    assert result["body"] == [pid, 5, "the-request"]
    assert result["log"].startswith("START RequestId: the-request")
    assert set(result) == {"body", "log"}
    failed = world.run(world.runtime.invoke_from_engine(config, archive, {}, "another"))
    assert (failed["error"], failed["function_error"]) == (True, "Unhandled")
    assert failed["body"]["errorType"] == "KeyError"
    throttled = dict(config, FunctionName="seam-full", FunctionArn=f"{_NAME}:seam-full")
    world.engine.add_function("seam-full", {"app.py": code}, reserved=0)
    assert _refusal(world, "seam-full").status == 429
    full = world.run(world.runtime.invoke_from_engine(throttled, archive, {"a": 1}, "third"))
    assert full["throttle"] is True
    assert full["body"]["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
