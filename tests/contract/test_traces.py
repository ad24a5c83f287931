"""Traces: everything that a call causes hangs under it, without a word in the handler.

Sources: docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader (the header),
docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (`_X_AMZN_TRACE_ID`), and the control routes as
`groundcloud/edge/openapi.yaml` describes them.
"""

from __future__ import annotations

import json

import pytest

from tests.fakes.fake_engine import zipped
from tests.support.aws import Aws
from tests.support.functions import SOON, Functions
from tests.support.traces import Traces, span_of, tree

WRITING = """
import boto3, logging, os
table = boto3.client("dynamodb")
def handler(event, context):
    print("writing", event["id"])
    table.put_item(TableName="notes", Item={"id": {"S": event["id"]}, "password": {"S": "hunter22"}})
    return {"trace": os.environ["_X_AMZN_TRACE_ID"]}
"""

WRITING_IN_NODE = """
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
const table = new DynamoDBClient({});
export const handler = async (event) => {
  console.log("writing", event.id);
  await table.send(new PutItemCommand({ TableName: "notes", Item: { id: { S: event.id } } }));
  return { trace: process.env._X_AMZN_TRACE_ID };
};
"""


@pytest.fixture
def notes(aws: Aws) -> str:
    aws.client("dynamodb").create_table(
        TableName="notes",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    return "notes"


@pytest.mark.parametrize("runtime", ["python", "node"])
def test_a_handlers_calls_hang_under_its_run(functions: Functions, notes: str, traces: Traces, runtime: str) -> None:
    if runtime == "python":
        functions.make("writer", WRITING, "dynamodb:PutItem")
    else:
        package = zipped({"index.mjs": WRITING_IN_NODE})
        functions.api.create_function(
            FunctionName="writer",
            Role=functions.role("writer-role", "dynamodb:PutItem"),
            Code={"ZipFile": package},
            Runtime="nodejs22.x",
            Handler="index.handler",
            Timeout=20,
        )
        functions.api.get_waiter("function_active_v2").wait(FunctionName="writer", WaiterConfig=SOON)

    answer = functions.call("writer", {"id": "one"})

    trace = traces.of("writer", spans=3)
    assert answer["trace"].startswith(f"Root={trace['traceId']};")
    shape = tree(trace)
    invoked = next(span for span in trace["spans"] if span["kind"] == "invocation")
    assert shape["dynamodb PutItem"] == "lambda Invoke"
    assert shape["lambda Init"] == "lambda Invoke"
    assert invoked["coldStart"] and invoked["initMs"] > 0
    put = span_of(trace, "PutItem")
    assert put["parentId"] == invoked["spanId"]
    assert put["resource"] == "notes"
    assert put["caller"].endswith("assumed-role/writer-role/writer")
    assert put["decision"]["allowed"] and put["decision"]["action"] == "dynamodb:PutItem"
    assert put["decision"]["statement"]["Action"] == ["dynamodb:PutItem"]
    assert "hunter22" not in json.dumps(trace)
    assert any("writing one" in line["message"] for line in invoked["logs"])
    assert {line["requestId"] for line in trace["logs"]} == {invoked["requestId"]}


def test_a_refusal_is_shown_with_the_missing_statement(functions: Functions, notes: str, traces: Traces) -> None:
    functions.make("refused", WRITING)

    assert functions.call("refused", {"id": "one"})["errorType"] == "ClientError"

    [summary] = traces.listed(function="refused", status="denied")
    put = span_of(traces.one(summary["traceId"]), "PutItem")
    assert put["outcome"] == "denied" and not put["decision"]["allowed"]
    assert put["decision"]["missing"]["Action"] == "dynamodb:PutItem"
    assert "no identity-based policy allows the dynamodb:PutItem action" in put["decision"]["reason"]
