"""Deployments of REST APIs are snapshots.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html: "Every time you update an API, you
must redeploy the API to an existing stage or to a new stage."
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.engines import Clouds
from tests.support.gateway_maker import ApiMaker

TEMPLATE = """
AWSTemplateFormatVersion: "2010-09-09"
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties: {Name: kept}
  Deployment:
    Type: AWS::ApiGateway::Deployment
    DependsOn: [%(methods)s]
    Properties: {RestApiId: !Ref Api, StageName: prod}
%(resources)s
Outputs:
  Api: {Value: !Ref Api}
"""
METHOD = """
  %(verb)s:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !GetAtt Api.RootResourceId
      HttpMethod: %(verb)s
      AuthorizationType: NONE
      Integration:
        Type: MOCK
        RequestTemplates: {application/json: '{"statusCode": 200}'}
        IntegrationResponses: [{StatusCode: 200}]
      MethodResponses: [{StatusCode: 200}]
"""


def template(*verbs: str, deployment: str = "Deployment") -> str:
    resources = "".join(METHOD % {"verb": verb} for verb in verbs)
    return (TEMPLATE % {"methods": ", ".join(verbs), "resources": resources}).replace("Deployment:", f"{deployment}:")


@pytest.fixture(scope="module")
def aws(cloud: Cloud) -> Iterator[Aws]:
    aws = Aws(cloud.endpoint, new_account())
    yield aws
    aws.close()


def statuses(api: ApiMaker, *verbs: str, stage: str = "prod") -> list[int]:
    return [api.call(verb, "/x", stage=stage).status_code for verb in verbs]


def test_what_was_not_deployed_is_not_served(cloud: Cloud, aws: Aws) -> None:
    """how-to-deploy-api.html."""
    api = ApiMaker(cloud, aws, "kept")
    api.method("GET", "/x")
    first = api.deploy()
    api.method("POST", "/x")
    assert statuses(api, "GET", "POST") == [200, 403]
    api.client.delete_method(restApiId=api.api, resourceId=api.resource("/x"), httpMethod="GET")
    assert statuses(api, "GET", "POST") == [200, 403]
    api.deploy("dev")
    assert statuses(api, "GET", "POST") == [200, 403]
    assert statuses(api, "GET", "POST", stage="dev") == [403, 200]
    api.deploy()
    assert statuses(api, "GET", "POST") == [403, 200]
    patch = [{"op": "replace", "path": "/deploymentId", "value": first}]
    api.client.update_stage(restApiId=api.api, stageName="prod", patchOperations=patch)
    assert statuses(api, "GET", "POST") == [200, 403]


def run_stack(aws: Aws, operation: str, name: str, body: str) -> str:
    """Create or update; the id of the API."""
    formation = aws.client("cloudformation")
    getattr(formation, f"{operation}_stack")(StackName=name, TemplateBody=body)
    settings: Any = {"Delay": 1, "MaxAttempts": 30}
    formation.get_waiter(f"stack_{operation}_complete").wait(StackName=name, WaiterConfig=settings)
    return str(formation.describe_stacks(StackName=name)["Stacks"][0]["Outputs"][0]["OutputValue"])


def test_a_stack_serves_a_new_method_with_a_new_deployment_only(cloud: Cloud, aws: Aws) -> None:
    """AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-deployment.html: a change of methods needs a new
    Deployment resource."""
    api = run_stack(aws, "create", "kept", template("GET"))
    url = cloud.api_url(api, "prod", "/")
    assert (cloud.http.get(url).status_code, cloud.http.put(url).status_code) == (200, 403)
    assert run_stack(aws, "update", "kept", template("GET", "PUT")) == api
    assert (cloud.http.get(url).status_code, cloud.http.put(url).status_code) == (200, 403)
    assert run_stack(aws, "update", "kept", template("GET", "PUT", deployment="Second")) == api
    assert (cloud.http.get(url).status_code, cloud.http.put(url).status_code) == (200, 200)


def test_snapshots_outlive_a_restart(tmp_path: Path, clouds: Clouds) -> None:
    """how-to-deploy-api.html; what is kept is part of the state."""
    with clouds(tmp_path) as cloud:
        api = ApiMaker(cloud, cloud.aws(), "kept")
        api.method("GET", "/x")
        api.deploy()
        api.method("POST", "/x")
        cloud.stop()
        cloud.start()
        assert statuses(api, "GET", "POST") == [200, 403]
