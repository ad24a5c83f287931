"""Signing in by password and SRP, and what tokens are good for afterwards."""

from __future__ import annotations

from typing import Any

import jwt
import pytest

from tests.fakes.fake_cognito_engine import CLIENT, PASSWORD, POOL, Refused, SigninWorld, claims
from tests.support.srp_client import SrpClient

NEW = "An0ther-one!"


def refusal(world: SigninWorld, operation: str, **members: Any) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        world.ask(operation, **members)
    return caught.value.code, caught.value.message


def refused_sign_in(world: SigninWorld, name: str = "ann", password: str = PASSWORD) -> tuple[str, str]:
    parameters = {"USERNAME": name, "PASSWORD": password}
    return refusal(world, "InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)


WRONG = ("NotAuthorizedException", "Incorrect username or password.")


def test_the_claims(world: SigninWorld) -> None:
    world.user("ann", email="ann@example.com", email_verified="true")
    world.engine.groups = {
        "staff": {"Precedence": 5, "RoleArn": "arn:aws:iam::1:role/staff"},
        "chiefs": {"Precedence": 1, "RoleArn": "arn:aws:iam::1:role/chief"},
    }
    world.engine.users["ann"]["groups"] = ["staff", "chiefs"]
    tokens, sub, now = world.tokens(), world.engine.users["ann"]["attributes"]["sub"], int(world.clock.now())
    said, access = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
    common = {"iss": f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL}", "sub": sub, "auth_time": now, "iat": now}
    same = {"exp": now + 3600, "origin_jti": said["origin_jti"], "event_id": said["event_id"], **common}
    assert said == {
        **same,
        "aud": CLIENT,
        "token_use": "id",
        "jti": said["jti"],
        "cognito:username": "ann",
        "cognito:groups": ["chiefs", "staff"],
        "cognito:roles": ["arn:aws:iam::1:role/chief", "arn:aws:iam::1:role/staff"],
        "cognito:preferred_role": "arn:aws:iam::1:role/chief",
        "email": "ann@example.com",
        "email_verified": True,
    }
    assert access == {
        **same,
        "client_id": CLIENT,
        "token_use": "access",
        "jti": access["jti"],
        "username": "ann",
        "scope": "aws.cognito.signin.user.admin",
        "cognito:groups": ["chiefs", "staff"],
    }
    assert jwt.get_unverified_header(tokens["AccessToken"]) == {"alg": "RS256", "kid": "access-key"}
    assert jwt.get_unverified_header(tokens["IdToken"])["kid"] == "id-key"


def test_a_wrong_password_and_an_unknown_user(world: SigninWorld) -> None:
    world.user()
    assert refused_sign_in(world, password="wrong") == WRONG
    assert refused_sign_in(world, "bob") == ("UserNotFoundException", "User does not exist.")
    world.engine.client["PreventUserExistenceErrors"] = "ENABLED"
    assert refused_sign_in(world, "bob") == WRONG


@pytest.mark.parametrize(
    ("state", "refused"),
    [
        ({"enabled": False}, ("NotAuthorizedException", "User is disabled.")),
        ({"status": "UNCONFIRMED"}, ("UserNotConfirmedException", "User is not confirmed.")),
        ({"status": "RESET_REQUIRED"}, ("PasswordResetRequiredException", "Password reset required for the user")),
    ],
)
def test_the_state_of_a_user(world: SigninWorld, state: dict[str, Any], refused: tuple[str, str]) -> None:
    world.user()
    world.engine.users["ann"] |= state
    assert refused_sign_in(world) == refused


def test_five_failures_lock_out_for_longer_and_longer(world: SigninWorld) -> None:
    """authentication.html, "Lockout behavior for failed sign-in attempts"."""
    world.user()
    locked = ("NotAuthorizedException", "Password attempts exceeded")
    for _ in range(5):
        assert refused_sign_in(world, password="wrong") == WRONG
    assert refused_sign_in(world) == locked
    world.clock.pass_seconds(1)
    assert refused_sign_in(world, password="wrong") == WRONG
    world.clock.pass_seconds(1)
    assert refused_sign_in(world) == locked
    world.clock.pass_seconds(1)
    world.sign_in()
    assert refused_sign_in(world, password="wrong") == WRONG


def test_a_flow_has_to_be_enabled(world: SigninWorld) -> None:
    world.user()
    del world.engine.client["ExplicitAuthFlows"]
    disabled = ("InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client")
    assert refused_sign_in(world) == disabled
    parameters = {"USERNAME": "ann", "PASSWORD": PASSWORD}
    admin = {"ClientId": CLIENT, "AuthParameters": parameters}
    assert refusal(world, "AdminInitiateAuth", AuthFlow="ADMIN_USER_PASSWORD_AUTH", **admin)[1] == (
        "Auth flow not enabled for this client"
    )
    world.engine.client["ExplicitAuthFlows"] = ["ADMIN_NO_SRP_AUTH"]
    assert world.ask("AdminInitiateAuth", AuthFlow="ADMIN_NO_SRP_AUTH", **admin)["AuthenticationResult"]
    assert refusal(world, "InitiateAuth", AuthFlow="ADMIN_NO_SRP_AUTH", AuthParameters=parameters)[0] == (
        "InvalidParameterException"
    )


def srp(world: SigninWorld, password: str = PASSWORD, name: str = "ann", **answers: str) -> dict[str, Any]:
    client = SrpClient(POOL, password)
    parameters = {"USERNAME": name, "SRP_A": client.srp_a}
    asked = world.ask("InitiateAuth", AuthFlow="USER_SRP_AUTH", AuthParameters=parameters)
    assert asked["ChallengeName"] == "PASSWORD_VERIFIER"
    return world.respond(asked, **{**client.answers(asked["ChallengeParameters"]), **answers})


def test_srp_shows_the_password_without_sending_it(world: SigninWorld) -> None:
    world.user()
    assert claims(srp(world)["AuthenticationResult"]["IdToken"])["cognito:username"] == "ann"
    for _ in range(3):
        srp(world)


def test_srp_goes_wrong(world: SigninWorld) -> None:
    world.user()
    with pytest.raises(Refused, match="Incorrect username or password"):
        srp(world, "wrong")
    with pytest.raises(Refused, match="Invalid session"):
        srp(world, PASSWORD_CLAIM_SECRET_BLOCK="AAAA")
    with pytest.raises(Refused, match="TIMESTAMP format"):
        srp(world, TIMESTAMP="2018-09-25")
    with pytest.raises(Refused, match="Incorrect username or password"):
        srp(world, TIMESTAMP="Tue Sep 25 00:09:41 UTC 2018")
    for public in ("0", "not hex", ""):
        parameters = {"USERNAME": "ann", "SRP_A": public}
        assert refusal(world, "InitiateAuth", AuthFlow="USER_SRP_AUTH", AuthParameters=parameters)[0] == (
            "InvalidParameterException"
        )


def test_srp_tells_nothing_of_an_unknown_user(world: SigninWorld) -> None:
    world.engine.client["PreventUserExistenceErrors"] = "ENABLED"
    asked = [
        world.ask("InitiateAuth", AuthFlow="USER_SRP_AUTH", AuthParameters={"USERNAME": "bob", "SRP_A": "5"})
        for _ in range(2)
    ]
    salts = {one["ChallengeParameters"]["SALT"] for one in asked}
    assert len(salts) == 1
    assert len(salts.pop()) == 32
    with pytest.raises(Refused, match="Incorrect username or password"):
        srp(world, name="bob")


def test_a_session_ends(world: SigninWorld) -> None:
    world.user()
    client = SrpClient(POOL, PASSWORD)
    parameters = {"USERNAME": "ann", "SRP_A": client.srp_a}
    asked = world.ask("InitiateAuth", AuthFlow="USER_SRP_AUTH", AuthParameters=parameters)
    world.clock.pass_seconds(180)
    with pytest.raises(Refused, match="session is expired"):
        world.respond(asked, **client.answers(asked["ChallengeParameters"]))


def refresh(world: SigninWorld, token: str) -> dict[str, Any]:
    asked = {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": {"REFRESH_TOKEN": token}}
    return dict(world.ask("InitiateAuth", **asked)["AuthenticationResult"])


def test_a_refresh_token_renews_the_others_also_after_a_restart(world: SigninWorld) -> None:
    world.user()
    first = world.tokens()
    world.restart()
    world.clock.pass_seconds(7200)
    second = refresh(world, first["RefreshToken"])
    assert "RefreshToken" not in second
    before, after = claims(first["AccessToken"]), claims(second["AccessToken"])
    assert {name for name in before if before[name] != after[name]} == {"iat", "exp", "jti"}
    assert world.ask("GetUser", AccessToken=second["AccessToken"])["Username"] == "ann"
    assert refusal(world, "GetUser", AccessToken=first["AccessToken"])[1] == "Access Token has expired"
    world.clock.pass_seconds(30 * 86400)
    with pytest.raises(Refused, match="Refresh Token has expired"):
        refresh(world, first["RefreshToken"])


def test_rotation(world: SigninWorld) -> None:
    """API_RefreshTokenRotationType.html: a rotated token is good for the grace period only."""
    world.user()
    first = world.tokens()["RefreshToken"]
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}
    world.raw("UpdateUserPoolClient", {"ClientId": CLIENT, "RefreshTokenRotation": rotation}, is_admin=True)
    renewed = world.ask("GetTokensFromRefreshToken", RefreshToken=first)["AuthenticationResult"]
    assert set(renewed) == {"AccessToken", "IdToken", "RefreshToken", "ExpiresIn", "TokenType"}
    world.ask("GetTokensFromRefreshToken", RefreshToken=first)
    world.clock.pass_seconds(10)
    assert refusal(world, "GetTokensFromRefreshToken", RefreshToken=first)[0] == "RefreshTokenReuseException"
    world.ask("GetTokensFromRefreshToken", RefreshToken=renewed["RefreshToken"])
    with pytest.raises(Refused, match="rotation"):
        refresh(world, renewed["RefreshToken"])


def test_revocation_ends_one_session_and_sign_out_all(world: SigninWorld) -> None:
    world.user()
    one, two, three = world.tokens(), world.tokens(), world.tokens()
    world.ask("RevokeToken", Token=one["RefreshToken"])
    revoked = ("NotAuthorizedException", "Access Token has been revoked")
    assert refusal(world, "GetUser", AccessToken=one["AccessToken"]) == revoked
    with pytest.raises(Refused, match="Refresh Token has been revoked"):
        refresh(world, one["RefreshToken"])
    world.ask("GetUser", AccessToken=two["AccessToken"])
    world.ask("GlobalSignOut", AccessToken=two["AccessToken"])
    for ended in (two, three):
        assert refusal(world, "GetUser", AccessToken=ended["AccessToken"]) == revoked
        with pytest.raises(Refused, match="revoked"):
            refresh(world, ended["RefreshToken"])
    world.ask("GetUser", AccessToken=world.tokens()["AccessToken"])
    assert refusal(world, "RevokeToken", Token=two["AccessToken"])[0] == "UnsupportedTokenTypeException"
    assert world.ask("RevokeToken", Token="who knows") == {}


def test_hostile_tokens(world: SigninWorld) -> None:
    world.user()
    tokens = world.tokens()
    head, body, signature = tokens["AccessToken"].split(".")
    unsigned = jwt.encode(claims(tokens["AccessToken"]), None, algorithm="none")
    forged = jwt.encode(claims(tokens["AccessToken"]), "k" * 32, algorithm="HS256", headers={"kid": "access-key"})
    for token in (tokens["IdToken"], tokens["RefreshToken"], "", "a.b.c", f"{head}.{body}.", f"{head}..{signature}"):
        assert refusal(world, "GetUser", AccessToken=token)[0] == "NotAuthorizedException"
    for token in (unsigned, forged, f"{head}.{body}.{signature[:-4]}AAAA"):
        assert refusal(world, "GetUser", AccessToken=token)[1] == "Could not verify signature for Access Token"


def test_who_is_deleted_or_disabled_is_out(world: SigninWorld) -> None:
    world.user()
    tokens = world.tokens()
    world.ask("AdminDisableUser", Username="ann")
    assert refusal(world, "GetUser", AccessToken=tokens["AccessToken"])[0] == "NotAuthorizedException"
    world.engine.users["ann"]["enabled"] = True
    assert "revoked" in refusal(world, "GetUser", AccessToken=tokens["AccessToken"])[1]
    fresh = world.tokens()
    world.ask("DeleteUser", AccessToken=fresh["AccessToken"])
    assert "ann" not in world.engine.users
    world.user()
    with pytest.raises(Refused, match="revoked"):
        refresh(world, fresh["RefreshToken"])


def invited(world: SigninWorld) -> str:
    """The temporary password in the mail."""
    attributes = [{"Name": "email", "Value": "ann@example.com"}]
    world.ask("AdminCreateUser", Username="ann", UserAttributes=attributes, DesiredDeliveryMediums=["EMAIL"])
    return world.outbox.mails[-1].text.rpartition("password is ")[2].removesuffix(".")


def test_a_temporary_password_has_to_be_changed(world: SigninWorld) -> None:
    asked = world.sign_in(password=invited(world))
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert asked["ChallengeParameters"]["USER_ID_FOR_SRP"] == "ann"
    with pytest.raises(Refused, match="Password did not conform"):
        world.respond(asked, NEW_PASSWORD="short")
    tokens = world.respond(asked, NEW_PASSWORD=NEW)["AuthenticationResult"]
    assert claims(tokens["IdToken"])["cognito:username"] == "ann"
    with pytest.raises(Refused, match="session can only be used once"):
        world.respond(asked, NEW_PASSWORD="Third-0ne!")
    world.sign_in(password=NEW)


def test_nobody_sets_anothers_password_without_their_session(world: SigninWorld) -> None:
    """A challenge's answer is worth nothing without the session that the password opened."""
    password = invited(world)
    world.user("eve")
    forged = {"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": "x" * 40}
    with pytest.raises(Refused, match="Invalid session"):
        world.respond(forged, NEW_PASSWORD=NEW)
    with pytest.raises(Refused, match="Invalid session"):
        world.respond({**world.sign_in(password=password)}, USERNAME="eve", NEW_PASSWORD=NEW)
    for challenge in ("SOFTWARE_TOKEN_MFA", "SMS_MFA", "MFA_SETUP", "CUSTOM_CHALLENGE"):
        with pytest.raises(Refused, match="Invalid session"):
            world.respond({"ChallengeName": challenge})


def test_a_temporary_password_is_good_for_a_week(world: SigninWorld) -> None:
    password = invited(world)
    world.clock.pass_seconds(7 * 86400)
    assert refused_sign_in(world, password=password)[1] == (
        "Temporary password has expired and must be reset by an administrator."
    )


def test_a_password_is_changed_and_forgotten(world: SigninWorld) -> None:
    world.user()
    token = world.tokens()["AccessToken"]
    assert refusal(world, "ChangePassword", AccessToken=token, PreviousPassword="no", ProposedPassword=NEW) == WRONG
    world.ask("ChangePassword", AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword=NEW)
    srp(world, NEW)
    world.ask("ForgotPassword", Username="ann")
    code = world.code()
    asked = {"Username": "ann", "ConfirmationCode": code}
    assert refusal(world, "ConfirmForgotPassword", Password="short", **asked)[0] == "InvalidPasswordException"
    world.ask("ConfirmForgotPassword", Password=PASSWORD, **asked)
    assert refusal(world, "ConfirmForgotPassword", Password=PASSWORD, **asked)[0] == "ExpiredCodeException"
    world.sign_in()


def test_aliases_are_found_without_looking_at_every_user(world: SigninWorld) -> None:
    world.engine.pool |= {"AliasAttributes": ["email"]}
    world.user("ann", email="ann@example.com", email_verified="true")
    world.sign_in("ann@example.com")
    world.restart()
    world.engine.calls.clear()
    world.sign_in("ann@example.com")
    world.engine.users["ann"]["attributes"]["email"] = "new@example.com"
    assert refused_sign_in(world, "ann@example.com")[0] == "UserNotFoundException"
    world.sign_in("new@example.com")


def test_case(world: SigninWorld) -> None:
    """API_UsernameConfigurationType.html: sensitive unless the pool says otherwise."""
    world.user()
    assert refused_sign_in(world, "Ann")[0] == "UserNotFoundException"
    world.engine.pool["UsernameConfiguration"] = {"CaseSensitive": False}
    world.sign_in("Ann")


def test_a_client_with_a_secret(world: SigninWorld) -> None:
    world.user()
    world.engine.client["ClientSecret"] = "secret"
    assert "configured with secret but SECRET_HASH was not received" in refused_sign_in(world)[1]
    parameters = {"USERNAME": "ann", "PASSWORD": PASSWORD, "SECRET_HASH": "wrong"}
    asked = {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}
    assert refusal(world, "InitiateAuth", **asked)[1] == f"Unable to verify secret hash for client {CLIENT}"
    parameters["SECRET_HASH"] = "dYpsIbnaAfLF0n82kUWTNPTxPhqqY3BFnFmL9m/bCcA="
    del world.engine.client["ClientSecret"]
    assert "not configured for secret" in refusal(world, "InitiateAuth", **asked)[1]
