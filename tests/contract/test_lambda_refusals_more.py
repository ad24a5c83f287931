"""What Lambda refuses of mappings, functions, URLs and permissions: by boto3 against a running cloud.

The sentences are those of recordings made against AWS, LocalStack's
tests/aws/services/lambda_/test_lambda_api.snapshot.json (called *recording* below, with the test it belongs to), or of
what AWS's clients report; the constraints those of https://docs.aws.amazon.com/lambda/latest/api/.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.fake_engine import zipped
from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.lambda_refusals import BROKEN, CONFLICT, ELSEWHERE, INVALID, MISSING, F, Place, check, one


@pytest.fixture(scope="module")
def place(cloud: Cloud) -> Iterator[Place]:
    aws = Aws(cloud.endpoint, new_account())
    yield Place(aws)
    aws.close()


Q = {"EventSourceArn": "arn:aws:sqs:us-east-1:{account}:q"}
STREAM = {"EventSourceArn": "{stream}", "StartingPosition": "LATEST"}
NO_POSITION = "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: "
MAPPINGS = {
    "no-source": (F, *INVALID, "Unrecognized event source."),
    "no-function": ({"FunctionName": "nobody", **Q}, *INVALID, "Function does not exist"),
    "no-alias": ({"FunctionName": "f:nobody", **Q}, *INVALID, "Function does not exist"),
    "no-queue": (
        {**F, "EventSourceArn": Q["EventSourceArn"] + "z"},
        *INVALID,
        "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue.",
    ),
    "no-stream": ({**F, **STREAM, "EventSourceArn": "{stream}9"}, *INVALID, "Stream not found: {stream}9"),
    "no-kinesis-stream": (
        {**F, **STREAM, "EventSourceArn": "arn:aws:kinesis:us-east-1:{account}:stream/k"},
        *INVALID,
        "Received Exception while reading from provided stream. Stream k under account {account} not found.",
    ),
    "20000": (
        {**F, **Q, "BatchSize": 20_000},
        *BROKEN,
        one(20_000, "batchSize", "have value less than or equal to 10000"),
    ),
    "11-at-once": (
        {**F, **Q, "BatchSize": 11},
        *INVALID,
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
    ),
    "window-of-fifo": (
        {**F, "EventSourceArn": Q["EventSourceArn"] + ".fifo", "MaximumBatchingWindowInSeconds": 1},
        *INVALID,
        "Batching window is not supported for FIFO queues",
    ),
    "window-301": (
        {**F, **Q, "MaximumBatchingWindowInSeconds": 301},
        *BROKEN,
        one(301, "maximumBatchingWindowInSeconds", "have value less than or equal to 300"),
    ),
    "position-in-queue": (
        {**F, **Q, "StartingPosition": "LATEST"},
        *INVALID,
        "StartingPosition is not valid for SQS event sources.",
    ),
    "no-position": ({**F, "EventSourceArn": "{stream}"}, *INVALID, NO_POSITION),
    "timestamp": (
        {**F, **STREAM, "StartingPosition": "AT_TIMESTAMP"},
        *INVALID,
        "Groundcloud does not support the starting position AT_TIMESTAMP of mappings",
    ),
    "11-shards": (
        {**F, **STREAM, "ParallelizationFactor": 11},
        *BROKEN,
        one(11, "parallelizationFactor", "have value less than or equal to 10"),
    ),
}


@pytest.mark.parametrize("case", MAPPINGS.values(), ids=MAPPINGS)
def test_mappings(place: Place, case: Any) -> None:
    """Recording: test_event_source_mapping_exceptions. Windows: https://github.com/serverless/serverless/issues/8989,
    https://github.com/aws/aws-lambda-dotnet/pull/1758; positions:
    https://github.com/motdotla/node-lambda/issues/466; API_CreateEventSourceMapping"""
    check(place, ("create_event_source_mapping", *case))


def test_a_mapping_that_is_there_is_not_made_again(place: Place) -> None:
    """https://github.com/aws/aws-cdk/issues/7122 tells of the sentence; a mapping that nobody knows: recording,
    test_event_source_mapping_exceptions"""
    asked = {name: place.known(value) for name, value in Q.items()}
    made = place.api.create_event_source_mapping(**F, **asked)["UUID"]
    taken = 'An event source mapping with SQS arn (" arn:aws:sqs:us-east-1:{account}:q ") and function (" f ") already'
    for function in ("f", "{f}"):
        check(place, ("create_event_source_mapping", {"FunctionName": function, **Q}, *CONFLICT, taken))
    eleven = ({"UUID": made, "BatchSize": 11}, *INVALID, "Maximum batch window in seconds must be greater than 0")
    check(place, ("update_event_source_mapping", *eleven))
    for operation in ("get_event_source_mapping", "update_event_source_mapping", "delete_event_source_mapping"):
        check(place, (operation, {"UUID": ELSEWHERE}, *MISSING, "The resource you requested does not exist."))


