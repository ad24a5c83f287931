"""Values that a resource cannot have are refused before it is made: by CloudFormation for a template, by Lambda for a
function.

CloudFormation's words: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html and
https://github.com/aws-cloudformation/cloudformation-resource-schema (ValidationException).
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.aws import Aws
from tests.support.functions import zipped

ROLE = "arn:aws:iam::000000000000:role/r"
FUNCTION = {"Role": ROLE, "Code": {"ZipFile": "x"}, "Runtime": "python3.13", "Handler": "index.handler"}
NEITHER = "Runtime and Handler are mandatory parameters for functions created with deployment packages."


def refused_template(aws: Aws, kind: str, properties: dict[str, Any]) -> str:
    cfn = aws.client("cloudformation")
    body = json.dumps({"Resources": {"F": {"Type": kind, "Properties": properties}}})
    with pytest.raises(ClientError) as refused:
        cfn.create_stack(StackName="s", TemplateBody=body)
    with pytest.raises(ClientError, match="does not exist"):
        cfn.describe_stacks(StackName="s")
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationError"
    return str(error["Message"])


def one(value: object, path: str, constraint: str) -> str:
    fault = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {constraint}"
    return f"1 validation error detected: {fault}"


OVER = [
    ({"MemorySize": 127}, one(127, "memorySize", "have value greater than or equal to 128")),
    ({"MemorySize": 10_241}, one(10_241, "memorySize", "have value less than or equal to 10240")),
    ({"MemorySize": 99_999}, one(99_999, "memorySize", "have value less than or equal to 10240")),
    ({"Timeout": 0}, one(0, "timeout", "have value greater than or equal to 1")),
    ({"Timeout": 901}, one(901, "timeout", "have value less than or equal to 900")),
    (
        {"TracingConfig": {"Mode": "On"}},
        one("On", "tracingConfig.mode", "satisfy enum value set: [Active, PassThrough]"),
    ),
    ({"Architectures": []}, one("[]", "architectures", "have length greater than or equal to 1")),
    (
        {"Architectures": ["risc"]},
        one("[risc]", "architectures", "satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64]]"),
    ),
    ({"Handler": "a b"}, one("a b", "handler", r"satisfy regular expression pattern: [^\s]+")),
]
NAMES = [
    "memory-low",
    "memory-high",
    "memory-far",
    "no-time",
    "long-time",
    "tracing",
    "no-machine",
    "machine",
    "handler",
]


@pytest.mark.parametrize(("wrong", "message"), OVER, ids=NAMES)
def test_a_templates_function_is_refused_in_the_words_of_lambda(aws: Aws, wrong: dict[str, Any], message: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html (constraints of each member);
    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html:
    CloudFormation calls that API, and shows its message"""
    assert refused_template(aws, "AWS::Lambda::Function", {**FUNCTION, **wrong}).endswith(message)


def test_a_templates_function_needs_runtime_and_handler(aws: Aws) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html:
    Runtime and Handler are required for .zip packages, Role and Code always"""
    kind = "AWS::Lambda::Function"
    for name in ("Runtime", "Handler"):
        bare = {key: value for key, value in FUNCTION.items() if key != name}
        assert refused_template(aws, kind, bare).endswith(NEITHER)
    unknown = refused_template(aws, kind, {**FUNCTION, "Runtime": "python2.8"})
    assert (
        "Value 'python2.8' at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [" in unknown
    )
    assert unknown.endswith("] or be a valid ARN")
    nobody = {key: value for key, value in FUNCTION.items() if key != "Role"}
    failed = "Properties validation failed for resource F with message:\n"
    assert refused_template(aws, kind, nobody) == f"{failed}#: required key [Role] not found"
    assert (
        refused_template(aws, kind, {**FUNCTION, "Memory": 1}) == f"{failed}#: extraneous key [Memory] is not permitted"
    )


@pytest.mark.parametrize(
    ("kind", "properties", "words"),
    [
        ("AWS::SQS::Queue", {"Delay": 5}, "#: extraneous key [Delay] is not permitted"),
        ("AWS::SQS::Queue", {"DelaySeconds": "soon"}, "#/DelaySeconds: expected type: Integer, found: String"),
        (
            "AWS::Logs::LogGroup",
            {"RetentionInDays": 8},
            "#/RetentionInDays: failed validation constraint for keyword [enum]",
        ),
        ("AWS::S3::Bucket", {"Tags": [{"Key": "k"}]}, "#/Tags/0: required key [Value] not found"),
    ],
    ids=["unknown", "type", "value", "inside"],
)
def test_properties_against_the_schema_of_their_type(
    aws: Aws, kind: str, properties: dict[str, Any], words: str
) -> None:
    """https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schemas.html;
    https://repost.aws/knowledge-center/cloudformation-resolve-model-val-failed"""
    expected = f"Properties validation failed for resource F with message:\n{words}"
    assert refused_template(aws, kind, properties) == expected


