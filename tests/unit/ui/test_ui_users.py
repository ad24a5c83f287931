"""The screen Users: what Cognito is asked, and what is shown of its answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fakes.console_doors import FakeAws, FakeControl, FakeWire
from tests.fakes.refusals import refusal
from ui.readers.tokens import decode
from ui.readers.users import sign_in_address

Send = Callable[..., TestResponse]
EVIL = "<script>alert(1)</script>"
NOW = datetime(2026, 11, 21, tzinfo=UTC)
POOL = "us-east-1_Abc"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"


class FakeCognito:
    """One pool with one client, one group and one user; `calls` are the writes that were asked for."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.asked: dict[str, Any] = {}
        self.user = {
            "Username": "ann",
            "UserStatus": "UNCONFIRMED",
            "Enabled": True,
            "UserCreateDate": NOW,
            "UserLastModifiedDate": NOW,
        }
        self.attributes = [{"Name": "email", "Value": "ann@example.com"}, {"Name": "name", "Value": EVIL}]

    def list_user_pools(self, **_asked: Any) -> dict[str, Any]:
        return {"UserPools": [{"Id": POOL, "Name": "people"}]}

    def describe_user_pool(self, UserPoolId: str) -> dict[str, Any]:
        told = {"Id": POOL, "Name": "people", "Domain": "shop", "UsernameAttributes": ["email"]}
        return {"UserPool": told | {"EstimatedNumberOfUsers": 1}}

    def list_user_pool_clients(self, **_asked: Any) -> dict[str, Any]:
        return {"UserPoolClients": [{"ClientId": "c1"}]}

    def describe_user_pool_client(self, **_asked: Any) -> dict[str, Any]:
        oauth = {"AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["code"]}
        told = {"ClientId": "c1", "ClientName": "web", "CallbackURLs": ["http://localhost/cb"]}
        return {"UserPoolClient": told | oauth | {"AllowedOAuthScopes": ["openid", "email"]}}

    def list_users(self, **asked: Any) -> dict[str, Any]:
        self.asked = asked
        return {"Users": [self.user | {"Attributes": self.attributes}], "PaginationToken": "more"}

    def admin_get_user(self, UserPoolId: str, Username: str) -> dict[str, Any]:
        if Username != "ann":
            raise refusal("UserNotFoundException", "User does not exist.")
        return self.user | {"UserAttributes": self.attributes}

    def admin_list_groups_for_user(self, **_asked: Any) -> dict[str, Any]:
        return {"Groups": [{"GroupName": "editors"}]}

    def list_groups(self, **_asked: Any) -> dict[str, Any]:
        return {"Groups": [{"GroupName": "editors"}, {"GroupName": "admins"}]}

    def __getattr__(self, name: str) -> Any:
        return lambda **asked: self.calls.append((name, asked))


@pytest.fixture
def cognito(door: FakeAws) -> FakeCognito:
    client = FakeCognito()
    door.clients["cognito_idp"] = client
    return client


def test_a_pool_shows_its_users_and_leads_to_the_hosted_sign_in(visitor: FlaskClient, cognito: FakeCognito) -> None:
    assert f"/users/{POOL}" in visitor.get("/users").text
    page = visitor.get(f'/users/{POOL}?attribute=name&begins=a"n\\').text
    assert cognito.asked["Filter"] == r'name ^= "a\"n\\"'
    assert "ann@example.com" in page and "after=more" in page
    assert "http://shop.auth.us-east-1.localhost:4566/login?client_id=c1&amp;response_type=code" in page
    assert visitor.get(f"/users/{POOL}?attribute=password&begins=x").status_code == 400


def test_where_the_hosted_sign_in_is_on_aws() -> None:
    client = FakeCognito().describe_user_pool_client()["UserPoolClient"]
    assert sign_in_address("shop", client, "eu-west-1", "").startswith("https://shop.auth.eu-west-1.amazoncognito.com/")
    assert sign_in_address("login.example.com", client, "eu-west-1", "").startswith("https://login.example.com/login?")
    assert sign_in_address("", client, "eu-west-1", "") == ""
    assert sign_in_address("shop", client | {"AllowedOAuthFlowsUserPoolClient": False}, "eu-west-1", "") == ""


def test_a_user_shows_groups_and_the_codes_that_were_sent(
    visitor: FlaskClient, cognito: FakeCognito, control: FakeControl, mail: Any
) -> None:
    control.mail += [mail.make(), mail.make(id="m2", code=None)]
    page = visitor.get(f"/users/{POOL}/user?username=ann").text
    assert page.count('data-testid="code"') == 1 and "482913" in page
    assert "Leave editors" in page and "<option>admins</option>" in page and ">Confirm</button>" in page
    assert EVIL not in page
    assert "User does not exist." in visitor.get(f"/users/{POOL}/user?username=bob").text


@pytest.mark.parametrize(
    ("what", "call"),
    [
        ("confirm", "admin_confirm_sign_up"),
        ("reset", "admin_reset_user_password"),
        ("disable", "admin_disable_user"),
        ("enable", "admin_enable_user"),
        ("sign-out", "admin_user_global_sign_out"),
        ("delete", "admin_delete_user"),
    ],
)
def test_what_can_be_done_to_a_user(send: Send, cognito: FakeCognito, what: str, call: str) -> None:
    assert send(f"/users/{POOL}/act", username="ann", what=what).status_code == 303
    assert cognito.calls == [(call, {"UserPoolId": POOL, "Username": "ann"})]
    assert send(f"/users/{POOL}/act", username="ann", what="promote").status_code == 400


def test_users_are_invited_or_given_a_password(send: Send, cognito: FakeCognito) -> None:
    send(f"/users/{POOL}/create", username="bob", email="bob@example.com")
    send(f"/users/{POOL}/create", username="eve", password="Secret-123")
    (invite, silent, password) = cognito.calls
    assert "MessageAction" not in invite[1] and invite[1]["UserAttributes"][0]["Value"] == "bob@example.com"
    assert silent[1]["MessageAction"] == "SUPPRESS"
    assert password == (
        "admin_set_user_password",
        {"UserPoolId": POOL, "Username": "eve", "Password": "Secret-123", "Permanent": True},
    )


def test_groups_are_made_joined_and_left(send: Send, cognito: FakeCognito) -> None:
    send(f"/users/{POOL}/groups/create", group="readers")
    send(f"/users/{POOL}/group", username="ann", group="readers")
    send(f"/users/{POOL}/group", username="ann", group="readers", leave="1")
    names = [name for name, _asked in cognito.calls]
    assert names == ["create_group", "admin_add_user_to_group", "admin_remove_user_from_group"]


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEYS = {"keys": [json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key())) | {"kid": "k1", "alg": "RS256"}]}
CLAIMS = {"iss": ISSUER, "token_use": "id", "aud": "c1", "exp": 2000.0, "iat": 900}


