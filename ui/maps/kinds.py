"""Which resources stand on the map, what they are called there, and how a trace names them; and which others say that
one calls the other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """`word` is what people call it, `icon` a symbol of static/icons.svg, `service` what a trace says of its use."""

    word: str
    icon: str
    service: str = ""


KINDS = {
    "AWS::CloudFront::Distribution": Kind("distribution", "layers", "cloudfront"),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": Kind("load balancer", "route", "elb"),
    "AWS::ApiGateway::RestApi": Kind("REST API", "route", "execute-api"),
    "AWS::ApiGatewayV2::Api": Kind("API", "route", "execute-api"),
    "AWS::Lambda::Function": Kind("function", "function", "lambda"),
    "AWS::AutoScaling::AutoScalingGroup": Kind("servers", "grid"),
    "AWS::EC2::Instance": Kind("server", "grid"),
    "AWS::StepFunctions::StateMachine": Kind("state machine", "flow", "states"),
    "AWS::DynamoDB::Table": Kind("table", "table", "dynamodb"),
    "AWS::DynamoDB::GlobalTable": Kind("table", "table", "dynamodb"),
    "AWS::RDS::DBInstance": Kind("database", "table"),
    "AWS::RDS::DBCluster": Kind("database", "table"),
    "AWS::S3::Bucket": Kind("bucket", "bucket", "s3"),
    "AWS::SQS::Queue": Kind("queue", "queue", "sqs"),
    "AWS::SNS::Topic": Kind("topic", "mail", "sns"),
    "AWS::Kinesis::Stream": Kind("stream", "queue", "kinesis"),
    "AWS::Events::Rule": Kind("rule", "flow"),
    "AWS::Events::EventBus": Kind("event bus", "flow", "events"),
    "AWS::Scheduler::Schedule": Kind("schedule", "flow"),
    "AWS::Cognito::UserPool": Kind("user pool", "users", "cognito-idp"),
    "AWS::Cognito::IdentityPool": Kind("identity pool", "users", "cognito-identity"),
    "AWS::SSM::Parameter": Kind("parameter", "key", "ssm"),
    "AWS::SecretsManager::Secret": Kind("secret", "key", "secretsmanager"),
    "AWS::SES::EmailIdentity": Kind("mail identity", "mail", "ses"),
}

OUTSIDE = Kind("from outside", "users")
SERVICE = Kind("service", "dot")

JOINS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "AWS::Lambda::Permission": (("SourceArn",), ("FunctionName",)),
    "AWS::Lambda::EventSourceMapping": (("EventSourceArn",), ("FunctionName",)),
    "AWS::Lambda::EventInvokeConfig": (("FunctionName",), ("DestinationConfig",)),
    "AWS::ApiGateway::Method": (("RestApiId",), ("Integration", "AuthorizerId")),
    "AWS::ApiGateway::Authorizer": (("RestApiId",), ("AuthorizerUri", "ProviderARNs")),
    "AWS::ApiGatewayV2::Integration": (("ApiId",), ("IntegrationUri",)),
    "AWS::ApiGatewayV2::Authorizer": (("ApiId",), ("AuthorizerUri", "JwtConfiguration")),
    "AWS::IAM::Policy": (("Roles", "Users", "Groups"), ("PolicyDocument",)),
    "AWS::SNS::Subscription": (("TopicArn",), ("Endpoint",)),
    "AWS::ElasticLoadBalancingV2::Listener": (("LoadBalancerArn",), ("DefaultActions",)),
    "AWS::ElasticLoadBalancingV2::ListenerRule": (("ListenerArn",), ("Actions",)),
    "AWS::Cognito::IdentityPoolRoleAttachment": (("IdentityPoolId",), ("Roles",)),
}
"""Resources that say that one uses another: what their first properties name uses what the second do."""

REVERSED = {("AWS::AutoScaling::AutoScalingGroup", "TargetGroupARNs")}
"""Properties that name what uses the resource, not what it uses."""

NOT_USED = {"AssumeRolePolicyDocument", "LoggingConfig", "Tags", "ManagedPolicyArn"}
"""Properties that name who may come, or where logs go: no use."""

ALIASES = {
    "AWS::Cognito::UserPoolClient": ("cognito-idp", "UserPoolId"),
    "AWS::Cognito::UserPoolDomain": ("cognito-hosted", "UserPoolId"),
}
"""Resources by whose name traces tell of the use of another: the service, and the property that names the other."""

ENTRIES = {
    *("execute-api", "cloudfront", "s3-website", "lambda-url", "lambda", "cognito-idp", "cognito-hosted"),
    *("cognito-identity", "states", "sqs", "sns", "events", "kinesis"),
}
"""Services whose use from outside is drawn; in the others it is somebody who administers."""
