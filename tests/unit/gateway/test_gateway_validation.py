"""Request validators and models."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.fakes.fake_gateway_world import GatewayWorld

TASK = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "type": "object",
    "required": ["title"],
    "properties": {"title": {"type": "string", "minLength": 1}, "priority": {"type": "integer", "minimum": 1}},
    "additionalProperties": False,
}
MODELS = "https://apigateway.amazonaws.com/restapis/abc1234567/models/"


def ask(world: GatewayWorld, body: Any, content_type: str | None = "application/json", query: str = "") -> Any:
    headers = {"Content-Type": content_type} if content_type else {}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = world.ask("POST", "/checked", headers=headers, body=content, query=query)
    return response.status, response.body.decode()


INVALID = (400, '{"message": "Invalid request body"}')


@pytest.mark.parametrize(
    ("body", "valid"),
    [
        ({"title": "t"}, True),
        ({"title": "t", "priority": 2}, True),
        ({"title": ""}, False),
        ({"title": "t", "priority": 0}, False),
        ({"title": "t", "priority": True}, False),
        ({"title": "t", "priority": 1.5}, False),
        ({"title": "t", "other": 1}, False),
        ({}, False),
        ([], False),
        (None, False),
        (b"", False),
        (b"not json", False),
        (b"\xff\xfe{", False),
        (b'{"title": NaN}', False),
        (b"[" * 100_000, False),
    ],
)
def test_bodies_are_judged_by_the_model(body: Any, valid: bool) -> None:
    world = GatewayWorld()
    world.api.validated(TASK)
    assert ask(world, body) == ((200, "hello") if valid else INVALID)
    assert bool(world.functions.invocations) is valid


@pytest.mark.parametrize(
    ("content_type", "models", "judged"),
    [
        (None, {"application/json": "Task"}, True),
        ("Application/JSON; charset=utf-8", {"application/json": "Task"}, True),
        ("text/plain", {"application/json": "Task"}, False),
        ("text/plain", {"$default": "Task"}, True),
        ("text/plain", {}, False),
        ("text/plain", {"text/plain": "Empty", "$default": "Task"}, False),
    ],
)
def test_the_model_is_chosen_by_content_type(content_type: str | None, models: dict[str, str], judged: bool) -> None:
    world = GatewayWorld()
    world.api.validated(TASK, requestModels=models)
    assert (ask(world, {"wrong": 1}, content_type) == INVALID) is judged


@pytest.mark.parametrize(
    ("query", "headers", "answer"),
    [
        ("", {}, "[q, X-Who]"),
        ("q=1", {}, "[X-Who]"),
        ("q=", {"x-who": "ann"}, "[q]"),
        ("q=1", {"x-who": "ann"}, None),
    ],
)
def test_required_parameters(query: str, headers: dict[str, str], answer: str | None) -> None:
    world = GatewayWorld()
    parameters = {"method.request.querystring.q": True, "method.request.header.X-Who": True}
    world.api.validated(TASK, {**parameters, "method.request.querystring.optional": False})
    body = json.dumps({"title": "t"}).encode()
    response = world.ask("POST", "/checked", query=query, headers=headers, body=body)
    if answer is None:
        assert response.status == 200
    else:
        expected = f'{{"message": "Missing required request parameters: {answer}"}}'
        assert (response.status, response.body.decode()) == (400, expected)
        assert response.headers.get("x-amzn-errortype") == "BadRequestException"


def test_parameters_are_looked_at_before_the_body() -> None:
    world = GatewayWorld()
    world.api.validated(TASK, {"method.request.querystring.q": True})
    assert "Missing required" in ask(world, {})[1]
    assert ask(world, {}, query="q=1") == INVALID


@pytest.mark.parametrize(
    ("body", "parameters", "answer"), [(False, True, "Missing required"), (True, False, "Invalid"), (False, False, "")]
)
def test_a_validator_may_look_at_one_of_them(body: bool, parameters: bool, answer: str) -> None:
    world = GatewayWorld()
    world.api.validated(TASK, {"method.request.querystring.q": True})
    world.api.validators[0].update(validateRequestBody=body, validateRequestParameters=parameters)
    status, text = ask(world, {})
    assert (status, text.startswith('{"message": "' + answer)) == ((400, True) if answer else (200, False))


def test_a_model_may_refer_to_others_and_to_itself() -> None:
    world = GatewayWorld()
    tree = {"type": "object", "properties": {"next": {"$ref": MODELS + "Task"}, "who": {"$ref": "#/definitions/who"}}}
    world.api.validated({**tree, "definitions": {"who": {"$ref": MODELS + "Who"}}})
    world.api.models.append({"name": "Who", "schema": '{"type": "string"}'})
    assert ask(world, {"next": {"next": {"who": "ann"}}})[0] == 200
    assert ask(world, {"next": {"next": {"who": 1}}}) == INVALID


@pytest.mark.parametrize(
    "schema",
    [{"$ref": MODELS + "Gone"}, {"$ref": "https://elsewhere.example/x"}, {"pattern": "("}, {"type": "nothing"}],
)
def test_a_model_that_cannot_be_applied_is_the_apis_fault(schema: dict[str, Any]) -> None:
    world = GatewayWorld()
    world.api.validated(schema)
    assert ask(world, "text") == (500, '{"message": "Internal server error"}')
    assert not world.functions.invocations


def test_a_missing_model_is_the_apis_fault() -> None:
    world = GatewayWorld()
    world.api.validated(requestModels={"application/json": "Gone"})
    assert ask(world, {})[0] == 500


def test_authorization_comes_first_and_an_answer_carries_the_apis_cors_headers() -> None:
    world = GatewayWorld()
    world.api.cognito()
    world.api.gateway_responses.append(
        {
            "responseType": "BAD_REQUEST_BODY",
            "statusCode": "422",
            "responseParameters": {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"},
            "defaultResponse": False,
        }
    )
    world.api.validated(TASK, authorizationType="COGNITO_USER_POOLS", authorizerId="auth1")
    assert ask(world, {})[0] == 401
    token = world.pool().id_token()
    world.changes.bump("cognito-idp")
    response = world.ask("POST", "/checked", headers={"Authorization": token}, body=b"{}")
    assert (response.status, response.headers.get("access-control-allow-origin")) == (422, "*")
