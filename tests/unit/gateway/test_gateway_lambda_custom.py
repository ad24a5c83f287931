"""AWS integrations of functions: templates in, selection patterns out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from groundcloud.http import Response
from groundcloud.ports import InvokeResult
from tests.fakes.fake_gateway_world import FUNCTION_ARN, FUNCTION_URI, GatewayWorld

RESPONSES = {
    "200": {"statusCode": "200"},
    "404": {
        "statusCode": "404",
        "selectionPattern": "Not found.*",
        "responseTemplates": {"application/json": '{"why": $input.json("$.errorMessage")}'},
        "responseParameters": {"method.response.header.X-Type": "integration.response.body.errorType"},
    },
}


def ask(result: Any, body: bytes = b'{"a": 1}', failed: bool = False, **integration: Any) -> tuple[Response, Any]:
    """The response, and the event if the function was called."""
    world = GatewayWorld()
    defaults = {"type": "AWS", "httpMethod": "POST", "uri": FUNCTION_URI, "integrationResponses": RESPONSES}
    world.api.method("POST", "/x/{id}", {**defaults, **integration})
    payload = InvokeResult(json.dumps(result).encode(), "r", function_error="Unhandled" if failed else None)
    world.functions.route(FUNCTION_ARN, lambda event: payload)
    response = world.ask("POST", "/x/7", query="q=2", body=body)
    return response, world.functions.event if world.functions.invocations else None


def test_without_templates_body_and_result_pass_as_they_are() -> None:
    response, event = ask({"statusCode": 418, "x": 1})
    assert event == {"a": 1}
    assert (response.status, json.loads(response.body)) == (200, {"statusCode": 418, "x": 1})


def test_a_template_makes_the_event() -> None:
    template = (
        '{"id": "$input.params("id")", "q": "$input.params("q")", "a": $input.json("$.a"), "s": "$context.stage"}'
    )
    _, event = ask({}, requestTemplates={"application/json": template})
    assert event == {"id": "7", "q": "2", "a": 1, "s": "prod"}


def test_an_error_is_selected_by_its_message_and_mapped() -> None:
    response, _ = ask({"errorMessage": "Not found: 7", "errorType": "KeyError"}, failed=True)
    assert (response.status, json.loads(response.body)) == (404, {"why": "Not found: 7"})
    assert response.headers.get("x-type") == "KeyError"


@pytest.mark.parametrize(
    ("result", "failed"), [({"errorMessage": "boom"}, True), ({"errorMessage": "Not found"}, False)]
)
def test_other_errors_and_every_success_take_the_default(result: Any, failed: bool) -> None:
    response, _ = ask(result, failed=failed)
    assert (response.status, json.loads(response.body)) == (200, result)


@pytest.mark.parametrize(
    ("integration", "body"),
    [
        ({"httpMethod": "GET"}, b"{}"),
        ({"integrationResponses": {}}, b"{}"),
        ({"requestTemplates": {"application/json": "#if("}}, b"{}"),
        ({}, b"not json"),
        ({"contentHandling": "CONVERT_TO_BINARY"}, b"{}"),
        ({"requestParameters": {"integration.request.header.X-Amz-Invocation-Type": "'DryRun'"}}, b"{}"),
    ],
)
def test_what_cannot_work_is_a_500(integration: dict[str, Any], body: bytes) -> None:
    assert ask({}, body, **integration)[0].status == 500


def test_an_asynchronous_call_answers_at_once() -> None:
    world = GatewayWorld()
    parameters = {"integration.request.header.X-Amz-Invocation-Type": "'Event'"}
    integration = {"type": "AWS", "httpMethod": "POST", "uri": FUNCTION_URI, "requestParameters": parameters}
    world.api.method("POST", "/x", {**integration, "integrationResponses": {"202": {"statusCode": "202"}}})
    response = world.ask("POST", "/x", body=b'{"a": 1}')
    assert (response.status, response.body) == (202, b"")
    assert world.engine.sent == [{"FunctionName": FUNCTION_ARN, "InvocationType": "Event", "Payload": b'{"a": 1}'}]


def test_never_passing_through_is_a_415() -> None:
    assert ask({}, passthroughBehavior="NEVER")[0].status == 415
