"""REST APIs made by CloudFormation, with SAM and without: the API that stands afterwards is the one described."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.support.aws import Aws

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
FUNCTION = """
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      {{Runtime: python3.12, Handler: index.handler, InlineCode: "def handler(e, c): return {{}}", Events: {events}}}
"""


class Stack:
    """One stack under test. `deploy` creates it, then updates it."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.name = f"stack-{uuid.uuid4().hex[:8]}"
        self.cfn = aws.client("cloudformation")
        self.gateway = aws.client("apigateway")
        self._exists = False

    def deploy(self, template: str, **parameters: str) -> Stack:
        operation, done = ("update_stack", "update") if self._exists else ("create_stack", "create")
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
        call = getattr(self.cfn, operation)
        call(StackName=self.name, TemplateBody=template, Capabilities=CAPABILITIES, Parameters=given)
        waiter = self.cfn.get_waiter(f"stack_{done}_complete")
        waiter.wait(StackName=self.name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 2400})
        self._exists = True
        return self

    def physical_id(self, logical_id: str) -> str:
        described = self.cfn.describe_stack_resource(StackName=self.name, LogicalResourceId=logical_id)
        return str(described["StackResourceDetail"]["PhysicalResourceId"])

    def resources(self) -> dict[str, str]:
        listed = self.cfn.list_stack_resources(StackName=self.name)["StackResourceSummaries"]
        return {item["LogicalResourceId"]: item["ResourceType"] for item in listed}

    def methods(self, api: str) -> dict[str, dict[str, Any]]:
        """Every method of the API, by ``GET /path``."""
        resources = self.gateway.get_resources(restApiId=api, embed=["methods"], limit=500)["items"]
        return {
            f"{name} {resource['path']}": method
            for resource in resources
            for name, method in resource.get("resourceMethods", {}).items()
        }


@pytest.fixture
def stack(aws: Aws) -> Stack:
    return Stack(aws)


def sam(resources: str) -> str:
    return f"Transform: AWS::Serverless-2016-10-31\nResources:{resources}"


def test_cors_of_sam_is_a_mapped_preflight(stack: Stack) -> None:
    """https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-corsconfiguration.html"""
    events = "{A: {Type: Api, Properties: {Path: /a, Method: get, RestApiId: !Ref Api}}}"
    cors = """
  Api:
    Type: AWS::Serverless::Api
    Properties: {StageName: v1, Cors: {AllowOrigin: "'https://x.example'", AllowHeaders: "'A'", MaxAge: "'5'"}}
"""
    stack.deploy(sam(cors + FUNCTION.format(events=events)))
    preflight = stack.methods(stack.physical_id("Api"))["OPTIONS /a"]
    integration = preflight["methodIntegration"]
    assert integration["type"] == "MOCK"
    assert json.loads(integration["requestTemplates"]["application/json"]) == {"statusCode": 200}
    mapped = integration["integrationResponses"]["200"]["responseParameters"]
    assert mapped["method.response.header.Access-Control-Allow-Origin"] == "'https://x.example'"
    assert mapped["method.response.header.Access-Control-Allow-Headers"] == "'A'"
    assert mapped["method.response.header.Access-Control-Max-Age"] == "'5'"
    assert set(preflight["methodResponses"]["200"]["responseParameters"]) == set(mapped)


GUARDED = """
  Pool: {Type: AWS::Cognito::UserPool}
  Judge: {Type: AWS::Serverless::Function, Properties: {Runtime: python3.12, Handler: a.b, InlineCode: x}}
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: v1
      Auth:
        DefaultAuthorizer: Cognito
        Authorizers:
          Cognito: {UserPoolArn: !GetAtt Pool.Arn}
          Token:
            FunctionArn: !GetAtt Judge.Arn
            Identity: {Header: X-Token, ValidationExpression: "^a", ReauthorizeEvery: 7}
          Request:
            FunctionArn: !GetAtt Judge.Arn
            FunctionPayloadType: REQUEST
            Identity: {QueryStrings: [q], ReauthorizeEvery: 0}
"""