def token(key: Any = KEY, kid: str = "k1", **changes: Any) -> str:
    return jwt.encode(CLAIMS | changes, key, algorithm="RS256", headers={"kid": kid})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (token(), ""),
        (token(token_use="access", client_id="c1"), ""),
        ("Bearer " + token(), ""),
        ("nonsense", "It is no JSON Web Token"),
        (token(exp=400), "It expired 10 minutes ago."),
        (token(exp="soon"), "It has no exp"),
        (token(iat=5000), "in the future: a clock is wrong."),
        (token(iss="https://example.com"), "Its issuer is https://example.com, not that of"),
        (token(token_use="refresh"), "Its token_use is refresh"),
        (token(aud="c2"), "The pool has no app client c2."),
        (token(kid="k2"), "The pool has no key k2"),
        (token(key=OTHER), "Its signature is wrong"),
        (jwt.encode(CLAIMS, "x" * 32, algorithm="HS256", headers={"kid": "k1"}), "Its algorithm is HS256"),
        (jwt.encode(CLAIMS, "", algorithm="none"), "Its algorithm is none"),
    ],
    ids=lambda value: value[:20] if not value.startswith(("ey", "Bearer")) else "token",
)
def test_why_a_token_would_be_refused(text: str, said: str) -> None:
    found = decode(text, POOL, ISSUER, {"c1"}, lambda: KEYS, 1000.0)
    assert any(said in each for each in found.refusals) if said else found.refusals == ()


def test_a_token_is_decoded_and_not_kept(
    send: Send, visitor: FlaskClient, cognito: FakeCognito, wire: FakeWire
) -> None:
    wire.answer = httpx.Response(200, json=KEYS)
    text = token(name=EVIL)
    page = send(f"/users/{POOL}/token/decode", token=text).text
    assert "It would be refused." in page and "It expired" in page and EVIL not in page and text not in page
    (asked,) = wire.requests
    assert asked.url.path == f"/{POOL}/.well-known/jwks.json"
    assert visitor.get(f"/api/users/{POOL}/token").get_json()["decoded"] is None
