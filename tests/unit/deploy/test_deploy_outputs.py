"""Outputs as addresses that can be opened."""

from __future__ import annotations

import pytest

from groundcloud.deploy.addresses import made_links
from groundcloud.deploy.outputs import Link, links, reachable
from groundcloud.deploy.profile import Profile
from groundcloud.deploy.stack import Stack, StackResource
from tests.fakes.aws_door import FakeDoor

LOCAL = Profile("embedded", "us-east-1", "000000000000", "http://127.0.0.1:4566")
AWS = Profile("aws", "us-east-1", "", None)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://a1b2.execute-api.eu-west-1.amazonaws.com/prod", "http://a1b2.execute-api.localhost:4566/prod"),
        ("http://my.bkt.s3-website-us-east-1.amazonaws.com", "http://my.bkt.s3-website.localhost:4566"),
        ("http://bkt.s3-website.eu-central-1.amazonaws.com/x", "http://bkt.s3-website.localhost:4566/x"),
        ("https://d1x2.cloudfront.net", "http://d1x2.cloudfront.localhost:4566"),
        ("https://k3.lambda-url.us-east-1.on.aws/?list=a", "http://k3.lambda-url.localhost:4566/?list=a"),
        ("https://shop.auth.eu-west-1.amazoncognito.com/login", "http://shop.auth.eu-west-1.localhost:4566/login"),
        ("https://a1.execute-api.localhost.localstack.cloud:4566/prod", "http://a1.execute-api.localhost:4566/prod"),
        ("https://a1.execute-api.localhost.localstack.cloud/prod", "http://a1.execute-api.localhost:4566/prod"),
        ("http://my.bkt.s3-website.localhost.localstack.cloud:4566", "http://my.bkt.s3-website.localhost:4566"),
        ("http://k3.lambda-url.us-east-1.localhost.localstack.cloud:4566/", "http://k3.lambda-url.localhost:4566/"),
        ("http://localhost.localstack.cloud:4566/q", "http://localhost.localstack.cloud:4566/q"),
        ("https://example.com/", "https://example.com/"),
        ("us-east-1_abc", "us-east-1_abc"),
    ],
)
def test_aws_addresses_become_local_ones(given: str, expected: str) -> None:
    assert reachable(given, LOCAL) == expected
    assert reachable(given, AWS) == given


def test_links_are_the_outputs_that_are_addresses() -> None:
    stack = Stack("app", "1", "OK", outputs={"Cdn": "d1.cloudfront.net", "Id": "x", "Url": "https://example.com"})
    assert links(stack, LOCAL) == [
        Link("Cdn", "http://d1.cloudfront.localhost:4566"),
        Link("Url", "https://example.com"),
    ]
    assert links(stack, AWS)[0] == Link("Cdn", "https://d1.cloudfront.net")


def test_addresses_of_what_was_made_without_outputs() -> None:
    door = FakeDoor(
        apigateway__get_stages={"item": [{"stageName": "Prod"}]},
        apigatewayv2__get_api=lambda ApiId: {"ProtocolType": "HTTP" if ApiId == "h1" else "WEBSOCKET"},
        apigatewayv2__get_stages={"Items": [{"StageName": "$default"}, {"StageName": "v1"}]},
        lambda__get_function_url_config={"FunctionUrl": "https://k3.lambda-url.us-east-1.on.aws/"},
    )
    made = [
        StackResource("Rest", "r1", "AWS::ApiGateway::RestApi", "CREATE_COMPLETE"),
        StackResource("Http", "h1", "AWS::ApiGatewayV2::Api", "CREATE_COMPLETE"),
        StackResource("Chat", "w1", "AWS::ApiGatewayV2::Api", "CREATE_COMPLETE"),
        StackResource("Url", "arn:f", "AWS::Lambda::Url", "CREATE_COMPLETE"),
        StackResource("Table", "t", "AWS::DynamoDB::Table", "CREATE_COMPLETE"),
    ]
    assert made_links(door, made, LOCAL) == [
        Link("Rest", "http://r1.execute-api.localhost:4566/Prod"),
        Link("Http", "http://h1.execute-api.localhost:4566/"),
        Link("Http", "http://h1.execute-api.localhost:4566/v1"),
        Link("Url", "http://k3.lambda-url.localhost:4566/"),
    ]