def test_authorizers_of_sam_stand_on_their_methods(stack: Stack) -> None:
    """https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-api-apiauth.html"""

    def event(path: str, auth: str) -> str:
        return (
            f"E{path[1:]}: {{Type: Api, Properties: {{RestApiId: !Ref Api, Path: {path}, Method: get, Auth: {auth}}}}}"
        )

    events = ", ".join(
        [
            event("/cognito", "{Authorizer: Cognito, AuthorizationScopes: [a/read]}"),
            event("/token", "{Authorizer: Token}"),
            event("/request", "{Authorizer: Request}"),
            event("/signed", "{Authorizer: AWS_IAM}"),
            event("/keyed", "{ApiKeyRequired: true, Authorizer: NONE}"),
            event("/open", "{Authorizer: NONE}"),
        ]
    )
    stack.deploy(sam(GUARDED + FUNCTION.format(events=f"{{{events}}}")))
    api = stack.physical_id("Api")
    authorizers = {item["name"]: item for item in stack.gateway.get_authorizers(restApiId=api)["items"]}
    assert {name: item["type"] for name, item in authorizers.items()} == {
        "Cognito": "COGNITO_USER_POOLS",
        "Token": "TOKEN",
        "Request": "REQUEST",
    }
    assert authorizers["Cognito"]["providerARNs"][0].endswith(stack.physical_id("Pool"))
    token, request = authorizers["Token"], authorizers["Request"]
    assert (token["identitySource"], token["identityValidationExpression"]) == ("method.request.header.X-Token", "^a")
    assert (request["identitySource"], request["authorizerResultTtlInSeconds"]) == ("method.request.querystring.q", 0)
    methods = stack.methods(api)
    assert {
        name: methods[f"GET /{name}"]["authorizationType"] for name in ("cognito", "token", "request", "signed")
    } == {
        "cognito": "COGNITO_USER_POOLS",
        "token": "CUSTOM",
        "request": "CUSTOM",
        "signed": "AWS_IAM",
    }
    assert methods["GET /cognito"]["authorizationScopes"] == ["a/read"]
    assert methods["GET /token"]["authorizerId"] == token["id"]
    assert (methods["GET /keyed"]["apiKeyRequired"], methods["GET /open"]["apiKeyRequired"]) == (True, False)


DEFINITION = """
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: apigateway.amazonaws.com}, Action: sts:AssumeRole}]
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      ApiKeySourceType: AUTHORIZER
      BinaryMediaTypes: [image~1png]
      EndpointConfiguration: {Types: [REGIONAL]}
      Body:
        swagger: "2.0"
        info: {title: !Sub "${AWS::StackName}-api", description: about things}
        x-amazon-apigateway-request-validators: {all: {validateRequestBody: true, validateRequestParameters: true}}
        x-amazon-apigateway-gateway-responses:
          DEFAULT_4XX: {responseParameters: {gatewayresponse.header.X-A: "'b'"}}
          UNAUTHORIZED: {statusCode: 401, responseTemplates: {application/json: '{"m": 1}'}}
        paths:
          /things/{id}:
            put:
              x-amazon-apigateway-request-validator: all
              parameters:
                - {name: id, in: path, required: true, type: string}
                - {name: q, in: query, required: true, type: string}
                - {name: body, in: body, schema: {$ref: "#/definitions/Thing"}}
              responses:
                "200": {headers: {X-H: {type: string}}, schema: {$ref: "#/definitions/Thing"}}
                "502": {headers: {X-H: {type: string}}}
              x-amazon-apigateway-integration:
                type: aws
                httpMethod: POST
                uri: !Sub "arn:aws:apigateway:${AWS::Region}:sqs:action/ListQueues"
                credentials: !GetAtt Role.Arn
                passthroughBehavior: never
                contentHandling: CONVERT_TO_TEXT
                timeoutInMillis: 2500
                requestTemplates: {application/json: "Action=ListQueues"}
                responses:
                  default: {statusCode: 200, responseTemplates: {application/json: "{}"}}
                  "5\\\\d{2}": {statusCode: 502, responseParameters: {method.response.header.X-H: "'h'"}}
          /{proxy+}:
            x-amazon-apigateway-any-method:
              x-amazon-apigateway-integration: {type: http_proxy, httpMethod: ANY, uri: "http://example.com/"}
        definitions:
          Thing: {type: object, required: [name], properties: {part: {$ref: "#/definitions/Part"}}}
          Part: {type: string}
  Deployment: {Type: AWS::ApiGateway::Deployment, Properties: {RestApiId: !Ref Api}}
  Account: {Type: AWS::ApiGateway::Account, Properties: {CloudWatchRoleArn: "arn:aws:iam::1:role/logs"}}
  Stage:
    Type: AWS::ApiGateway::Stage
    DependsOn: Account
    Properties:
      RestApiId: !Ref Api
      DeploymentId: !Ref Deployment
      StageName: s
      AccessLogSetting: {DestinationArn: "arn:aws:logs:us-east-1:1:log-group:g", Format: $context.requestId}
"""


