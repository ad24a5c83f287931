"""What the pages ask for, by the pool's settings; PKCE."""

from __future__ import annotations

from typing import Any

import pytest

from groundcloud.ports import Scope
from groundcloud.signin.directory import Pool
from groundcloud.signin.hosted import pkce, words

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
"""RFC 7636, appendix B."""


def pool(**settings: Any) -> Pool:
    return Pool("us-east-1_abc", Scope("000000000000", "us-east-1"), settings)


@pytest.mark.parametrize(
    ("settings", "label"),
    [
        ({}, "Username"),
        ({"UsernameAttributes": ["email"]}, "Email"),
        ({"UsernameAttributes": ["email", "phone_number"]}, "Email or phone number"),
        ({"AliasAttributes": ["email"]}, "Username or email"),
    ],
    ids=["plain", "email", "email-or-phone", "alias"],
)
def test_the_name_of_the_user_name(settings: dict[str, Any], label: str) -> None:
    assert words.username_label(pool(**settings)) == label


def test_what_a_newcomer_is_asked_for() -> None:
    """Required attributes, what gets the code, aliases; not twice what is the user name."""
    required = [{"Name": "sub", "Required": True}, {"Name": "given_name", "Required": True}, {"Name": "name"}]
    asked = words.sign_up_inputs(pool(SchemaAttributes=required, AutoVerifiedAttributes=["email"]))
    assert [(one.attribute, one.kind, one.autocomplete) for one in asked] == [
        ("email", "email", "email"),
        ("given_name", "text", "given-name"),
    ]
    by_email = pool(SchemaAttributes=required, AutoVerifiedAttributes=["email"], UsernameAttributes=["email"])
    assert [one.name for one in words.sign_up_inputs(by_email)] == ["requiredAttributes[given_name]"]


def test_the_rules_for_passwords() -> None:
    policy = {"MinimumLength": 12, "RequireNumbers": True, "RequireSymbols": False}
    assert words.password_rules(pool(Policies={"PasswordPolicy": policy})) == [
        "at least 12 characters",
        "a number",
    ]


def test_where_a_code_went() -> None:
    assert words.delivery({"Destination": "a***@e***", "DeliveryMedium": "EMAIL"}) == "by email to a***@e***"
    assert words.delivery({"Destination": "+*******11", "DeliveryMedium": "SMS"}) == "by SMS to +*******11"
    assert words.delivery(None) == ""


def test_proof_keys() -> None:
    """RFC 7636; using-pkce-in-authorization-code.html: S256 only."""
    assert pkce.is_proven(CHALLENGE, VERIFIER)
    assert not pkce.is_proven(CHALLENGE, VERIFIER[:-1] + "A")
    assert not pkce.is_proven(CHALLENGE, "")
    assert not pkce.is_proven("", VERIFIER)
    assert pkce.is_proven("", "")
    assert pkce.is_acceptable(CHALLENGE, "S256")
    assert not any(pkce.is_acceptable(CHALLENGE, method) for method in ("plain", "", "s256"))
