"""Versions, aliases and layers, through a running cloud.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
"""

from __future__ import annotations

import json

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.fakes.fake_engine import zipped
from tests.fakes.lambda_world import wait_until
from tests.support.functions import Functions, sum_of

CODE = """
import os
def handler(event, context):
    return {"code": %d, "version": context.function_version, "environ": os.environ["AWS_LAMBDA_FUNCTION_VERSION"],
            "arn": context.invoked_function_arn}
"""
CALLING = """
import boto3, os
def handler(event, context):
    return boto3.client("lambda").invoke(FunctionName=os.environ["CALLED"])["StatusCode"]
"""


def two_versions(functions: Functions, name: str) -> str:
    arn = functions.make(name, CODE % 1)
    assert functions.api.publish_version(FunctionName=name)["Version"] == "1"
    functions.update(name, CODE % 2)
    assert functions.api.publish_version(FunctionName=name)["Version"] == "2"
    functions.update(name, CODE % 3)
    return arn


def test_a_version_runs_the_code_it_was_published_with(functions: Functions) -> None:
    """Though it never ran before its code was replaced. Source: configuration-versions."""
    arn = two_versions(functions, "kept")
    for qualifier, code in (("1", 1), ("2", 2), ("$LATEST", 3)):
        expected = {"code": code, "version": qualifier, "environ": qualifier, "arn": f"{arn}:{qualifier}"}
        assert functions.call("kept", Qualifier=qualifier) == expected
        assert functions.call(f"{arn}:{qualifier}") == expected


def test_an_alias_runs_its_version_and_says_which(functions: Functions) -> None:
    """Source: configuration-aliases; X-Amz-Executed-Version of API_Invoke."""
    arn = two_versions(functions, "aliased")
    functions.api.create_alias(FunctionName="aliased", Name="live", FunctionVersion="1")
    answer = functions.api.invoke(FunctionName="aliased", Qualifier="live")
    assert answer["ExecutedVersion"] == "1"
    assert json.loads(answer["Payload"].read())["arn"] == f"{arn}:live"
    functions.api.update_alias(FunctionName="aliased", Name="live", FunctionVersion="2")
    assert functions.call("aliased", Qualifier="live")["code"] == 2
    with pytest.raises(ClientError) as caught:
        functions.call("aliased", Qualifier="nobody")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_weighted_alias_shares_the_calls(functions: Functions) -> None:
    """Source: configuring-alias-routing: the executed version is told in the answer."""
    two_versions(functions, "shared")
    functions.api.create_alias(
        FunctionName="shared",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}},
    )
    seen = set()
    for _ in range(40):
        answer = functions.api.invoke(FunctionName="shared", Qualifier="live")
        version = answer["ExecutedVersion"]
        assert json.loads(answer["Payload"].read())["version"] == version
        seen.add(version)
    assert seen == {"1", "2"}


def test_asking_for_an_old_versions_code_counts_as_no_call(functions: Functions) -> None:
    """Source: monitoring-metrics-types: Invocations is the number of times that the function's code is run."""
    two_versions(functions, "counted")
    for _ in range(3):
        functions.call("counted", Qualifier="1")
    assert sum_of(functions.aws, "Invocations", FunctionName="counted") == 3
    assert sum_of(functions.aws, "Invocations", FunctionName="counted", Resource="counted:1") == 3


INVOKER = """
import boto3, json
def handler(event, context):
    client = boto3.client("lambda")
    if event.get("kind") == "Event":
        return client.invoke(FunctionName="inner", InvocationType="Event", Payload=b"{}")["StatusCode"]
    try:
        answer = client.invoke(FunctionName=event["target"], Payload=json.dumps({"a": 1}))
    except Exception as error:
        return str(error)
    return [answer["StatusCode"], answer.get("FunctionError"), json.loads(answer["Payload"].read())]
"""


def test_a_function_calls_another_as_far_as_its_role_allows(functions: Functions) -> None:
    """The engine judges, the runtime answers; each call is counted once. Source: API_Invoke."""
    functions.make(
        "inner", "def handler(event, context):\n    return {'got': event, **({}['x'] if 'x' in event else {})}"
    )
    functions.make("may", INVOKER, "lambda:InvokeFunction")
    functions.make("may-not", INVOKER)
    assert functions.call("may", {"target": "inner"}) == [200, None, {"got": {"a": 1}}]
    assert functions.call("may", {"kind": "Event"}) == 202
    assert "is not authorized to perform: lambda:InvokeFunction" in functions.call("may-not", {"target": "inner"})
    assert "ResourceNotFoundException" in functions.call("may", {"target": "nobody"})

    def started() -> int:
        return sum(line.startswith("START") for line in functions.lines("inner"))

    wait_until(lambda: started() == 2, "both calls")
    assert sum_of(functions.aws, "Invocations", FunctionName="inner") == 2


