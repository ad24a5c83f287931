"""The plugin inside LocalStack 4.14.0, with a cloud behind it: what LocalStack lacks is there."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from groundcloud.hostengine.engine import HostEngine
from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.localstack import deploy, launch
from tests.support.processes import poll

EDITION = """
from localstack.aws.skeleton import Skeleton
from localstack.aws.spec import load_service
from localstack.services.plugins import Service, aws_provider

def list_user_pools(context, request):
    return {"UserPools": [{"Id": "us-east-1_edition", "Name": "of the edition"}]}

@aws_provider(api="cognito-idp")
def cognito_idp():
    return Service("cognito-idp", skeleton=Skeleton(load_service("cognito-idp"), {"ListUserPools": list_user_pools}))
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def test_it_tells_what_it_forwards_and_leaves_localstack_what_it_has(localstack: HostEngine) -> None:
    about = httpx.get(f"{localstack.address}/_groundcloud/plugin").json()
    assert {"cognito-idp", "cognito-identity", "apigatewayv2", "cloudfront", "rds", "elbv2"} <= set(about["forwarded"])
    assert not {"s3", "dynamodb", "lambda", "cloudformation", "acm"} & set(about["forwarded"])
    assert {"AWS::Cognito::UserPool", "AWS::Logs::MetricFilter"} <= set(about["types"])
    assert not {"AWS::S3::Bucket", "AWS::Lambda::Function"} & set(about["types"])


def test_it_leaves_a_service_to_an_edition_that_has_it(cloud: Cloud, tmp_path: Path) -> None:
    """A package that registers a provider for Cognito stands for an edition with a token."""
    edition = tmp_path / "edition"
    metadata = edition / "edition-1.0.dist-info"
    metadata.mkdir(parents=True)
    (edition / "edition.py").write_text(EDITION)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: edition\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[localstack.aws.provider]\ncognito-idp:default = edition:cognito_idp\n")
    started = dataclasses.replace(launch(tmp_path, cloud.endpoint), settings={"PYTHONPATH": str(edition)})
    with HostEngine(started) as engine, contextlib.closing(Aws(engine.address, new_account())) as aws:
        about = httpx.get(f"{engine.address}/_groundcloud/plugin").json()
        assert "cognito-idp" not in about["forwarded"]
        assert "cognito-identity" in about["forwarded"]
        assert not [kind for kind in about["types"] if kind.startswith("AWS::Cognito::UserPool")]
        assert "AWS::Cognito::IdentityPool" in about["types"]
        pools = aws.client("cognito-idp").list_user_pools(MaxResults=1)["UserPools"]
        assert [pool["Name"] for pool in pools] == ["of the edition"]


@pytest.mark.parametrize(
    ("service", "operation", "member"),
    [
        pytest.param("cognito-identity", "list_identity_pools", "IdentityPools", id="json"),
        pytest.param("apigatewayv2", "get_apis", "Items", id="rest-json"),
        pytest.param("cloudfront", "list_distributions", "DistributionList", id="rest-xml"),
        pytest.param("elbv2", "describe_load_balancers", "LoadBalancers", id="query"),
    ],
)
def test_a_service_that_localstack_lacks_answers(there: Aws, service: str, operation: str, member: str) -> None:
    parameters = {"MaxResults": 10} if service == "cognito-identity" else {}
    assert member in getattr(there.client(service), operation)(**parameters)


def test_an_error_of_the_cloud_is_the_callers(there: Aws) -> None:
    with pytest.raises(ClientError) as caught:
        there.client("cognito-idp").describe_user_pool(UserPoolId="us-east-1_nobody123")
    assert caught.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_a_stack_has_resources_of_both(there: Aws) -> None:
    pool = {"Type": "AWS::Cognito::UserPool", "Properties": {"UserPoolName": "people"}}
    client = {"Type": "AWS::Cognito::UserPoolClient", "Properties": {"UserPoolId": {"Ref": "Pool"}}}
    parameter = {
        "Type": "AWS::SSM::Parameter",
        "Properties": {"Type": "String", "Value": {"Fn::GetAtt": ["Pool", "Arn"]}},
    }
    resources = {"Pool": pool, "Client": client, "Parameter": parameter}
    outputs = {"Pool": {"Value": {"Ref": "Pool"}}, "Client": {"Value": {"Ref": "Client"}}}
    made = deploy(there, "both", resources, outputs)
    idp = there.client("cognito-idp")
    found = idp.describe_user_pool_client(UserPoolId=made["Pool"], ClientId=made["Client"])["UserPoolClient"]
    assert found["ClientId"] == made["Client"]
    pool["Properties"] = {
        "UserPoolName": "people",
        "MfaConfiguration": "OPTIONAL",
        "EnabledMfas": ["SOFTWARE_TOKEN_MFA"],
    }
    assert deploy(there, "both", resources, outputs) == made
    assert idp.describe_user_pool(UserPoolId=made["Pool"])["UserPool"]["MfaConfiguration"] == "OPTIONAL"
    there.client("cloudformation").delete_stack(StackName="both")
    poll(
        lambda: not idp.list_user_pools(MaxResults=10)["UserPools"], timeout=120, what="the end of the pool", every=0.2
    )


