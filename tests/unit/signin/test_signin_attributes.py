"""Attributes: what the schema and the client allow; aliases."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.fake_cognito_engine import PASSWORD, Refused, SigninWorld

SCHEMA = [
    {"Name": "sub", "AttributeDataType": "String", "Mutable": False, "Required": True},
    {"Name": "email", "AttributeDataType": "String", "Mutable": True, "Required": True},
    {"Name": "email_verified", "AttributeDataType": "Boolean", "Mutable": True},
    {"Name": "phone_number", "AttributeDataType": "String", "Mutable": True},
    {"Name": "name", "AttributeDataType": "String", "StringAttributeConstraints": {"MaxLength": "5"}},
    {"Name": "custom:team", "AttributeDataType": "String", "Mutable": False},
    {
        "Name": "custom:age",
        "AttributeDataType": "Number",
        "Mutable": True,
        "NumberAttributeConstraints": {"MinValue": "18", "MaxValue": "120"},
    },
]


def listed(**values: str) -> list[dict[str, str]]:
    return [{"Name": name.replace("custom_", "custom:"), "Value": value} for name, value in values.items()]


def sign_up(world: SigninWorld, **values: str) -> Any:
    return world.ask("SignUp", Username="ann", Password=PASSWORD, UserAttributes=listed(**values))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "email: The attribute is required"),
        ({"email": "ann"}, "Invalid email address format."),
        ({"phone_number": "0123"}, "Invalid phone number format."),
        ({"custom_what": "x"}, "custom:what: Attribute does not exist in the schema."),
        ({"name": "too long"}, "name: String must be no longer than 5 characters"),
        ({"custom_age": "17"}, "custom:age: Number must be no less than 18"),
        ({"custom_age": "old"}, "custom:age: The attribute is not a valid number"),
        ({"sub": "me"}, "Cannot modify the non-mutable attribute sub"),
    ],
)
def test_what_does_not_fit_the_schema(world: SigninWorld, values: dict[str, str], said: str) -> None:
    """user-pool-settings-attributes.html"""
    world.engine.pool["SchemaAttributes"] = SCHEMA
    given = {"email": "ann@example.com", **values} if values else {}
    with pytest.raises(Refused, match=said) as caught:
        sign_up(world, **given)
    assert caught.value.code == "InvalidParameterException"


def test_what_a_client_may_read_and_write(world: SigninWorld) -> None:
    """user-pool-settings-attributes.html, "Attribute permissions and scopes"."""
    world.engine.pool["SchemaAttributes"] = SCHEMA
    world.engine.client |= {"WriteAttributes": ["email", "name"], "ReadAttributes": ["email"]}
    unauthorized = "A client attempted to write unauthorized attribute"
    for values in ({"custom_age": "20"}, {"email_verified": "true"}):
        with pytest.raises(Refused, match=unauthorized) as caught:
            sign_up(world, email="ann@example.com", **values)
        assert caught.value.code == "NotAuthorizedException"
    world.user("ann", email="ann@example.com", name="Ann", **{"custom:team": "red"})
    token = world.tokens()["AccessToken"]
    shown = world.ask("GetUser", AccessToken=token)["UserAttributes"]
    assert {one["Name"] for one in shown} == {"sub", "email"}
    for operation, members in (
        ("UpdateUserAttributes", {"UserAttributes": listed(custom_age="20")}),
        ("DeleteUserAttributes", {"UserAttributeNames": ["custom:age"]}),
    ):
        with pytest.raises(Refused, match=unauthorized):
            world.ask(operation, AccessToken=token, **members)


def test_what_cannot_be_changed_or_deleted(world: SigninWorld) -> None:
    world.engine.pool["SchemaAttributes"] = SCHEMA
    world.user("ann", email="ann@example.com", name="Ann", **{"custom:team": "red"})
    token = world.tokens()["AccessToken"]
    with pytest.raises(Refused, match=r"user\.custom:team: Attribute cannot be updated"):
        world.ask("UpdateUserAttributes", AccessToken=token, UserAttributes=listed(custom_team="blue"))
    with pytest.raises(Refused, match="required attribute email"):
        world.ask("DeleteUserAttributes", AccessToken=token, UserAttributeNames=["email"])
    world.ask("AdminDeleteUserAttributes", Username="ann", UserAttributeNames=["name"])
    shown = world.ask("GetUser", AccessToken=token)["UserAttributes"]
    assert {one["Name"] for one in shown} == {"sub", "email", "custom:team"}


def test_an_alias_is_one_users(world: SigninWorld) -> None:
    """user-pool-settings-attributes.html, "Customizing sign-in attributes"."""
    world.engine.pool |= {"AliasAttributes": ["email"]}
    world.user("bob", email="shared@example.com", email_verified="true")
    with pytest.raises(Refused, match="Username cannot be of email format"):
        world.ask("SignUp", Username="ann@example.com", Password=PASSWORD)
    sign_up(world, email="shared@example.com")
    confirming = {"Username": "ann", "ConfirmationCode": world.code()}
    with pytest.raises(Refused, match="An account with the email already exists") as caught:
        world.ask("ConfirmSignUp", **confirming)
    assert caught.value.code == "AliasExistsException"
    world.ask("ConfirmSignUp", ForceAliasCreation=True, **confirming)
    assert world.sign_in("shared@example.com")["AuthenticationResult"]
    assert world.engine.users["bob"]["attributes"]["email_verified"] == "false"
    world.user("eve", email="eve@example.com", email_verified="true")
    token = world.tokens("eve")["AccessToken"]
    with pytest.raises(Refused, match="already exists"):
        world.ask("UpdateUserAttributes", AccessToken=token, UserAttributes=listed(email="shared@example.com"))


def test_sign_up_may_be_the_administrators_alone(world: SigninWorld) -> None:
    world.engine.pool["AdminCreateUserConfig"] = {"AllowAdminCreateUserOnly": True}
    with pytest.raises(Refused, match="SignUp is not permitted for this user pool"):
        sign_up(world, email="ann@example.com")
