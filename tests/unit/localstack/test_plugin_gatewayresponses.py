"""Gateway responses of an API's definition.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-gateway-responses.html
"""

from __future__ import annotations

from groundcloud_localstack.gatewayresponses import EXTENSION, gateway_responses


def test_each_response_is_one_call() -> None:
    headers = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
    definition = {
        EXTENSION: {
            "DEFAULT_4XX": {"responseParameters": headers},
            "UNAUTHORIZED": {"statusCode": 401, "responseTemplates": {"application/json": "{}"}},
        }
    }
    assert gateway_responses(definition) == [
        {"responseType": "DEFAULT_4XX", "responseParameters": headers},
        {"responseType": "UNAUTHORIZED", "statusCode": "401", "responseTemplates": {"application/json": "{}"}},
    ]


def test_a_definition_without_any_has_none() -> None:
    assert gateway_responses({"paths": {}}) == []
    assert gateway_responses({EXTENSION: None}) == []
