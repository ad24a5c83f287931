"""Lambda authorizers of both kinds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from groundcloud.gateway.auth_policy import DENIED, DENIED_EXPLICITLY, refusal
from groundcloud.http import Response
from groundcloud.ports import InvokeResult
from tests.fakes.fake_gateway_world import FUNCTION_ARN, FUNCTION_URI, GatewayWorld

GUARD = FUNCTION_ARN.replace("Echo", "Guard")
BASE = "arn:aws:execute-api:us-east-1:000000000000:abc1234567"
EXPLICIT = json.dumps({"Message": DENIED_EXPLICITLY}, separators=(",", ":"))


def allow(resource: Any = f"{BASE}/*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
    return {"principalId": "ann", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}, **more}


class Guarded(GatewayWorld):
    """GET /x/{id} behind the function Guard, which answers `answer`; `asked` are its events."""

    def __init__(self, **authorizer: Any) -> None:
        super().__init__()
        self.answer: Any = allow()
        self.asked: list[Any] = []
        self.failure: dict[str, str] | None = None
        self.api.authorizers.append(
            {
                "id": "auth1",
                "type": "TOKEN",
                "authorizerUri": FUNCTION_URI.replace("Echo", "Guard"),
                "identitySource": "method.request.header.Authorization",
                **authorizer,
            }
        )
        for path in ("/x/{id}", "/y"):
            self.api.proxy("GET", path, authorizationType="CUSTOM", authorizerId="auth1")
        self.allow(GUARD, ArnLike={"AWS:SourceArn": f"{BASE}/authorizers/auth1"})
        self.functions.route(GUARD, self._guard)

    def _guard(self, event: Any) -> InvokeResult:
        self.asked.append(event)
        if self.failure is not None:
            return InvokeResult(json.dumps(self.failure).encode(), "r", function_error="Unhandled")
        payload = self.answer if isinstance(self.answer, bytes) else json.dumps(self.answer).encode()
        return InvokeResult(payload, "r")

    def get(self, path: str = "/x/1", token: str | None = "tok", **parts: Any) -> Response:
        headers = {"Authorization": token} if token is not None else {}
        return self.ask("GET", path, headers=headers, **parts)


def test_the_event_of_a_token_authorizer() -> None:
    world = Guarded()
    assert world.get("/x/a%20b").status == 200
    arn = f"{BASE}/prod/GET/x/a%20b"
    assert world.asked == [{"type": "TOKEN", "methodArn": arn, "authorizationToken": "tok"}]


def test_the_event_of_a_request_authorizer() -> None:
    world = Guarded(type="REQUEST", identitySource="method.request.querystring.k,method.request.header.Authorization")
    assert world.get(query="k=1").status == 200
    event = world.asked[0]
    assert (event["type"], event["methodArn"]) == ("REQUEST", f"{BASE}/prod/GET/x/1")
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/x/{id}", "/x/1", "GET")
    assert (event["queryStringParameters"], event["pathParameters"]) == ({"k": "1"}, {"id": "1"})
    assert (event["stageVariables"], event["headers"]["Authorization"]) == ({}, "tok")
    assert event["requestContext"]["apiId"] == "abc1234567"
    assert "authorizer" not in event["requestContext"]
    assert not {"body", "isBase64Encoded", "authorizationToken"} & set(event)


def test_the_context_reaches_the_function_as_strings() -> None:
    world = Guarded()
    world.answer = allow(context={"s": "x", "n": 1, "f": 1.5, "b": True, "z": None})
    assert world.get().status == 200
    told = world.functions.event["requestContext"]["authorizer"]
    assert told.pop("integrationLatency") == 0
    assert told == {"s": "x", "n": "1", "f": "1.5", "b": "true", "principalId": "ann"}


@pytest.mark.parametrize("token", [None, "", "other-1", "tok-", "tok-1 ", "xtok-1"])
def test_missing_or_unfitting_tokens_are_401_without_asking(token: str | None) -> None:
    world = Guarded(identityValidationExpression=r"tok-\d+")
    response = world.get(token=token)
    assert (response.status, response.body) == (401, b'{"message":"Unauthorized"}')
    assert not world.asked
    assert world.get(token="tok-1").status == 200


@pytest.mark.parametrize(
    ("sources", "query", "variables", "status"),
    [
        ("method.request.querystring.k", "", {}, 401),
        ("method.request.querystring.k", "k=", {}, 401),
        ("method.request.querystring.k", "k=1", {}, 200),
        ("method.request.querystring.k, stageVariables.v", "k=1", {}, 401),
        ("method.request.querystring.k, stageVariables.v", "k=1", {"v": "1"}, 200),
        ("context.identity.sourceIp", "", {}, 200),
        ("context.nothing", "", {}, 401),
        ("", "", {}, 200),
    ],
)
def test_every_identity_source_must_be_there(sources: str, query: str, variables: dict[str, str], status: int) -> None:
    world = Guarded(type="REQUEST", identitySource=sources)
    world.api.stages[0]["variables"] = variables
    assert world.get(query=query).status == status
    assert bool(world.asked) is (status == 200)


def test_denials() -> None:
    world = Guarded(authorizerResultTtlInSeconds=0)
    world.answer = allow(effect="Deny")
    response = world.get()
    assert (response.status, response.body.decode()) == (403, EXPLICIT)
    assert response.headers.get("x-amzn-errortype") == "AccessDeniedException"
    world.answer = allow(f"{BASE}/prod/POST/*")
    assert (world.get().status, world.get().body.decode()) == (403, f'{{"Message":"{DENIED}"}}')
    assert not world.functions.invocations_of(FUNCTION_ARN)


def test_raising_unauthorized_is_a_401_and_any_other_error_a_500() -> None:
    world = Guarded()
    world.failure = {"errorMessage": "Unauthorized", "errorType": "Exception"}
    assert (world.get().status, world.get().body) == (401, b'{"message":"Unauthorized"}')
    for message in ("unauthorized", "Unauthorized!", "boom"):
        world.failure = {"errorMessage": message, "errorType": "Exception"}
        response = world.get()
        assert (response.status, response.headers.get("x-amzn-errortype")) == (500, "AuthorizerConfigurationException")


@pytest.mark.parametrize(
    "answer",
    [
        b"not json",
        None,
        "Allow",
        True,
        [],
        {},
        {"principalId": "ann"},
        {"policyDocument": allow()["policyDocument"]},
        allow() | {"principalId": 1},
        allow() | {"policyDocument": {}},
        allow() | {"policyDocument": {"Statement": "Allow"}},
        allow() | {"policyDocument": {"Statement": [{"Effect": "Allow"}]}},
        allow(effect="allow"),
        allow(resource=1),
        allow(context=[]),
        allow(context={"a": {}}),
        allow(context={"a": []}),
        allow(usageIdentifierKey=1),
        {"isAuthorized": True},
    ],
)
def test_an_answer_that_is_none_lets_nobody_in(answer: Any) -> None:
    world = Guarded()
    world.answer = answer
    response = world.get()
    assert (response.status, response.headers.get("x-amzn-errortype")) == (500, "AuthorizerConfigurationException")
    assert not world.functions.invocations_of(FUNCTION_ARN)


def test_an_authorizer_that_may_not_be_invoked_lets_nobody_in() -> None:
    world = Guarded()
    world.allow(GUARD, ArnLike={"AWS:SourceArn": f"{BASE}/authorizers/other"})
    assert world.get().status == 500
    assert not world.asked


@pytest.mark.parametrize(("role", "status"), [("Allowed", 200), ("Weak", 500), ("Other", 500), ("Missing", 500)])
def test_an_authorizer_with_a_role_is_invoked_as_that_role(role: str, status: int) -> None:
    world = Guarded(authorizerCredentials=f"arn:aws:iam::000000000000:role/{role}")
    del world.engine.policies[GUARD, None]
    assert world.get().status == status
    assert len(world.asked) == (status == 200)


def test_answers_are_remembered_by_token_for_their_time_and_judged_for_each_method() -> None:
    world = Guarded()
    world.answer = allow(f"{BASE}/prod/GET/x/*")
    assert [world.get().status, world.get("/x/2").status, world.get("/y").status] == [200, 200, 403]
    assert len(world.asked) == 1
    assert world.get(token="another").status == 200
    assert len(world.asked) == 2
    world.clock.time += 299
    assert (world.get().status, len(world.asked)) == (200, 2)
    world.clock.time += 2
    assert (world.get().status, len(world.asked)) == (200, 3)


@pytest.mark.parametrize("authorizer", [{"authorizerResultTtlInSeconds": 0}, {"type": "REQUEST", "identitySource": ""}])
def test_nothing_is_remembered_without_time_or_identity(authorizer: dict[str, Any]) -> None:
    world = Guarded(**authorizer)
    assert [world.get().status for _ in range(3)] == [200] * 3
    assert len(world.asked) == 3


def test_errors_are_not_remembered() -> None:
    world = Guarded()
    world.failure = {"errorMessage": "Unauthorized"}
    assert world.get().status == 401
    world.failure = None
    assert world.get().status == 200


def test_a_request_authorizer_tells_identities_apart_by_every_source() -> None:
    world = Guarded(type="REQUEST", identitySource="method.request.header.Authorization,method.request.querystring.k")
    for query in ("k=1", "k=2", "k=1"):
        assert world.get(query=query).status == 200
    assert len(world.asked) == 2


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([("Allow", "*", "*")], None),
        ([("Allow", "execute-api:*", "arn:aws:execute-api:*:*:*")], None),
        ([("Allow", "EXECUTE-API:invoke", f"{BASE}/prod/GET/x/1")], None),
        ([("Allow", "execute-api:Invoke", f"{BASE}/*/GET/x/?")], None),
        ([("Allow", "execute-api:Invoke", [f"{BASE}/a", f"{BASE}/prod/*"])], None),
        ([("Allow", "execute-api:Invoke", f"{BASE}/prod/GET/x")], DENIED),
        ([("Allow", "execute-api:Invoke", f"{BASE}/PROD/GET/x/1")], DENIED),
        ([("Allow", "s3:*", "*")], DENIED),
        ([("Allow", "execute-api:ManageConnections", "*")], DENIED),
        ([], DENIED),
        ([("Allow", "*", "*"), ("Deny", "*", f"{BASE}/prod/GET/x/1")], DENIED_EXPLICITLY),
        ([("Deny", "*", "*"), ("Allow", "*", "*")], DENIED_EXPLICITLY),
        ([("Allow", "*", "*"), ("Deny", "*", f"{BASE}/prod/GET/y")], None),
    ],
)
def test_policies(statements: list[tuple[str, str, Any]], expected: str | None) -> None:
    policy = [{"Effect": effect, "Action": action, "Resource": resource} for effect, action, resource in statements]
    assert refusal(policy, f"{BASE}/prod/GET/x/1") == expected


def test_policies_with_not_and_with_conditions() -> None:
    arn = f"{BASE}/prod/GET/x/1"
    assert refusal([{"Effect": "Allow", "NotAction": "s3:*", "NotResource": f"{BASE}/dev/*"}], arn) is None
    assert refusal([{"Effect": "Allow", "Action": "*", "NotResource": arn}], arn) == DENIED
    condition = {"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}
    assert refusal([{"Effect": "Allow", "Action": "*", "Resource": "*", **condition}], arn) == DENIED
    both = [{"Effect": effect, "Action": "*", "Resource": "*"} for effect in ("Allow", "Deny")]
    assert refusal([both[0], {**both[1], **condition}], arn) == DENIED_EXPLICITLY