def test_a_definition_with_extensions_arrives_whole(stack: Stack) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html"""
    stack.deploy(DEFINITION)
    api = stack.physical_id("Api")
    methods = stack.methods(api)
    assert set(methods) == {"PUT /things/{id}", "ANY /{proxy+}"}
    put = methods["PUT /things/{id}"]
    assert put["requestParameters"] == {"method.request.path.id": True, "method.request.querystring.q": True}
    assert put["requestModels"] == {"application/json": "Thing"}
    assert put["methodResponses"]["200"]["responseModels"] == {"application/json": "Thing"}
    validators = stack.gateway.get_request_validators(restApiId=api)["items"]
    assert [(item["id"], item["name"], item["validateRequestBody"]) for item in validators] == [
        (put["requestValidatorId"], "all", True)
    ]
    integration = put["methodIntegration"]
    expected = {
        "type": "AWS",
        "credentials": f"arn:aws:iam::{stack.aws.account}:role/{stack.physical_id('Role')}",
        "passthroughBehavior": "NEVER",
        "contentHandling": "CONVERT_TO_TEXT",
        "timeoutInMillis": 2500,
        "requestTemplates": {"application/json": "Action=ListQueues"},
    }
    assert {key: integration[key] for key in expected} == expected
    answers = integration["integrationResponses"]
    assert answers["200"]["responseTemplates"] == {"application/json": "{}"}
    assert answers["502"]["selectionPattern"] == "5\\d{2}"
    assert answers["502"]["responseParameters"] == {"method.response.header.X-H": "'h'"}


def test_what_belongs_to_the_api_arrives_too(stack: Stack) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-apigateway-restapi.html"""
    stack.deploy(DEFINITION)
    api = stack.physical_id("Api")
    described = stack.gateway.get_rest_api(restApiId=api)
    assert (described["name"], described["description"]) == (f"{stack.name}-api", "about things")
    assert (described["apiKeySource"], described["binaryMediaTypes"]) == ("AUTHORIZER", ["image/png"])
    assert described["endpointConfiguration"]["types"] == ["REGIONAL"]
    answers = {item["responseType"]: item for item in stack.gateway.get_gateway_responses(restApiId=api)["items"]}
    assert answers["DEFAULT_4XX"]["responseParameters"] == {"gatewayresponse.header.X-A": "'b'"}
    assert answers["UNAUTHORIZED"]["responseTemplates"] == {"application/json": '{"m": 1}'}
    schema = json.loads(stack.gateway.get_model(restApiId=api, modelName="Thing")["schema"])
    assert schema["properties"]["part"] == {"$ref": f"https://apigateway.amazonaws.com/restapis/{api}/models/Part"}
    stage = stack.gateway.get_stage(restApiId=api, stageName="s")
    assert stage["accessLogSettings"] == {
        "destinationArn": "arn:aws:logs:us-east-1:1:log-group:g",
        "format": "$context.requestId",
    }


def test_a_changed_definition_keeps_the_api_and_deploys_anew(stack: Stack) -> None:
    """Body updates without interruption, same page."""
    first = FUNCTION.format(events="{A: {Type: Api, Properties: {Path: /a, Method: get}}}")
    stack.deploy(sam(first))
    api = stack.physical_id("ServerlessRestApi")
    before = stack.gateway.get_stage(restApiId=api, stageName="Prod")["deploymentId"]
    stack.deploy(sam(FUNCTION.format(events="{A: {Type: Api, Properties: {Path: /b, Method: any}}}")))
    assert stack.physical_id("ServerlessRestApi") == api
    assert set(stack.methods(api)) == {"ANY /b"}
    after = stack.gateway.get_stage(restApiId=api, stageName="Prod")["deploymentId"]
    assert after != before
    assert [item["id"] for item in stack.gateway.get_deployments(restApiId=api)["items"]] == [after]


