"""What of API Gateway is not supported is refused with its name, wherever it is asked for; and no parameter is a silent
no-op: each one is served, only described, or refused.

Each feature's page is in `groundcloud/gateway/unsupported.py`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.model import ListShape, MapShape, Shape, StructureShape

from groundcloud.gateway.unsupported import FEATURES, Feature, Place
from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud

EXAMPLES = {
    "(?i)VPC_LINK": "VPC_LINK",
    "(?i)STREAM": "STREAM",
    "(?i)(INFO|ERROR)": "INFO",
    "(?i)(AWS|HTTP)": "HTTP",
    r"\d+": 0,
    "PRIVATE": "PRIVATE",
    "ROUTING_RULE.*": "ROUTING_RULE_ONLY",
    "AppConfig-.*": "AppConfig-GetConfiguration",
    r"arn:.*:firehose:.*|\$\{AWS::KinesisFirehose::.*": "arn:aws:firehose:us-east-1:1:deliverystream/a",
    r"(?s).*": "0",
    "arn:.*:apigateway:.*": "arn:aws:apigateway:us-east-1::/restapis/abc/stages/prod",
}
PLACES = [(feature, place) for feature in FEATURES for place in feature.places]
REQUESTS = [one for one in PLACES if "::" not in one[1].owner]
RESOURCES = [one for one in PLACES if "::" in one[1].owner]
SESSION = botocore.session.get_session()


def name_of(place: Place) -> str:
    return f"{place.owner} {place.member}".strip()


def refusal_of(feature: Feature) -> str:
    return f"Groundcloud does not support {feature.name}"


def example(place: Place) -> Any:
    return EXAMPLES[place.value] if place.value else None


def sample(shape: Shape, value: Any = None) -> Any:
    """Something that boto3 takes for `shape`, and that is not nothing."""
    if isinstance(shape, StructureShape):
        wanted = shape.required_members or list(shape.members)[:1]
        return {name: sample(shape.members[name]) for name in wanted}
    if isinstance(shape, ListShape):
        return [sample(shape.member)]
    if isinstance(shape, MapShape):
        return {"x": sample(shape.value)}
    if value is not None:
        return value
    return {"boolean": True, "integer": 5, "double": 5.0, "blob": b"x"}.get(
        shape.type_name, "x" * int(shape.metadata.get("min", 1))
    )


def placed(shape: Shape, path: list[str], value: Any) -> Any:
    """`value` at `path` of a `shape`, with the names that boto3 has."""
    if not path:
        return sample(shape, value)
    if isinstance(shape, ListShape):
        return [placed(shape.member, path[1:], value)]
    if isinstance(shape, MapShape):
        return {"GET /x": placed(shape.value, path[1:], value)}
    assert isinstance(shape, StructureShape), shape
    named = {name.lower(): name for name in shape.members}
    name = named[path[0].lower()]
    return {name: placed(shape.members[name], path[1:], value)}


def request_of(place: Place) -> tuple[str, str, dict[str, Any]]:
    """Service, operation and parameters of a request that asks for the feature."""
    service, _, operation = place.owner.partition(":")
    shape = SESSION.get_service_model(service).operation_model(operation).input_shape
    assert isinstance(shape, StructureShape)
    params = {name: sample(shape.members[name]) for name in shape.required_members}
    if place.member.startswith(("/", "*/")):
        value = example(place)
        path = "/" + place.member.strip("*/") if place.member.startswith("/") else "/~1x/GET" + place.member[1:]
        patch = {"op": "replace", "path": path, "value": "true" if value is None else str(value)}
        return service, operation, {**params, "patchOperations": [patch]}
    if place.member:
        params |= placed(shape, place.member.split("."), example(place))
    return service, operation, params


@pytest.fixture(scope="module")
def anywhere(cloud: Cloud) -> Iterator[Aws]:
    """One account for all: nothing is made in it."""
    aws = Aws(cloud.endpoint, new_account())
    yield aws
    aws.close()


@pytest.mark.parametrize(("feature", "place"), REQUESTS, ids=[name_of(place) for _, place in REQUESTS])
def test_requests_that_ask_for_it(anywhere: Aws, feature: Feature, place: Place) -> None:
    service, operation, params = request_of(place)
    client = anywhere.client(service)
    methods = {client.meta.method_to_api_mapping[name]: name for name in client.meta.method_to_api_mapping}
    with pytest.raises(ClientError) as refused:
        getattr(client, methods[operation])(**params)
    assert refused.value.response["Error"]["Message"].startswith(refusal_of(feature))


def in_properties(path: list[str], value: Any) -> Any:
    if not path:
        return value
    inner = in_properties(path[1:], value)
    return [inner] if path[0] == "*" else {path[0]: inner}


@pytest.mark.parametrize(("feature", "place"), RESOURCES, ids=[name_of(place) for _, place in RESOURCES])
def test_templates_that_ask_for_it(anywhere: Aws, feature: Feature, place: Place) -> None:
    value = example(place)
    path = place.member.split(".") if place.member else []
    properties = in_properties(path, {"x": "y"} if value is None else value) if path else {}
    body = {
        "Parameters": {"Stage": {"Type": "String", "Default": "prod"}},
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}},
            "Bad": {"Type": place.owner, "Properties": {"RestApiId": {"Ref": "Api"}, **properties}},
        },
    }
    with pytest.raises(ClientError) as refused:
        anywhere.client("cloudformation").create_stack(
            StackName=f"s-{uuid.uuid4().hex[:8]}", TemplateBody=json.dumps(body), Capabilities=["CAPABILITY_IAM"]
        )
    message = refused.value.response["Error"]["Message"]
    assert message.startswith(f"Resource Bad cannot be deployed: {refusal_of(feature)}")


@pytest.mark.parametrize(
    ("kind", "properties", "feature"),
    [
        (
            "AWS::WAFv2::WebACLAssociation",
            {"ResourceArn": {"Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/${Api}/stages/s"}},
            "WAF web ACLs of API stages",
        ),
        (
            "AWS::WAFv2::WebACLAssociation",
            {"ResourceArn": {"Fn::Join": [":", ["arn:aws:apigateway:us-east-1:", {"Ref": "Api"}]]}},
            "WAF web ACLs of API stages",
        ),
        (
            "AWS::ApiGateway::Stage",
            {"AccessLogSetting": {"DestinationArn": {"Fn::GetAtt": ["Stream", "Arn"]}, "Format": "x"}},
            "access logs to Firehose",
        ),
        (
            "AWS::ApiGateway::Stage",
            {"ClientCertificateId": {"Fn::If": ["Always", {"Ref": "Stream"}, {"Ref": "AWS::NoValue"}]}},
            "client certificates",
        ),
        (
            "AWS::ApiGateway::DomainName",
            {"MutualTlsAuthentication": {"TruststoreUri": {"Fn::Sub": "s3://${Bucket}/store.pem"}}},
            "mutual TLS of custom domain names",
        ),
    ],
    ids=["substituted", "joined", "attribute", "chosen", "half known"],
)
def test_what_is_not_known_yet_asks_for_it_too(
    anywhere: Aws, kind: str, properties: dict[str, Any], feature: str
) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html: what refers to
    resources of the same template has no value yet."""
    body = {
        "Conditions": {"Always": {"Fn::Equals": ["a", "a"]}},
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}},
            "Bucket": {"Type": "AWS::S3::Bucket"},
            "Stream": {"Type": "AWS::KinesisFirehose::DeliveryStream"},
            "Bad": {"Type": kind, "Properties": {"RestApiId": {"Ref": "Api"}, **properties}},
        },
    }
    with pytest.raises(ClientError, match=f"Groundcloud does not support {feature}"):
        anywhere.client("cloudformation").create_stack(
            StackName=f"s-{uuid.uuid4().hex[:8]}", TemplateBody=json.dumps(body)
        )