def test_an_alias_has_a_mapping_of_its_own(place: Place) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html, FunctionName; the
    function may have one from the same source: it has, when the test above was before"""
    asked = {name: place.known(value) for name, value in Q.items()}
    made = place.api.create_event_source_mapping(FunctionName="f:live", **asked)
    assert made["FunctionArn"].endswith(":function:f:live")


def test_a_role_that_may_not_read_and_a_queue_that_gives_too_little_time(place: Place) -> None:
    """https://github.com/aws/chalice/issues/1388, https://github.com/aws-samples/lambda-refarch-webapp/issues/7 and
    https://github.com/github-aws-runners/terraform-aws-github-runner/issues/465"""
    code = {"ZipFile": zipped({"app.py": "x = 1"})}
    settings = {"Runtime": "python3.11", "Handler": "app.handler", "Code": code}
    place.api.create_function(FunctionName="poor", Role=place.poor_role, **settings)
    place.api.create_function(FunctionName="slow", Role=place.role, Timeout=31, **settings)
    poor, slow = {"FunctionName": "poor"}, {"FunctionName": "slow"}
    may_not = "The provided execution role does not have permissions to call ReceiveMessage on SQS"
    check(place, ("create_event_source_mapping", {**poor, **Q}, *INVALID, may_not))
    no_access = "Cannot access stream {stream}. Please ensure the role can perform the GetRecords, GetShardIterator,"
    check(place, ("create_event_source_mapping", {**poor, **STREAM}, *INVALID, no_access))
    too_soon = "Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds"
    check(place, ("create_event_source_mapping", {**slow, **Q}, *INVALID, too_soon))


GIVEN = {"Role": "{role}", "Runtime": "python3.11", "Handler": "app.handler", "FunctionName": "new"}
ZIP = {"ZipFile": b"PK"}
NO_ROLE = "The role defined for the function cannot be assumed by Lambda."
NO_OBJECT = "Error occurred while GetObject. S3 Error Code: "
KEYS = (
    "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: "
    "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]"
)
FUNCTIONS = {
    "no-bucket": ({"Code": {"S3Bucket": "nowhere-{account}", "S3Key": "x"}}, *INVALID, f"{NO_OBJECT}NoSuchBucket."),
    "no-object": ({"Code": {"S3Bucket": "code-{account}", "S3Key": "x"}}, *INVALID, f"{NO_OBJECT}NoSuchKey."),
    "no-code": ({"Code": {}}, *INVALID, "Please provide a source for function code."),
    "two-codes": (
        {"Code": {**ZIP, "S3Bucket": "code-{account}", "S3Key": "k"}},
        *INVALID,
        "Please do not provide other FunctionCode parameters when providing a ZipFile.",
    ),
    "empty-zip": (
        {"Code": {"ZipFile": b"PK\x05\x06" + bytes(18)}},
        *INVALID,
        "Uploaded file must be a non-empty zip",
    ),
    "level-of-text": (
        {"Code": ZIP, "LoggingConfig": {"LogFormat": "Text", "ApplicationLogLevel": "DEBUG"}},
        *INVALID,
        'LogLevel is not supported when LogFormat is set to "Text". Remove LogLevel from your request or change the',
    ),
    "level-without-format": (
        {"Code": ZIP, "LoggingConfig": {"SystemLogLevel": "WARN"}},
        *INVALID,
        'LogLevel is not supported when LogFormat is set to "Text".',
    ),
    "no-role": ({"Code": ZIP, "Role": "arn:aws:iam::{account}:role/nobody"}, *INVALID, NO_ROLE),
    "role-of-ec2": ({"Code": ZIP, "Role": "{ec2_role}"}, *INVALID, NO_ROLE),
    "malformed-role": (
        {"Code": ZIP, "Role": "foo"},
        *BROKEN,
        "1 validation error detected: Value 'foo' at 'role' failed to satisfy constraint: Member must satisfy regular",
    ),
    "long-name": (
        {"Code": ZIP, "FunctionName": "x" * 65},
        *BROKEN,
        one("x" * 65, "functionName", "have length less than or equal to 64"),
    ),
    "spaces": (
        {"Code": ZIP, "FunctionName": "a b"},
        *BROKEN,
        "1 validation error detected: Value 'a b' at 'functionName'",
    ),
    **{
        f"variable-{name or 'empty'}": ({"Code": ZIP, "Environment": {"Variables": {name: "x"}}}, *BROKEN, KEYS)
        for name in ("1a", "a-b", "_a", "a", "")
    },
}


