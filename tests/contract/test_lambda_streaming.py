"""Response streaming through a running cloud: what a function writes arrives as it writes it.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
https://docs.aws.amazon.com/lambda/latest/dg/config-rs-write-functions.html
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html#runtimes-custom-response-streaming
https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
"""

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from tests.fakes.fake_engine import zipped
from tests.fakes.lambda_world import wait_until
from tests.support.cloud import Cloud
from tests.support.functions import SOON, Functions
from tests.support.gate import Gate
from tests.support.packages import archive

WRITES = """
import { existsSync, writeFileSync } from "node:fs";
const until = async (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));
export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
  const [what, gate] = (event.rawPath ? event.rawPath.slice(1) : event).split("-");
  if (what === "early") throw new TypeError("before anything");
  if (what === "page") {
    stream = awslambda.HttpResponseStream.from(stream, {
      statusCode: 201, headers: {"Content-Type": "text/plain", "X-Own": "1"}, cookies: ["a=1", "b=2"]});
  } else {
    stream.setContentType("text/event-stream");
  }
  stream.write("first ");
  if (gate) await (await fetch(`http://127.0.0.1:${gate}/`)).text();
  if (what === "late") throw new TypeError("in the middle");
  if (what === "exit") { await until(100); process.exit(3); }
  if (what === "hang") await until(60000);
  if (what === "much") for (let n = 0; n < 80; n++) {
    if (!stream.write("x".repeat(100000))) await new Promise((go) => stream.once("drain", go));
  }
  stream.write("second");
  stream.end();
  await stream.finished?.();
  console.log("RAN to its end");
});
"""

BOOTSTRAP = b"""#!/usr/bin/env python3
import base64, json, os, socket, urllib.request
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
base = "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(f"http://{host}:{port}{base}next") as answer:
        event, request_id = json.load(answer), answer.headers["Lambda-Runtime-Aws-Request-Id"]
    with socket.create_connection((host, int(port))) as connection:
        def write(data):
            connection.sendall(b"%x\\r\\n%s\\r\\n" % (len(data), data))
        connection.sendall((f"POST {base}{request_id}/response HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: text/own\\r\\n"
            "Lambda-Runtime-Function-Response-Mode: streaming\\r\\nTransfer-Encoding: chunked\\r\\n"
            "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\\r\\n\\r\\n").encode())
        write(b"one ")
        write(b"two")
        if event == "break":
            continue
        if event == "fail":
            error = base64.b64encode(json.dumps({"errorType": "Own.Error", "errorMessage": "late"}).encode()).decode()
            connection.sendall((f"0\\r\\nLambda-Runtime-Function-Error-Type: Own.Error\\r\\n"
                f"Lambda-Runtime-Function-Error-Body: {error}\\r\\n\\r\\n").encode())
        else:
            connection.sendall(b"0\\r\\n\\r\\n")
        connection.recv(65536)
"""


@pytest.fixture
def gate() -> Iterator[Gate]:
    with closing(Gate()) as made:
        yield made


def make_node(functions: Functions, name: str = "writes", **config: Any) -> str:
    settings = {"Runtime": "nodejs24.x", "Handler": "index.handler", "Timeout": 10, **config}
    functions.api.create_function(
        FunctionName=name,
        Role=functions.role(f"{name}-role"),
        Code={"ZipFile": zipped({"index.mjs": WRITES})},
        **settings,
    )
    functions.api.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=SOON)
    return name


def make_bootstrap(functions: Functions) -> str:
    functions.api.create_function(
        FunctionName="own",
        Role=functions.role("own-role"),
        Code={"ZipFile": archive({"bootstrap": BOOTSTRAP})},
        Runtime="provided.al2023",
        Handler="x",
    )
    functions.api.get_waiter("function_active_v2").wait(FunctionName="own", WaiterConfig=SOON)
    return "own"


def streamed(functions: Functions, name: str, event: Any, **options: Any) -> tuple[bytes, dict[str, Any]]:
    """The joined payload and the last event of a streaming call."""
    answer = functions.api.invoke_with_response_stream(FunctionName=name, Payload=json.dumps(event), **options)
    *chunks, last = list(answer["EventStream"])
    return b"".join(chunk["PayloadChunk"]["Payload"] for chunk in chunks), last["InvokeComplete"]