def test_imports_that_ask_for_it(aws: Aws) -> None:
    """api-gateway-extensions-to-swagger-minimum-compression-size.html."""
    definition = {
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1"},
        "paths": {},
        "x-amazon-apigateway-minimum-compression-size": 100,
    }
    with pytest.raises(ClientError, match="Groundcloud does not support compression of payloads"):
        aws.client("apigateway").import_rest_api(body=json.dumps(definition).encode())


SERVED = {
    "apigateway:CreateRestApi": "binaryMediaTypes apiKeySource policy disableExecuteApiEndpoint endpointConfiguration",
    "apigateway:CreateStage": "restApiId stageName deploymentId variables tracingEnabled",
    "apigateway:CreateDeployment": "restApiId stageName variables tracingEnabled",
    "apigateway:PutMethod": "restApiId resourceId httpMethod authorizationType authorizerId apiKeyRequired "
    "requestParameters requestModels requestValidatorId authorizationScopes",
    "apigateway:PutIntegration": "restApiId resourceId httpMethod type integrationHttpMethod uri credentials "
    "requestParameters requestTemplates passthroughBehavior contentHandling timeoutInMillis connectionType "
    "tlsConfig responseTransferMode",
    "apigateway:PutIntegrationResponse": "restApiId resourceId httpMethod statusCode selectionPattern "
    "responseParameters responseTemplates contentHandling",
    "apigateway:CreateAuthorizer": "restApiId type providerARNs authorizerUri authorizerCredentials identitySource "
    "identityValidationExpression authorizerResultTtlInSeconds",
    "apigateway:CreateUsagePlan": "apiStages throttle quota",
    "apigateway:CreateApiKey": "enabled value",
    "apigateway:CreateBasePathMapping": "domainName basePath restApiId stage",
    "apigateway:PutGatewayResponse": "restApiId responseType statusCode responseParameters responseTemplates",
    "apigateway:CreateDomainName": "domainName endpointConfiguration routingMode mutualTlsAuthentication",
    "apigatewayv2:CreateApi": "CorsConfiguration CredentialsArn DisableExecuteApiEndpoint ProtocolType RouteKey "
    "RouteSelectionExpression Target",
    "apigatewayv2:CreateStage": "AccessLogSettings ApiId AutoDeploy DefaultRouteSettings DeploymentId RouteSettings "
    "StageName StageVariables",
    "apigatewayv2:CreateRoute": "RequestParameters ApiId AuthorizationScopes AuthorizationType AuthorizerId RouteKey "
    "RouteResponseSelectionExpression Target",
    "apigatewayv2:CreateRouteResponse": "ResponseParameters ApiId RouteId RouteResponseKey",
    "apigatewayv2:CreateIntegration": "ApiId ConnectionType CredentialsArn IntegrationMethod IntegrationSubtype "
    "IntegrationType IntegrationUri PayloadFormatVersion RequestParameters RequestTemplates ResponseParameters "
    "TimeoutInMillis TlsConfig",
    "apigatewayv2:CreateAuthorizer": "ApiId AuthorizerCredentialsArn AuthorizerPayloadFormatVersion "
    "AuthorizerResultTtlInSeconds AuthorizerType AuthorizerUri EnableSimpleResponses IdentitySource JwtConfiguration",
    "apigatewayv2:CreateApiMapping": "ApiId ApiMappingKey DomainName Stage",
    "apigatewayv2:CreateDomainName": "DomainName MutualTlsAuthentication RoutingMode",
}
"""What the data planes act upon; where only one value of a parameter is refused, the others are served."""