def test_a_condition_decides_about_a_method(stack: Stack) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html"""
    template = """
Parameters: {Extra: {Type: String, Default: "no"}}
Conditions: {Extra: !And [!Equals [!Ref Extra, "yes"], !Equals [!Ref "AWS::Region", us-east-1]]}
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        openapi: 3.0.1
        info: {title: t}
        paths: {/a: {get: {}, post: !If [Extra, {operationId: more}, !Ref "AWS::NoValue"]}}
"""
    stack.deploy(template)
    api = stack.physical_id("Api")
    assert set(stack.methods(api)) == {"GET /a"}
    stack.deploy(template, Extra="yes")
    assert set(stack.methods(api)) == {"GET /a", "POST /a"}


def test_the_stack_shows_what_its_template_says(stack: Stack) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html"""
    template = sam(FUNCTION.format(events="{A: {Type: Api, Properties: {Path: /a, Method: get}}}"))
    stack.deploy(template)
    types = stack.resources()
    assert set(types.values()) == {
        *("AWS::Lambda::Function", "AWS::IAM::Role", "AWS::Lambda::Permission"),
        *("AWS::ApiGateway::RestApi", "AWS::ApiGateway::Deployment", "AWS::ApiGateway::Stage"),
    }
    events = stack.cfn.describe_stack_events(StackName=stack.name)["StackEvents"]
    assert {event["LogicalResourceId"] for event in events} == {*types, stack.name}
    assert stack.cfn.get_template(StackName=stack.name, TemplateStage="Original")["TemplateBody"] == template
    processed = stack.cfn.get_template(StackName=stack.name)["TemplateBody"]
    assert set(processed["Resources"]) == set(types)
    assert "Body" in processed["Resources"]["ServerlessRestApi"]["Properties"]
    summary = stack.cfn.get_template_summary(StackName=stack.name)
    assert summary["DeclaredTransforms"] == ["AWS::Serverless-2016-10-31"]


def test_nothing_changed_is_said_so(stack: Stack) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html (No updates to perform)"""
    template = sam(FUNCTION.format(events="{A: {Type: Api, Properties: {Path: /a, Method: get}}}"))
    stack.deploy(template)
    for same in (template, template + "\n# a comment\n"):
        with pytest.raises(ClientError, match="No updates are to be performed."):
            stack.deploy(same)
    name = {"StackName": stack.name, "ChangeSetName": "same"}
    stack.cfn.create_change_set(**name, TemplateBody=template, Capabilities=CAPABILITIES)
    described = stack.cfn.describe_change_set(**name)
    assert described["Status"] == "FAILED"
    assert described["StatusReason"].startswith("The submitted information didn't contain changes.")


def test_a_change_set_speaks_of_the_body(stack: Stack) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html"""
    body = "{info: {title: t}, paths: {/a: {%s: {}}}}"
    api = f"Resources: {{Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Body: {body}}}}}}}"
    stack.deploy(api % "get")
    name = {"StackName": stack.name, "ChangeSetName": "change"}
    stack.cfn.create_change_set(**name, TemplateBody=api % "put")
    (change,) = [item["ResourceChange"] for item in stack.cfn.describe_change_set(**name)["Changes"]]
    assert (change["Action"], change["LogicalResourceId"], change["Replacement"]) == ("Modify", "Api", "False")
    assert [item["Target"]["Name"] for item in change["Details"]] == ["Body"]