def pieces(cloud: Cloud, host: str, path: str) -> Iterator[bytes]:
    """What arrives on a socket of its own, piece by piece, until the cloud closes it."""
    with closing(socket.create_connection(("127.0.0.1", cloud.port), timeout=60)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        while data := connection.recv(65536):
            yield data


def starts(functions: Functions, name: str) -> int:
    return sum(line.startswith("START") for line in functions.lines(name))


def ended(functions: Functions, name: str) -> bool:
    return any(line.startswith("REPORT") for line in functions.lines(name))


@pytest.mark.parametrize("path", ["/slow", "/page"])
def test_the_first_chunk_arrives_before_the_handler_has_finished(
    cloud: Cloud, functions: Functions, gate: Gate, path: str
) -> None:
    """Source: configuration-response-streaming: partial responses as they become available."""
    host = functions.open_url(make_node(functions), InvokeMode="RESPONSE_STREAM")
    arriving = pieces(cloud, host, f"{path}-{gate.port}")
    seen = b""
    while b"first " not in seen:
        seen += next(arriving)
    assert b"second" not in seen
    assert not ended(functions, "writes"), "the handler is still at work"
    gate.open()
    seen += b"".join(arriving)
    assert b"second" in seen
    assert seen.endswith(b"\r\n0\r\n\r\n")


def test_status_headers_and_cookies_come_first(functions: Functions, http: httpx.Client) -> None:
    """Source: config-rs-write-functions, awslambda.HttpResponseStream.from."""
    host = functions.open_url(make_node(functions), InvokeMode="RESPONSE_STREAM")
    answer = http.get(f"http://{host}/page")
    assert (answer.status_code, answer.text) == (201, "first second")
    assert (answer.headers["content-type"], answer.headers["x-own"]) == ("text/plain", "1")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert answer.headers["transfer-encoding"] == "chunked"
    plain = http.get(f"http://{host}/plain")
    assert (plain.status_code, plain.text, plain.headers["content-type"]) == (200, "first second", "text/event-stream")


def test_an_error_before_the_first_byte_is_a_502(functions: Functions, http: httpx.Client) -> None:
    host = functions.open_url(make_node(functions), InvokeMode="RESPONSE_STREAM")
    answer = http.get(f"http://{host}/early")
    assert (answer.status_code, answer.json()) == (502, {"Message": "Internal Server Error"})


@pytest.mark.parametrize(("path", "timeout"), [("/late", 10), ("/exit", 10), ("/hang", 1)])
def test_a_failure_in_the_middle_breaks_the_response_off(
    cloud: Cloud, functions: Functions, path: str, timeout: int
) -> None:
    """What was written has arrived; RFC 9112, section 8: a chunked message without its last chunk is incomplete."""
    host = functions.open_url(make_node(functions, Timeout=timeout), InvokeMode="RESPONSE_STREAM")
    seen = b"".join(pieces(cloud, host, path))
    assert seen.startswith(b"HTTP/1.1 200")
    assert b"first " in seen
    assert not seen.endswith(b"0\r\n\r\n")
    wait_until(lambda: ended(functions, "writes"), "the call ended")
    assert len([line for line in functions.lines("writes") if "Task timed out after 1.00 seconds" in line]) == (
        path == "/hang"
    )


def test_more_than_a_buffered_response_may_have(functions: Functions, http: httpx.Client) -> None:
    """Source: gettingstarted-limits: 200 MB streamed, 6 MB buffered."""
    host = functions.open_url(make_node(functions), InvokeMode="RESPONSE_STREAM")
    answer = http.get(f"http://{host}/much")
    assert len(answer.content) == len("first second") + 8_000_000
    result = functions.api.invoke(FunctionName="writes", Payload=b'"much"')
    assert json.loads(result["Payload"].read())["errorType"] == "Function.ResponseSizeTooLarge"


def test_a_call_goes_on_when_its_caller_has_gone(cloud: Cloud, functions: Functions, gate: Gate) -> None:
    """Source: configuration-response-streaming: not interrupted when the invoking client connection is broken."""
    host = functions.open_url(make_node(functions), InvokeMode="RESPONSE_STREAM")
    arriving = pieces(cloud, host, f"/slow-{gate.port}")
    next(arriving)
    arriving.close()  # type: ignore[attr-defined]
    gate.open()
    wait_until(lambda: "RAN to its end\n" in [line[-15:] for line in functions.lines("writes")], "it ran to its end")
    assert streamed(functions, "writes", "plain")[0] == b"first second"
    assert starts(functions, "writes") == 2


def test_buffered_calls_get_the_whole(functions: Functions, http: httpx.Client) -> None:
    """Source: config-rs-invoke-furls: BUFFERED is the default, and `Invoke` is always buffered."""
    host = functions.open_url(make_node(functions), InvokeMode="BUFFERED")
    result = functions.api.invoke(FunctionName="writes", Payload=b'"plain"')
    assert result["Payload"].read() == b"first second"
    page = http.get(f"http://{host}/page")
    assert (page.status_code, page.text, page.headers["x-own"]) == (201, "first second", "1")
    assert "transfer-encoding" not in page.headers


def test_the_lambda_api_streams_too(functions: Functions, gate: Gate) -> None:
    """Source: API_InvokeWithResponseStream."""
    make_node(functions)
    event = json.dumps(f"slow-{gate.port}")
    answer = functions.api.invoke_with_response_stream(FunctionName="writes", Payload=event, LogType="Tail")
    assert answer["ExecutedVersion"] == "$LATEST"
    assert answer["ResponseStreamContentType"] == "application/vnd.amazon.eventstream"
    events = iter(answer["EventStream"])
    assert next(events) == {"PayloadChunk": {"Payload": b"first "}}
    assert not ended(functions, "writes"), "the handler is still at work"
    gate.open()
    assert next(events) == {"PayloadChunk": {"Payload": b"second"}}
    complete = next(events)["InvokeComplete"]
    assert "ErrorCode" not in complete
    log = base64.b64decode(complete["LogResult"]).decode()
    assert "RAN to its end" in log
    assert "REPORT RequestId" in log
    assert next(events, None) is None


def test_the_lambda_api_tells_at_the_end_what_went_wrong(functions: Functions) -> None:
    """Source: API_InvokeWithResponseStreamCompleteEvent; that `ErrorCode` is the error's type is ours."""
    make_node(functions, Timeout=1)
    for event, got, kind in (
        ("early", b"", "TypeError"),
        ("late", b"first ", "TypeError"),
        ("exit", b"first ", "Runtime.ExitError"),
        ("hang", b"first ", "Sandbox.Timedout"),
    ):
        payload, complete = streamed(functions, "writes", event)
        assert (payload, complete["ErrorCode"]) == (got, kind)
        assert json.loads(complete["ErrorDetails"])["errorType"] == kind
    assert streamed(functions, "writes", "plain") == (b"first second", {})


def test_functions_that_do_not_stream_answer_in_one_chunk(functions: Functions, http: httpx.Client) -> None:
    """Source: configuration-response-streaming: managed Python has no streaming handlers."""
    functions.make("whole", "def handler(event, context): return {'a': 1 / (event != 0)}")
    assert streamed(functions, "whole", 1) == (b'{"a": 1.0}', {})
    payload, complete = streamed(functions, "whole", 0)
    assert (payload, complete["ErrorCode"]) == (b"", "ZeroDivisionError")
    answer = http.get(f"http://{functions.open_url('whole', InvokeMode='RESPONSE_STREAM')}/")
    assert (answer.status_code, answer.content) == (200, b'{"a": 1.0}')


def test_refusals_are_no_streams(functions: Functions) -> None:
    """Source: API_InvokeWithResponseStream, Errors: they come before the stream."""
    with pytest.raises(functions.api.exceptions.ResourceNotFoundException):
        streamed(functions, "nobody", 1)
    functions.make("reserved")
    functions.api.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=0)
    with pytest.raises(functions.api.exceptions.TooManyRequestsException):
        streamed(functions, "reserved", 1)
    dry = functions.api.invoke_with_response_stream(FunctionName="reserved", InvocationType="DryRun")
    assert dry["StatusCode"] == 204
    # Nobody reads it, and whose garbage it becomes is another test's failure.
    dry["EventStream"].close()


