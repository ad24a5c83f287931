"""The control route that makes tokens of a user: what is in them, and who gets none."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import jwt
import pytest

from groundcloud.http import Headers, Request
from groundcloud.signin.token_routes import TokenRoutes
from tests.fakes.fake_cognito_engine import CLIENT, FUNCTION, POOL, SigninWorld


def ask(world: SigninWorld, **body: Any) -> tuple[int, dict[str, Any]]:
    (route,) = TokenRoutes(world.signin.directory, world.signin.tokens).routes()
    assert (route.method, route.path) == ("POST", "/users/tokens")
    asked = json.dumps({"pool": POOL, "client": CLIENT, "username": "ann", **body}).encode()
    answer = asyncio.run(route.handler(Request("POST", "/users/tokens", "", Headers([]), asked), {}))
    assert answer.status != 200 or answer.headers.get("cache-control") == "no-store"
    return answer.status, json.loads(answer.body)


def claims(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def test_tokens_are_as_of_a_sign_in(world: SigninWorld) -> None:
    world.engine.add("ann", email="ann@example.com")
    status, found = ask(world)
    assert status == 200 and set(found) == {"idToken", "accessToken"}
    identity, access = claims(found["idToken"]), claims(found["accessToken"])
    assert (identity["cognito:username"], identity["email"], identity["aud"]) == ("ann", "ann@example.com", CLIENT)
    assert (access["scope"], access["client_id"]) == ("aws.cognito.signin.user.admin", CLIENT)
    assert asyncio.run(world.signin.tokens.signed_in(found["accessToken"])).user.username == "ann"


def test_the_pools_function_has_its_say(world: SigninWorld) -> None:
    world.engine.pool["LambdaConfig"] = {"PreTokenGeneration": FUNCTION}
    world.engine.add("ann")
    added = {"claimsOverrideDetails": {"claimsToAddOrOverride": {"plan": "gold"}}}
    world.functions.answer(lambda event: event | {"response": added})
    assert claims(ask(world)[1]["idToken"])["plan"] == "gold"

    def fail(_event: Any) -> Any:
        raise ValueError("no tokens today")

    world.functions.answer(fail)
    status, found = ask(world)
    assert status == 400 and "no tokens today" in found["message"]


def test_scopes_are_those_that_the_client_may_ask_for(world: SigninWorld) -> None:
    world.engine.client["AllowedOAuthScopes"] = ["openid", "shop/read"]
    world.engine.add("ann")
    status, found = ask(world, scopes=["shop/read"])
    assert (status, found["idToken"], claims(found["accessToken"])["scope"]) == (200, None, "shop/read")
    status, found = ask(world, scopes=["shop/read", "shop/write"])
    assert status == 400 and found["message"].endswith("the scope shop/write; it may: openid, shop/read")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"username": "bob"}, 404, f"The user pool {POOL} has no user bob"),
        ({"pool": "eu-west-1_none"}, 404, "There is no user pool eu-west-1_none"),
        ({"username": ""}, 400, 'The body is {"pool"'),
        ({"client": 7}, 400, 'The body is {"pool"'),
        ({"scopes": "openid"}, 400, 'The body is {"pool"'),
        ({"username": "new"}, 400, "new could not sign in: the user's status is UNCONFIRMED"),
        ({"username": "out"}, 400, "out is disabled and could not sign in"),
    ],
    ids=["no-user", "no-pool", "no-name", "no-text", "no-list", "unconfirmed", "disabled"],
)
def test_who_gets_no_token(world: SigninWorld, body: dict[str, Any], status: int, said: str) -> None:
    for name in ("ann", "new", "out"):
        world.engine.add(name)
    world.engine.users["new"]["status"] = "UNCONFIRMED"
    world.engine.users["out"]["enabled"] = False
    found, answer = ask(world, **body)
    assert found == status and answer["message"].startswith(said)
