"""Who lets API Gateway call a function."""

from __future__ import annotations

from typing import Any

import pytest

from groundcloud.functionpolicy import allows
from groundcloud.gateway.permission import PRINCIPAL
from tests.fakes.fake_gateway_world import FUNCTION_ARN, FUNCTION_URI, GatewayWorld

SOURCE = "arn:aws:execute-api:us-east-1:000000000000:abc1234567/prod/GET/tasks/{id}"
ACCOUNT = "000000000000"


def statement(**changes: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": FUNCTION_ARN,
        **changes,
    }


def like(pattern: str, operator: str = "ArnLike", key: str = "AWS:SourceArn") -> dict[str, Any]:
    return {"Condition": {operator: {key: pattern}}}


BASE = "arn:aws:execute-api:us-east-1:000000000000:abc1234567"


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([], False),
        ([statement()], True),
        ([statement(Principal="*")], True),
        ([statement(Principal={"AWS": "*"})], True),
        ([statement(Principal={"Service": ["s3.amazonaws.com", "apigateway.amazonaws.com"]})], True),
        ([statement(Principal={"Service": "s3.amazonaws.com"})], False),
        ([statement(Principal={"AWS": "123456789012"})], False),
        ([statement(Principal=None)], False),
        ([statement(Action="lambda:*")], True),
        ([statement(Action="lambda:GetFunction")], False),
        ([statement(Action=["lambda:GetFunction", "lambda:Invoke*"])], True),
        ([statement(**like(f"{BASE}/*/*/tasks/*"))], True),
        ([statement(**like(f"{BASE}/prod/GET/tasks/*"))], True),
        ([statement(**like(f"{BASE}/*"))], True),
        ([statement(**like(f"{BASE}/prod/POST/tasks/*"))], False),
        ([statement(**like(f"{BASE}/dev/GET/tasks/*"))], False),
        ([statement(**like("arn:aws:execute-api:us-east-1:000000000000:other/*"))], False),
        ([statement(**like(f"{BASE}/p???/*/*", "StringLike", "aws:SourceArn"))], True),
        ([statement(**like(SOURCE, "StringEquals"))], True),
        ([statement(**like(f"{BASE}/*", "StringEquals"))], False),
        ([statement(**like(ACCOUNT, "StringEquals", "AWS:SourceAccount"))], True),
        ([statement(**like("999999999999", "StringEquals", "AWS:SourceAccount"))], False),
        ([statement(**like("x", "IpAddress", "aws:SourceIp"))], False),
        ([statement(), statement(Effect="Deny")], False),
        ([statement(), statement(Effect="Deny", **like(f"{BASE}/dev/*"))], True),
        ([statement(), statement(Effect="Deny", **like("x", "IpAddress", "aws:SourceIp"))], False),
        ([statement(**like(f"{BASE}/dev/*")), statement(**like(f"{BASE}/prod/*"))], True),
    ],
)
def test_policies(statements: list[dict[str, Any]], allowed: bool) -> None:
    assert allows(statements, PRINCIPAL, SOURCE, ACCOUNT) is allowed


def test_without_permission_the_function_is_not_called() -> None:
    world = GatewayWorld()
    world.api.proxy("GET", "/x")
    world.engine.policies.clear()
    response = world.ask("GET", "/x")
    assert (response.status, response.body) == (500, b'{"message": "Internal server error"}')
    assert not world.functions.invocations


def test_a_permission_added_later_is_seen_and_the_policy_is_read_once() -> None:
    world = GatewayWorld()
    world.api.proxy("GET", "/x")
    world.engine.policies.clear()
    assert world.ask("GET", "/x").status == 500
    world.allow(FUNCTION_ARN, ArnLike={"AWS:SourceArn": f"{BASE}/*/GET/x"})
    world.changes.bump("lambda")
    assert [world.ask("GET", "/x").status for _ in range(3)] == [200, 200, 200]
    assert world.engine.calls["GetPolicy"] == 2


def test_an_alias_needs_a_permission_of_its_own() -> None:
    world = GatewayWorld()
    world.api.proxy("GET", "/x", FUNCTION_URI.replace(":Echo/", ":Echo:live/"))
    assert world.ask("GET", "/x").status == 500
    world.allow(FUNCTION_ARN, "live")
    world.changes.bump("lambda")
    assert world.ask("GET", "/x").status == 200
    assert (world.functions.invocations[0].function, world.functions.invocations[0].qualifier) == (FUNCTION_ARN, "live")


def test_integration_credentials_stand_for_the_permission() -> None:
    world = GatewayWorld()
    world.engine.policies.clear()
    integration = {
        "type": "AWS_PROXY",
        "httpMethod": "POST",
        "uri": FUNCTION_URI,
        "credentials": "arn:aws:iam::000000000000:role/Allowed",
    }
    world.api.method("GET", "/x", integration)
    assert world.ask("GET", "/x").status == 200