def test_types_of_localstacks_own_services(there: Aws) -> None:
    resources = {
        "Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/app"}},
        "Filter": {
            "Type": "AWS::Logs::MetricFilter",
            "Properties": {
                "LogGroupName": {"Ref": "Group"},
                "FilterPattern": "ERROR",
                "MetricTransformations": [{"MetricName": "Errors", "MetricNamespace": "App", "MetricValue": "1"}],
            },
        },
        "Board": {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": '{"widgets": []}'}},
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api"}},
        "Authorizer": {
            "Type": "AWS::ApiGateway::Authorizer",
            "Properties": {
                "RestApiId": {"Ref": "Api"},
                "Name": "people",
                "Type": "COGNITO_USER_POOLS",
                "IdentitySource": "method.request.header.Authorization",
                "ProviderARNs": ["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abcdefghi"],
            },
        },
    }
    outputs = {name: {"Value": {"Ref": name}} for name in ("Api", "Authorizer", "Board", "Filter")}
    made = deploy(there, "own", resources, outputs)
    filters = there.client("logs").describe_metric_filters(logGroupName="/app")["metricFilters"]
    assert [(each["filterName"], each["filterPattern"]) for each in filters] == [(made["Filter"], "ERROR")]
    boards = there.client("cloudwatch").list_dashboards()["DashboardEntries"]
    assert [board["DashboardName"] for board in boards] == [made["Board"]]
    authorizers = there.client("apigateway").get_authorizers(restApiId=made["Api"])["items"]
    assert [each["id"] for each in authorizers] == [made["Authorizer"]]
    there.client("cloudformation").delete_stack(StackName="own")
    poll(
        lambda: not there.client("cloudwatch").list_dashboards().get("DashboardEntries"),
        timeout=120,
        what="the end of the stack",
        every=0.2,
    )


def test_an_imported_api_has_its_gateway_responses(there: Aws) -> None:
    """By ImportRestApi; that of a template the cloud in front imports (`test_stacks_apis`)."""
    headers = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
    definition = {
        "openapi": "3.0.1",
        "info": {"title": "api", "version": "1"},
        "paths": {},
        "x-amazon-apigateway-gateway-responses": {"DEFAULT_4XX": {"responseParameters": headers}},
    }
    gateway = there.client("apigateway")
    api = gateway.import_rest_api(body=json.dumps(definition).encode())["id"]
    found = gateway.get_gateway_response(restApiId=api, responseType="DEFAULT_4XX")
    assert (found["responseParameters"], found["defaultResponse"]) == (headers, False)


def make_function(aws: Aws, name: str) -> Any:
    """A function that returns its event; the client of Lambda."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return event\n")
    functions = aws.client("lambda")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.12",
        Role=f"arn:aws:iam::{aws.access_key}:role/r",
        Handler="app.handler",
        Code={"ZipFile": code.getvalue()},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name)
    return functions


def test_a_function_that_cannot_be_run_says_where_the_cloud_is(
    there: Aws, localstack: HostEngine, cloud: Cloud
) -> None:
    """This cloud keeps its functions itself, so it refuses the invocation that LocalStack hands on."""
    functions = make_function(there, "f")
    with pytest.raises(ClientError):
        functions.invoke(FunctionName="f", Payload=b"{}")
    assert f"Groundcloud at {cloud.endpoint} refused to run" in localstack.log.read_text()


def test_a_function_url_leads_to_the_cloud(there: Aws, cloud: Cloud) -> None:
    functions = make_function(there, "f")
    url = functions.create_function_url_config(FunctionName="f", AuthType="NONE")["FunctionUrl"]
    assert url.endswith(f":{cloud.endpoint.rpartition(':')[2]}/")


def test_a_reset_forgets_everything_and_the_services_go_on(there: Aws, localstack: HostEngine) -> None:
    def make() -> None:
        there.client("s3").create_bucket(Bucket="reset-bucket")
        there.client("ssm").put_parameter(Name="p", Value="v", Type="String")
        there.client("sqs").create_queue(QueueName="q")
        there.client("iam").create_user(UserName="u")
        there.client("dynamodb").create_table(
            TableName="table",
            KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        make_function(there, "f")
        deploy(there, "reset", {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/reset"}}})

    make()
    answered = httpx.post(f"{localstack.address}/_groundcloud/reset", timeout=120)
    assert answered.status_code == 204
    assert there.client("s3").list_buckets()["Buckets"] == []
    assert there.client("ssm").describe_parameters()["Parameters"] == []
    assert "QueueUrls" not in there.client("sqs").list_queues()
    assert there.client("iam").list_users()["Users"] == []
    assert there.client("dynamodb").list_tables()["TableNames"] == []
    assert there.client("lambda").list_functions()["Functions"] == []
    assert there.client("logs").describe_log_groups()["logGroups"] == []
    assert there.client("cloudformation").list_stacks()["StackSummaries"] == []
    make()


def test_a_page_of_a_browser_resets_nothing(localstack: HostEngine) -> None:
    headers = {"Origin": "http://localhost:4566"}
    assert httpx.post(f"{localstack.address}/_groundcloud/reset", headers=headers).status_code == 403
