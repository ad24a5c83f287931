"""CloudTask's POST as one trace: request, authorizer, function, table; and the same in a terminal."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.fakes.lambda_world import wait_until
from tests.support.cloud import Cloud
from tests.support.mailbox import Mailbox
from tests.support.processes import ROOT
from tests.support.systems import CloudTask
from tests.support.traces import Traces, span_of

DEFAULT_ACCOUNT = "000000000000"


def test_a_post_is_one_waterfall(cloudtask: CloudTask, cloud: Cloud, mailbox: Mailbox) -> None:
    user = cloudtask.new_user(mailbox)
    assert user.post("/tasks", {"title": "Traced milk"}).status_code == 201

    traces = Traces(cloud.http, DEFAULT_ACCOUNT)
    newest = traces.listed(operation="POST /tasks")[0]["traceId"]
    # The run's last lines are written a moment after its answer.
    wait_until(lambda: "REPORT RequestId" in json.dumps(traces.one(newest)["logs"]), "the whole log", 30)
    trace = traces.one(newest)

    request = span_of(trace, "POST /tasks")
    assert (request["kind"], request["service"], request["status"], request["parentId"]) == (
        "request",
        "execute-api",
        201,
        None,
    )
    assert request["caller"] == user.claims["cognito:username"]
    assert json.loads(request["request"]["body"]) == {"title": "Traced milk"}
    assert user.id_token not in json.dumps(trace)
    checked = next(span for span in trace["spans"] if span["kind"] == "authorizer")
    run = next(span for span in trace["spans"] if span["kind"] == "invocation")
    put = span_of(trace, "PutItem")
    assert checked["parentId"] == run["parentId"] == request["spanId"]
    assert put["parentId"] == run["spanId"]
    assert put["decision"]["allowed"] and "CreateTask" in put["caller"]
    assert {line["spanId"] for line in trace["logs"]} == {run["spanId"]}
    assert request["durationMs"] >= run["durationMs"] >= put["durationMs"] > 0

    def ground(*arguments: str) -> str:
        command = [sys.executable, "-m", "groundcloud.cli", "traces", *arguments]
        done = subprocess.run(command, env=cloud.environ, cwd=ROOT, capture_output=True, text=True, timeout=180)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert trace["traceId"] in ground("--service", "dynamodb", "--json")
    drawn = ground(trace["traceId"])
    assert drawn.index("POST /tasks") < drawn.index("lambda Invoke") < drawn.index("dynamodb PutItem")


def test_a_refusal_is_a_trace(cloudtask: CloudTask, cloud: Cloud) -> None:
    assert cloudtask.request("GET", "/tasks").status_code == 401
    found = Traces(cloud.http, DEFAULT_ACCOUNT).listed(status="denied", operation="GET /tasks")
    assert found and found[0]["status"] == 401 and found[0]["error"]["message"] == "Unauthorized"