@pytest.fixture
def unchecked(aws: Aws) -> BaseClient:
    """Lambda by a client that sends whatever it is given."""
    return aws.client("lambda", config=Config(parameter_validation=False))


def asked(**more: Any) -> dict[str, Any]:
    return {"FunctionName": "f", **FUNCTION, "Code": {"ZipFile": zipped({"index.py": ""})}, **more}


@pytest.mark.parametrize(("wrong", "message"), OVER, ids=NAMES)
def test_lambdas_api_refuses_it_too(unchecked: BaseClient, wrong: dict[str, Any], message: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html,
    https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html"""
    with pytest.raises(ClientError) as created:
        unchecked.create_function(**asked(**wrong))
    refused = [created]
    if "Architectures" not in wrong:  # they come with the code
        with pytest.raises(ClientError) as updated:
            unchecked.update_function_configuration(FunctionName="f", **wrong)
        refused.append(updated)
    for response in (one.value.response for one in refused):
        assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (
            "ValidationException",
            400,
        )
        assert response["Error"]["Message"] == message


def test_lambdas_api_on_runtimes_and_on_several_faults(unchecked: BaseClient) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html; the words about a runtime:
    https://github.com/aws/aws-cli/issues/3789"""
    with pytest.raises(ClientError) as refused:
        unchecked.create_function(**asked(Runtime="Provided"))
    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidParameterValueException"
    assert error["Message"].startswith(
        "Value 'Provided' at 'runtime' failed to satisfy constraint: Member must satisfy "
    )
    assert error["Message"].endswith(" or be a valid ARN")
    with pytest.raises(ClientError, match=NEITHER):
        unchecked.create_function(**{key: value for key, value in asked().items() if key != "Handler"})
    with pytest.raises(ClientError) as several:
        unchecked.create_function(**asked(Role="lambdarole", Timeout=0))
    message = several.value.response["Error"]["Message"]
    assert message.startswith(
        "2 validation errors detected: Value 'lambdarole' at 'role' failed to satisfy constraint: "
    )
    assert "; Value '0' at 'timeout' failed" in message
    with pytest.raises(ClientError, match="Value null at 'role' failed to satisfy constraint: Member must not be null"):
        unchecked.create_function(**{key: value for key, value in asked().items() if key != "Role"})


QUEUE = {"Type": "AWS::SQS::Queue"}
FIFO = {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": True}}
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
    },
}
MAPPING = {"FunctionName": "f", "EventSourceArn": {"Fn::GetAtt": ["Source", "Arn"]}}
ALIAS = {"FunctionName": "f", "Name": "live", "FunctionVersion": "1"}
EVENTS = {"FunctionName": "f", "Qualifier": "$LATEST"}
BY_THEIR_SERVICE = {
    "batch": (QUEUE, "EventSourceMapping", {**MAPPING, "BatchSize": 11}, "Maximum batch window in seconds must be"),
    "fifo": (FIFO, "EventSourceMapping", {**MAPPING, "MaximumBatchingWindowInSeconds": 1}, "Batching window is not"),
    "position": (
        TABLE,
        "EventSourceMapping",
        {**MAPPING, "EventSourceArn": {"Fn::GetAtt": "Source.StreamArn"}},
        "1 validation error detected: Value null at 'startingPosition'",
    ),
    "weights": (
        QUEUE,
        "Alias",
        {
            **ALIAS,
            "RoutingConfig": {
                "AdditionalVersionWeights": [
                    {"FunctionVersion": "2", "FunctionWeight": 0.1},
                    {"FunctionVersion": "3", "FunctionWeight": 0.1},
                ]
            },
        },
        "Number of items in AdditionalVersionWeights cannot be greater than 1",
    ),
    "weight": (
        QUEUE,
        "Alias",
        {**ALIAS, "RoutingConfig": {"AdditionalVersionWeights": [{"FunctionVersion": "2", "FunctionWeight": 2}]}},
        "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights'",
    ),
    "digits": (QUEUE, "Alias", {**ALIAS, "Name": "12"}, "1 validation error detected: Value '12' at 'name'"),
    "nothing": (QUEUE, "EventInvokeConfig", EVENTS, "You must specify at least one of error handling or destination"),
}


@pytest.mark.parametrize("case", BY_THEIR_SERVICE.values(), ids=BY_THEIR_SERVICE)
def test_a_template_is_refused_as_the_api_of_its_service_would(aws: Aws, case: tuple[Any, str, Any, str]) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Lambda.html; the messages are those of
    tests/contract/test_lambda_refusals*.py"""
    source, kind, properties, message = case
    resources = {"Source": source, "R": {"Type": f"AWS::Lambda::{kind}", "Properties": properties}}
    with pytest.raises(ClientError) as refused:
        aws.client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps({"Resources": resources}))
    assert f"Resource R cannot be deployed: {message}" in refused.value.response["Error"]["Message"]
