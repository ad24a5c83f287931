"""Node.js functions in a running cloud: deployed by CloudFormation, calling AWS with the SDK their runtime brings."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any

from tests.support.aws import Aws

TEMPLATE = """
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: node-notes
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: "sts:AssumeRole"}]
      Policies:
        - PolicyName: notes
          PolicyDocument:
            Version: "2012-10-17"
            Statement: [{Effect: Allow, Action: ["dynamodb:PutItem", "dynamodb:GetItem"], Resource: !GetAtt Table.Arn}]
  Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: node-notes
      Runtime: nodejs24.x
      Handler: index.handler
      Role: !GetAtt Role.Arn
      Timeout: 15
      Environment: {Variables: {TABLE: !Ref Table}}
      Code:
        ZipFile: |
          const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
          const { DynamoDBDocumentClient, GetCommand, PutCommand } = require("@aws-sdk/lib-dynamodb");
          const { STSClient, GetCallerIdentityCommand } = require("@aws-sdk/client-sts");
          const db = DynamoDBDocumentClient.from(new DynamoDBClient({}));
          exports.handler = async ({ id, text }) => {
            await db.send(new PutCommand({ TableName: process.env.TABLE, Item: { id, text, n: 1.5 } }));
            const { Item } = await db.send(new GetCommand({ TableName: process.env.TABLE, Key: { id } }));
            const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
            return { Item, Arn };
          };
"""


def test_inline_code_and_the_sdk(aws: Aws, account: str) -> None:
    """`ZipFile` becomes index.js; the SDK needs nothing but AWS_ENDPOINT_URL and the role's credentials:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-lambda-function-code.html"""
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName="node", TemplateBody=TEMPLATE, Capabilities=["CAPABILITY_IAM"])
    cloudformation.get_waiter("stack_create_complete").wait(
        StackName="node", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    answer = aws.client("lambda").invoke(FunctionName="node-notes", Payload=json.dumps({"id": "1", "text": "ü"}))
    value = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, value
    assert value["Item"] == {"id": "1", "text": "ü", "n": 1.5}
    assert value["Arn"].startswith(f"arn:aws:sts::{account}:assumed-role/node-")
    assert value["Arn"].endswith("/node-notes")
    item = aws.client("dynamodb").get_item(TableName="node-notes", Key={"id": {"S": "1"}})["Item"]
    assert item["text"] == {"S": "ü"}


def test_es_module_from_an_archive_and_its_log(aws: Aws) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html"""
    iam = aws.client("iam")
    trust: dict[str, Any] = {"Version": "2012-10-17", "Statement": []}
    trust["Statement"] = [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]
    role = iam.create_role(RoleName="node-role", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("src/app.mjs", "export const run = async (e) => { console.warn('seen', e.n); return e.n + 1 }")
    client = aws.client("lambda")
    client.create_function(
        FunctionName="node-esm",
        Runtime="nodejs24.x",
        Handler="src/app.run",
        Role=role,
        Code={"ZipFile": buffer.getvalue()},
        Timeout=15,
    )
    client.get_waiter("function_active_v2").wait(FunctionName="node-esm", WaiterConfig={"Delay": 1})
    answer = client.invoke(FunctionName="node-esm", Payload=b'{"n": 1}', LogType="Tail")
    assert json.loads(answer["Payload"].read()) == 2
    tail = base64.b64decode(answer["LogResult"]).decode()
    assert "\tWARN\tseen 1\n" in tail