def test_a_layer_is_found_by_import_and_listed(functions: Functions) -> None:
    """Source: https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html"""
    layer = functions.api.publish_layer_version(
        LayerName="shapes",
        Content={"ZipFile": zipped({"python/shapes.py": "SIDES = 3\n"})},
        CompatibleRuntimes=["python3.11"],
    )
    arn = layer["LayerVersionArn"]
    code = "import shapes\ndef handler(event, context):\n    return shapes.SIDES"
    functions.make("layered", code, Layers=[arn])
    assert functions.call("layered") == 3
    listed = functions.api.list_layers()["Layers"]
    assert [(one["LayerName"], one["LatestMatchingVersion"]["LayerVersionArn"]) for one in listed] == [("shapes", arn)]
    assert functions.api.get_layer_version_by_arn(Arn=arn)["Version"] == 1


def test_variables_that_lambda_refuses(functions: Functions) -> None:
    """Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
    for variables in ({"BIG": "x" * 5000}, {"AWS_REGION": "eu-west-1"}):
        with pytest.raises(functions.api.exceptions.InvalidParameterValueException):
            functions.make(
                f"refused{len(variables['BIG']) if 'BIG' in variables else 0}", Environment={"Variables": variables}
            )


@pytest.mark.parametrize("name", ["url", "urls", "url-shortener"])
def test_a_function_may_be_called_url(functions: Functions, name: str) -> None:
    """Any name of letters, digits, hyphens and underscores is one, and a role may call it, too. Source:
    https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html#API_CreateFunction_RequestParameters"""
    functions.make(name, CODE % 1)
    version = functions.api.publish_version(FunctionName=name)["Version"]
    functions.api.create_alias(FunctionName=name, Name="live", FunctionVersion=version)
    assert functions.call(name)["code"] == functions.call(f"{name}:live")["code"] == 1
    assert functions.api.get_function_configuration(FunctionName=name)["FunctionName"] == name
    made = functions.api.create_function_url_config(FunctionName=name, AuthType="AWS_IAM")
    assert functions.api.get_function_url_config(FunctionName=name)["FunctionUrl"] == made["FunctionUrl"]
    functions.make("caller", CALLING, "lambda:InvokeFunction", Environment={"Variables": {"CALLED": name}})
    assert functions.call("caller") == 200
    functions.api.delete_function(FunctionName=name)
    with pytest.raises(functions.api.exceptions.ResourceNotFoundException):
        functions.api.get_function(FunctionName=name)


@pytest.mark.parametrize(
    ("version", "weights", "code", "message"),
    [
        (
            "1",
            {"2": 0.1, "3": 0.1},
            "InvalidParameterValueException",
            "items in AdditionalVersionWeights cannot be greater",
        ),
        ("1", {"2": 2.0}, "ValidationException", "Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed"),
        (
            "1",
            {"2": -1.0},
            "ValidationException",
            "Value '{2=-1.0}' at 'routingConfig.additionalVersionWeights' failed",
        ),
        ("1", {"1": 0.5}, "InvalidParameterValueException", "Function version 1 is already included in routing"),
        ("$LATEST", {"1": 0.5}, "InvalidParameterValueException", "$LATEST is not supported for an alias pointing to"),
        ("1", {"$LATEST": 0.5}, "ValidationException", "Value '{$LATEST=0.5}' at 'routingConfig.additionalVersion"),
    ],
    ids=["two", "too high", "below zero", "itself", "of latest", "to latest"],
)
def test_routes_that_an_alias_cannot_have(
    functions: Functions, version: str, weights: dict[str, float], code: str, message: str
) -> None:
    """Source: the recording of the alias lifecycle in LocalStack's tests/aws/services/lambda_/
    test_lambda_api.snapshot.json."""
    unchecked = functions.aws.client("lambda", config=Config(parameter_validation=False))
    routing = {"AdditionalVersionWeights": weights}
    with pytest.raises(ClientError) as caught:
        unchecked.create_alias(FunctionName="f", Name="live", FunctionVersion=version, RoutingConfig=routing)
    assert caught.value.response["Error"]["Code"] == code
    assert message in caught.value.response["Error"]["Message"]
