"""AWS (non-proxy) integrations of functions in REST APIs.

Pages named here are below https://docs.aws.amazon.com/apigateway/latest/developerguide/.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator

import pytest

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.gateway_maker import ApiMaker

HANDLER = """
def handler(event, context):
    if event.get("fail"):
        raise KeyError(event["fail"])
    return {"statusCode": 418, "event": event}
"""


def make_function(aws: Aws) -> str:
    """The ARN of a function that API Gateway may call."""
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws.client("iam").create_role(RoleName="custom", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", HANDLER)
    client = aws.client("lambda")
    arn = client.create_function(
        FunctionName="custom",
        Runtime="python3.11",
        Handler="app.handler",
        Role=role,
        Code={"ZipFile": buffer.getvalue()},
    )["FunctionArn"]
    client.get_waiter("function_active_v2").wait(FunctionName="custom", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    client.add_permission(
        FunctionName="custom", StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    return str(arn)


@pytest.fixture(scope="module")
def api(cloud: Cloud) -> Iterator[ApiMaker]:
    aws = Aws(cloud.endpoint, new_account())
    made = ApiMaker(cloud, aws, "custom")
    template = '{"who": "$input.params("who")", "fail": $input.json("$.fail"), "stage": "$context.stage"}'
    integration = {
        "type": "AWS",
        "integrationHttpMethod": "POST",
        "uri": f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{make_function(aws)}/invocations",
        "requestTemplates": {"application/json": template},
        "passthroughBehavior": "NEVER",
    }
    made.method("POST", "/x/{who}", integration=integration)
    where = {"restApiId": made.api, "resourceId": made.resource("/x/{who}"), "httpMethod": "POST"}
    for status in ("200", "404"):
        made.client.put_method_response(**where, statusCode=status)
    made.client.put_integration_response(**where, statusCode="200")
    made.client.put_integration_response(
        **where,
        statusCode="404",
        selectionPattern=".*missing.*",
        responseTemplates={"application/json": '{"why": $input.json("$.errorType")}'},
    )
    made.deploy()
    yield made
    aws.close()


@pytest.mark.parametrize(("action", "status"), [("lambda:InvokeFunction", 200), ("lambda:GetFunction", 500)])
def test_a_role_decides_in_place_of_the_functions_policy(api: ApiMaker, action: str, status: int) -> None:
    """api-gateway-control-access-using-iam-policies-to-invoke-api.html; API_PutIntegration.html, `credentials`."""
    iam, name = api.aws.client("iam"), f"role-{status}"
    trust = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy)
    arn = api.aws.client("lambda").get_function(FunctionName="custom")["Configuration"]["FunctionArn"]
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    path = f"/as-{name}"
    api.method(
        "GET",
        path,
        integration={"type": "AWS", "integrationHttpMethod": "POST", "uri": uri, "credentials": role},
    )
    where = {"restApiId": api.api, "resourceId": api.resource(path), "httpMethod": "GET", "statusCode": "200"}
    api.client.put_method_response(**where)
    api.client.put_integration_response(**where)
    api.deploy()
    assert api.call("GET", path).status_code == status


def test_the_template_makes_the_event_and_the_result_is_the_body(api: ApiMaker) -> None:
    """set-up-lambda-custom-integrations.html; models-mappings.html."""
    response = api.call("POST", "/x/ann", content=b'{"fail": ""}')
    assert response.status_code == 200
    assert response.json() == {"statusCode": 418, "event": {"who": "ann", "fail": "", "stage": "prod"}}


def test_an_error_is_selected_by_its_message(api: ApiMaker) -> None:
    """handle-errors-in-lambda-integration.html."""
    missing = api.call("POST", "/x/ann", content=b'{"fail": "missing"}')
    assert (missing.status_code, missing.json()) == (404, {"why": "KeyError"})
    other = api.call("POST", "/x/ann", content=b'{"fail": "other"}')
    assert (other.status_code, other.json()["errorType"]) == (200, "KeyError")


def test_a_content_type_without_template_is_a_415(api: ApiMaker) -> None:
    """integration-passthrough-behaviors.html, NEVER."""
    assert api.call("POST", "/x/ann", content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