@pytest.mark.parametrize("case", FUNCTIONS.values(), ids=FUNCTIONS)
def test_functions(place: Place, case: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html; roles:
    https://github.com/pdomala/LambdaCDDemo/issues/1; variables: configuration-envvars and
    https://github.com/trek10inc/serverless-secrets/issues/39; levels: https://github.com/aws/aws-cdk/pull/28045; empty:
    https://github.com/aws-samples/amazon-textract-a2i-pdf/issues/5"""
    asked, *refused = case
    check(place, ("create_function", {**GIVEN, **asked}, *refused))


def test_a_function_keeps_a_role_that_lambda_may_assume(place: Place) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"""
    check(place, ("update_function_configuration", {**F, "Role": "{ec2_role}"}, *INVALID, NO_ROLE))
    asked = {**F, "S3Bucket": "code-{account}", "S3Key": "x"}
    check(place, ("update_function_code", asked, *INVALID, f"{NO_OBJECT}NoSuchKey."))


def test_urls(place: Place) -> None:
    """Recording: test_url_config_exceptions; API_CreateFunctionUrlConfig (a conflict, and what each member may be)"""
    gone = "The resource you requested does not exist."
    pattern = r"satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)".replace("\\\\", "\\")
    auth = {**F, "AuthType": "NONE"}
    for asked, *refused in (
        ({**F, "AuthType": "FOO"}, *BROKEN, one("FOO", "authType", "satisfy enum value set: [NONE, AWS_IAM]")),
        (F, *BROKEN, "1 validation error detected: Value null at 'authType' failed"),
        (
            {**auth, "Cors": {"MaxAge": 86_401}},
            *BROKEN,
            one(86_401, "cors.maxAge", "have value less than or equal to 86400"),
        ),
        ({**auth, "Qualifier": "1"}, *BROKEN, one("1", "qualifier", pattern)),
        ({**auth, "Qualifier": "$LATEST"}, *BROKEN, one("$LATEST", "qualifier", pattern)),
        ({**auth, "Qualifier": "nobody"}, *MISSING, "Function does not exist"),
        ({**auth, "FunctionName": "nobody"}, *MISSING, "Function does not exist"),
    ):
        check(place, ("create_function_url_config", asked, *refused))
    for operation in ("get_function_url_config", "delete_function_url_config", "update_function_url_config"):
        check(place, (operation, F, *MISSING, gone))
    place.api.create_function_url_config(**auth)
    twice = "Failed to create function url config for [functionArn = {f}]. Error message:  FunctionUrlConfig exists"
    check(place, ("create_function_url_config", auth, *CONFLICT, twice))


def test_permissions(place: Place) -> None:
    """Recording: test_permission_exceptions"""
    may = {**F, "StatementId": "s3", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
    check(place, ("get_policy", F, *MISSING, "The resource you requested does not exist."))
    missing = "No policy is associated with the given resource."
    check(place, ("remove_permission", {**F, "StatementId": "s3"}, *MISSING, missing))
    place.api.add_permission(**may)
    taken = (
        "The statement id (s3) provided already exists. "
        "Please provide a new statement id, or remove the existing statement."
    )
    for asked, *refused in (
        ({}, *CONFLICT, taken),
        (
            {"StatementId": "a.b"},
            *BROKEN,
            one("a.b", "statementId", "satisfy regular expression pattern: ([a-zA-Z0-9-_]+)"),
        ),
        ({"Principal": "invalid.nonaws.com"}, *INVALID, "The provided principal was invalid."),
        ({"Qualifier": "$LATEST"}, *INVALID, "We currently do not support adding policies for $LATEST."),
        ({"Qualifier": "42"}, *MISSING, "Function not found: {f}:42"),
        ({"Qualifier": "nobody"}, *MISSING, "Cannot find alias arn: {f}:nobody"),
        (
            {"FunctionName": "nobody"},
            *MISSING,
            "Function not found: arn:aws:lambda:us-east-1:{account}:function:nobody",
        ),
    ):
        check(place, ("add_permission", {**may, **asked}, *refused))
    absent = "Statement other is not found in resource policy."
    check(place, ("remove_permission", {**F, "StatementId": "other"}, *MISSING, absent))
    nobody = "No policy found for: arn:aws:lambda:us-east-1:{account}:function:nobody"
    check(place, ("remove_permission", {"FunctionName": "nobody", "StatementId": "s3"}, *MISSING, nobody))