DESCRIBED = {
    "": "name Name description Description tags Tags version Version",
    # The endpoint is plain HTTP at an address of this machine: what chooses certificates, TLS and IP versions has
    # nothing to act upon (docs/parity.md, "Different by design").
    "apigateway:CreateRestApi": "securityPolicy endpointAccessMode",
    "apigateway:CreateDomainName": "certificateName certificateBody certificatePrivateKey certificateChain "
    "certificateArn regionalCertificateName regionalCertificateArn securityPolicy endpointAccessMode "
    "ownershipVerificationCertificateArn policy",
    "apigatewayv2:CreateApi": "IpAddressType ApiKeySelectionExpression DisableSchemaValidation",
    "apigatewayv2:CreateDomainName": "DomainNameConfigurations",
    # Of caches and VPC links, which are refused themselves.
    "apigateway:CreateStage": "cacheClusterSize documentationVersion",
    "apigateway:CreateDeployment": "cacheClusterSize stageDescription",
    "apigateway:PutIntegration": "cacheNamespace cacheKeyParameters connectionId",
    "apigatewayv2:CreateIntegration": "ConnectionId PassthroughBehavior TemplateSelectionExpression",
    "apigateway:PutMethod": "operationName",
    "apigateway:CreateAuthorizer": "authType",
    "apigateway:CreateApiKey": "customerId generateDistinctId",
    "apigateway:CreateBasePathMapping": "domainNameId",
    "apigatewayv2:CreateRoute": "OperationName ModelSelectionExpression",
    "apigatewayv2:CreateRouteResponse": "ModelSelectionExpression",
    "apigatewayv2:CreateAuthorizer": "IdentityValidationExpression",
}
"""What AWS itself only shows again, or what only matters to something that is refused."""


@pytest.mark.parametrize("operation", SERVED)
def test_every_parameter_is_accounted_for(operation: str) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_Operations.html and
    https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/operations.html, as botocore has them."""
    service, _, name = operation.partition(":")
    shape = SESSION.get_service_model(service).operation_model(name).input_shape
    assert isinstance(shape, StructureShape)
    refused = {place.member.partition(".")[0].lower() for _, place in REQUESTS if place.owner == operation}
    known = f"{SERVED[operation]} {DESCRIBED.get(operation, '')} {DESCRIBED['']}".split()
    assert set(SERVED[operation].split()) <= set(shape.members)
    assert {member for member in shape.members if member not in known and member.lower() not in refused} == set()