def test_a_role_that_may_invoke_gets_a_stream(functions: Functions, gate: Gate) -> None:
    """Source: API_InvokeWithResponseStream: `lambda:InvokeFunction` is what it takes."""
    make_node(functions)
    role = functions.role("may", "lambda:InvokeFunction")
    keys = functions.aws.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    caller = functions.aws.client(
        "lambda",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    answer = caller.invoke_with_response_stream(FunctionName="writes", Payload=json.dumps(f"slow-{gate.port}"))
    events = iter(answer["EventStream"])
    assert next(events) == {"PayloadChunk": {"Payload": b"first "}}
    assert not ended(functions, "writes"), "the handler is still at work"
    gate.open()
    assert [*events][-1] == {"InvokeComplete": {}}


def test_a_custom_runtime_streams(functions: Functions, http: httpx.Client) -> None:
    """Source: runtimes-custom, response streaming: chunked encoding, the runtime's content type, error trailers."""
    make_bootstrap(functions)
    assert streamed(functions, "own", 1) == (b"one two", {})
    payload, complete = streamed(functions, "own", "fail")
    assert payload == b"one two"
    assert complete["ErrorCode"] == "Own.Error"
    assert json.loads(complete["ErrorDetails"]) == {"errorType": "Own.Error", "errorMessage": "late"}
    payload, complete = streamed(functions, "own", "break")
    assert (payload, complete["ErrorCode"]) == (b"one two", "Runtime.TruncatedResponse")
    answer = http.get(f"http://{functions.open_url('own', InvokeMode='RESPONSE_STREAM')}/")
    assert (answer.text, answer.headers["content-type"]) == ("one two", "text/own")
    assert functions.api.invoke(FunctionName="own", Payload=b"1")["Payload"].read() == b"one two"