def test_a_part_that_fails_fails_the_api_and_rolls_back(stack: Stack) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html"""
    body = "{info: {title: t}, paths: {}, x-amazon-apigateway-gateway-responses: {NO_SUCH_TYPE: {}}}"
    with pytest.raises(WaiterError):
        stack.deploy(f"Resources: {{Api: {{Type: AWS::ApiGateway::RestApi, Properties: {{Body: {body}}}}}}}")
    events = stack.cfn.describe_stack_events(StackName=stack.name)["StackEvents"]
    (failed,) = [event for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
    assert (failed["LogicalResourceId"], failed["ResourceType"]) == ("Api", "AWS::ApiGateway::RestApi")
    assert "NO_SUCH_TYPE" in failed["ResourceStatusReason"]
    assert events[0]["ResourceStatus"] == "ROLLBACK_COMPLETE"
    assert stack.gateway.get_rest_apis()["items"] == []


def test_a_definition_may_live_in_s3(stack: Stack) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/transform-aws-include.html"""
    s3 = stack.aws.client("s3")
    bucket = f"docs-{uuid.uuid4().hex[:8]}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="api.yaml", Body=b"info: {title: t}\npaths: {/inc: {get: {}}}\n")
    include = "{'Fn::Transform': {Name: AWS::Include, Parameters: {Location: !Sub 's3://${Bucket}/api.yaml'}}}"
    stack.deploy(
        f"""
Parameters: {{Bucket: {{Type: String}}}}
Resources:
  Included: {{Type: AWS::ApiGateway::RestApi, Properties: {{Body: {include}}}}}
  Located: {{Type: AWS::ApiGateway::RestApi, Properties: {{BodyS3Location: {{Bucket: !Ref Bucket, Key: api.yaml}}}}}}
""",
        Bucket=bucket,
    )
    for name in ("Included", "Located"):
        assert set(stack.methods(stack.physical_id(name))) == {"GET /inc"}


def test_a_template_too_long_for_the_engine_once_it_is_expanded_still_deploys(stack: Stack) -> None:
    """The user's own template is within 51,200 bytes:
    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html"""
    paths = {
        f"/p{number}": {"get": {"x-amazon-apigateway-integration": {"type": "mock", "uri": "u" * 200}}}
        for number in range(100)
    }
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": {"info": {"title": "t"}, "paths": paths}}}
    template = json.dumps({"Resources": {"Api": api}})
    assert len(template) < 51_200
    stack.deploy(template)
    assert len(stack.methods(stack.physical_id("Api"))) == 100
    assert stack.aws.client("s3").list_buckets()["Buckets"] == []


def test_an_http_api_of_sam_has_its_routes(stack: Stack) -> None:
    """https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-httpapi.html"""
    api = """
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      CorsConfiguration: {AllowOrigins: ["https://x.example"], MaxAge: 5}
      Auth: {Authorizers: {Token: {IdentitySource: $request.header.A, JwtConfiguration: {issuer: i, audience: [a]}}}}
"""
    guarded = "{ApiId: !Ref Api, Path: /a, Method: get, Auth: {Authorizer: Token, AuthorizationScopes: [read]}}"
    events = f"{{A: {{Type: HttpApi, Properties: {guarded}}}, B: {{Type: HttpApi, Properties: {{ApiId: !Ref Api}}}}}}"
    stack.deploy(sam(api + FUNCTION.format(events=events)))
    gateway, place = stack.aws.client("apigatewayv2"), {"ApiId": stack.physical_id("Api")}
    routes = {item["RouteKey"]: item for item in gateway.get_routes(**place)["Items"]}
    assert set(routes) == {"GET /a", "$default"}
    (authorizer,) = gateway.get_authorizers(**place)["Items"]
    assert authorizer["JwtConfiguration"] == {"Audience": ["a"], "Issuer": "i"}
    guarded_route = routes["GET /a"]
    assert (guarded_route["AuthorizerId"], guarded_route["AuthorizationScopes"]) == (
        authorizer["AuthorizerId"],
        ["read"],
    )
    integrations = {item["IntegrationId"]: item for item in gateway.get_integrations(**place)["Items"]}
    integration = integrations[guarded_route["Target"].removeprefix("integrations/")]
    assert (integration["IntegrationType"], integration["PayloadFormatVersion"]) == ("AWS_PROXY", "2.0")
    assert gateway.get_api(**place)["CorsConfiguration"] == {"AllowOrigins": ["https://x.example"], "MaxAge": 5}
    assert "AWS::ApiGatewayV2::Route" not in stack.resources().values()
