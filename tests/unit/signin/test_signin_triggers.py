"""The pool's functions: which event comes when, in AWS's shape, and how a refusal reaches the user.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.fake_cognito_engine import CLIENT, FUNCTION, PASSWORD, POOL, Refused, SigninWorld, claims

CALLER = {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": CLIENT}
NO_CALLER = {**CALLER, "clientId": "CLIENT_ID_NOT_APPLICABLE"}
EMAIL = [{"Name": "email", "Value": "ann@example.com"}]


def sign_up(world: SigninWorld, **more: Any) -> dict[str, Any]:
    return world.ask("SignUp", Username="ann", Password=PASSWORD, UserAttributes=EMAIL, **more)


def event(source: str, request: dict[str, Any], response: dict[str, Any], **more: Any) -> dict[str, Any]:
    common = {"version": "1", "region": "eu-west-1", "userPoolId": POOL, "userName": "ann", "callerContext": CALLER}
    return {**common, "triggerSource": source, "request": request, "response": response, **more}


def answering(**response: Any) -> Any:
    def function(event: dict[str, Any]) -> dict[str, Any]:
        event["response"].update(response)
        return event

    return function


def attributes(world: SigninWorld, status: str = "CONFIRMED") -> dict[str, str]:
    kept = world.engine.users["ann"]["attributes"]
    return {"sub": kept["sub"], "cognito:user_status": status, **kept}


def test_pre_sign_up(world: SigninWorld) -> None:
    """user-pool-lambda-pre-sign-up.html"""
    world.triggers("PreSignUp", "PostConfirmation")
    world.functions.answer(answering(autoConfirmUser=True, autoVerifyEmail=True))
    data = {"ValidationData": [{"Name": "invite", "Value": "x"}], "ClientMetadata": {"from": "test"}}
    assert sign_up(world, **data)["UserConfirmed"] is True
    first, second = world.functions.events
    blank = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
    request = {
        "userAttributes": {"email": "ann@example.com"},
        "validationData": {"invite": "x"},
        "clientMetadata": {"from": "test"},
    }
    assert first == event("PreSignUp_SignUp", request, blank)
    assert second["triggerSource"] == "PostConfirmation_ConfirmSignUp"
    assert world.engine.users["ann"]["attributes"]["email_verified"] == "true"
    assert world.outbox.mails == []
    world.sign_in()


def test_a_refused_sign_up(world: SigninWorld) -> None:
    world.triggers("PreSignUp")

    def refuse(event: dict[str, Any]) -> None:
        raise ValueError("nope")

    world.functions.answer(refuse)
    with pytest.raises(Refused) as caught:
        sign_up(world)
    assert str(caught.value) == "UserLambdaValidationException: PreSignUp failed with error nope."
    assert world.engine.users == {}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (None, "Unrecognizable lambda output"),
        ({"hello": 1}, "Unrecognizable lambda output"),
        (b"no json", "Invalid lambda function output : Invalid JSON"),
    ],
)
def test_an_answer_that_is_no_event(world: SigninWorld, answer: Any, message: str) -> None:
    world.triggers("PreSignUp")
    world.functions.answer(lambda event: answer)
    with pytest.raises(Refused) as caught:
        sign_up(world)
    assert (caught.value.code, caught.value.message) == ("InvalidLambdaResponseException", message)


@pytest.mark.parametrize(
    "statement",
    [
        {"Principal": {"Service": "apigateway.amazonaws.com"}},
        {"Condition": {"ArnLike": {"AWS:SourceArn": f"arn:aws:cognito-idp:eu-west-1:1:userpool/{POOL}"}}},
    ],
)
def test_a_function_that_does_not_let_cognito_in(world: SigninWorld, statement: dict[str, Any]) -> None:
    """cognito-user-pools-working-with-lambda-triggers.html: the function's policy names cognito-idp.amazonaws.com."""
    world.triggers("PreSignUp")
    world.engine.policy["Statement"][0] |= statement
    with pytest.raises(Refused) as caught:
        sign_up(world)
    assert str(caught.value) == (
        "UnexpectedLambdaException: PreSignUp invocation failed due to error AccessDeniedException."
    )
    world.engine.policy["Statement"][0] |= {"Principal": "*", "Condition": {}}


def test_post_confirmation(world: SigninWorld) -> None:
    """user-pool-lambda-post-confirmation.html: both sources."""
    world.triggers("PostConfirmation")
    sign_up(world)
    world.ask("ConfirmSignUp", Username="ann", ConfirmationCode=world.code(), ClientMetadata={"a": "b"})
    world.ask("ForgotPassword", Username="ann")
    world.ask("ConfirmForgotPassword", Username="ann", ConfirmationCode=world.code(), Password=PASSWORD)
    first, second = world.functions.events
    request = {"userAttributes": attributes(world), "clientMetadata": {"a": "b"}}
    assert first == event("PostConfirmation_ConfirmSignUp", request, {})
    assert second == event("PostConfirmation_ConfirmForgotPassword", {"userAttributes": attributes(world)}, {})


def test_around_a_sign_in(world: SigninWorld) -> None:
    """API_InitiateAuth.html, ClientMetadata: the pre authentication function gets it as validationData, the later ones
    do not get it."""
    world.user()
    world.triggers("PreAuthentication", "PostAuthentication", "PreTokenGeneration")
    world.sign_in(ClientMetadata={"device": "x"})
    before, after, token = world.functions.events
    known = {"userAttributes": attributes(world)}
    assert before == event("PreAuthentication_Authentication", {**known, "validationData": {"device": "x"}}, {})
    assert after == event("PostAuthentication_Authentication", {**known, "newDeviceUsed": False}, {})
    groups = {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": None}
    request = {**known, "groupConfiguration": groups}
    assert token == event("TokenGeneration_Authentication", request, {"claimsOverrideDetails": None})


def test_pre_authentication_refuses_before_the_password_is_looked_at(world: SigninWorld) -> None:
    world.user()
    world.triggers("PreAuthentication", "PostAuthentication")

    def refuse(event: dict[str, Any]) -> None:
        raise ValueError("closed")

    world.functions.answer(refuse)
    with pytest.raises(Refused, match=r"PreAuthentication failed with error closed\.$"):
        world.sign_in(password="wrong")
    world.engine.client["PreventUserExistenceErrors"] = "ENABLED"
    with pytest.raises(Refused, match="closed"):
        world.sign_in("bob")
    assert world.functions.events[-1]["request"] == {
        "userAttributes": {},
        "validationData": None,
        "userNotFound": True,
    }


def test_claims_of_version_one(world: SigninWorld) -> None:
    """user-pool-lambda-pre-token-generation.html: the id token only, and not the pool's own claims."""
    world.user()
    world.engine.groups, world.engine.users["ann"]["groups"] = {"staff": {}}, ["staff"]
    world.triggers("PreTokenGeneration")
    details = {
        "claimsToAddOrOverride": {"tier": "gold", "sub": "me", "email": "other@example.com"},
        "claimsToSuppress": ["email_verified", "iss"],
        "groupOverrideDetails": {"groupsToOverride": ["a", "b"], "preferredRole": "arn:aws:iam::1:role/r"},
    }
    world.functions.answer(answering(claimsOverrideDetails=details))
    tokens = world.tokens()
    said, access = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
    assert (said["tier"], said["email"], said["cognito:groups"]) == ("gold", "other@example.com", ["a", "b"])
    assert said["cognito:preferred_role"] == "arn:aws:iam::1:role/r"
    assert "email_verified" not in said
    assert said["sub"] == world.engine.users["ann"]["attributes"]["sub"]
    assert said["iss"].endswith(POOL)
    assert "tier" not in access
    assert access["cognito:groups"] == ["a", "b"]


def test_claims_of_version_two(world: SigninWorld) -> None:
    world.user()
    config = {"LambdaArn": FUNCTION, "LambdaVersion": "V2_0"}
    world.engine.pool["LambdaConfig"] = {"PreTokenGeneration": FUNCTION, "PreTokenGenerationConfig": config}
    details = {
        "idTokenGeneration": {"claimsToAddOrOverride": {"tier": "gold"}, "claimsToSuppress": ["email"]},
        "accessTokenGeneration": {
            "claimsToAddOrOverride": {"plan": {"level": 3}},
            "scopesToAdd": ["orders/read"],
            "scopesToSuppress": ["nothing"],
        },
    }
    world.functions.answer(answering(claimsAndScopeOverrideDetails=details))
    tokens = world.tokens()
    (asked,) = world.functions.events
    assert (asked["version"], asked["request"]["scopes"]) == ("2", ["aws.cognito.signin.user.admin"])
    assert asked["response"] == {"claimsAndScopeOverrideDetails": None}
    said, access = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
    assert (said["tier"], "email" in said) == ("gold", False)
    assert access["plan"] == {"level": 3}
    assert access["scope"] == "aws.cognito.signin.user.admin orders/read"
    assert world.ask("GetUser", AccessToken=tokens["AccessToken"])["Username"] == "ann"


def test_sources_of_token_events(world: SigninWorld) -> None:
    world.triggers("PreTokenGeneration")
    world.ask("AdminCreateUser", Username="ann", TemporaryPassword=PASSWORD, MessageAction="SUPPRESS")
    tokens = world.respond(world.sign_in(), NEW_PASSWORD=PASSWORD)["AuthenticationResult"]
    refresh = {"REFRESH_TOKEN": tokens["RefreshToken"]}
    world.ask("InitiateAuth", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=refresh)
    world.ask("GetTokensFromRefreshToken", RefreshToken=tokens["RefreshToken"], ClientMetadata={"x": "y"})
    assert world.functions.sources() == [
        "TokenGeneration_NewPasswordChallenge",
        "TokenGeneration_RefreshTokens",
        "TokenGeneration_RefreshTokens",
    ]


def test_admin_create_user(world: SigninWorld) -> None:
    world.triggers("PreSignUp", "CustomMessage")

    def function(event: dict[str, Any]) -> dict[str, Any]:
        if event["triggerSource"].startswith("PreSignUp"):
            event["response"]["autoVerifyEmail"] = True
        else:
            event["response"]["emailSubject"] = "Hello"
            event["response"]["emailMessage"] = "{username}, your password: {####}"
        return event

    world.functions.answer(function)
    world.ask("AdminCreateUser", Username="ann", UserAttributes=EMAIL, TemporaryPassword=PASSWORD)
    first, second = world.functions.events
    assert (first["triggerSource"], first["callerContext"]) == ("PreSignUp_AdminCreateUser", NO_CALLER)
    assert second["triggerSource"] == "CustomMessage_AdminCreateUser"
    assert second["request"]["usernameParameter"] == "{username}"
    mail = world.outbox.mails[-1]
    assert (mail.subject, mail.text) == ("Hello", f"ann, your password: {PASSWORD}")
    assert world.engine.users["ann"]["attributes"]["email_verified"] == "true"


def test_custom_messages_and_their_sources(world: SigninWorld) -> None:
    """user-pool-lambda-custom-message.html, "Custom message Lambda trigger sources"."""
    world.triggers("CustomMessage")
    world.functions.answer(answering(emailSubject="Code", emailMessage="Dear, <b>{####}</b>", smsMessage="{####}!"))
    sign_up(world)
    world.ask("ResendConfirmationCode", Username="ann")
    world.ask("ConfirmSignUp", Username="ann", ConfirmationCode=world.code())
    world.ask("ForgotPassword", Username="ann")
    token = world.tokens()["AccessToken"]
    update = [{"Name": "email", "Value": "new@example.com"}]
    world.ask("UpdateUserAttributes", AccessToken=token, UserAttributes=update)
    world.ask("GetUserAttributeVerificationCode", AccessToken=token, AttributeName="email")
    assert [source.removeprefix("CustomMessage_") for source in world.functions.sources()] == [
        "SignUp",
        "ResendCode",
        "ForgotPassword",
        "UpdateUserAttribute",
        "VerifyUserAttribute",
    ]
    mail = world.outbox.mails[-1]
    assert (mail.subject, mail.html) == ("Code", f"Dear, <b>{mail.code}</b>")
    assert world.functions.events[0]["request"]["codeParameter"] == "{####}"
    world.ask("VerifyUserAttribute", AccessToken=token, AttributeName="email", Code=world.code())
    assert world.engine.users["ann"]["attributes"]["email_verified"] == "true"


def test_a_custom_message_without_the_code(world: SigninWorld) -> None:
    world.triggers("CustomMessage")
    world.functions.answer(answering(emailMessage="hello"))
    with pytest.raises(Refused) as caught:
        sign_up(world)
    assert caught.value.code == "InvalidLambdaResponseException"


def test_a_link_that_confirms(world: SigninWorld) -> None:
    """cognito-user-pool-settings-message-customizations.html: {##text##} becomes a link to the pool's domain."""
    template = {"DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailMessageByLink": "Please {##click here##}."}
    world.engine.pool |= {"VerificationMessageTemplate": template}
    sign_up(world)
    mail = world.outbox.mails[-1]
    link = f"http://pages.localhost:4566/confirmUser?client_id={CLIENT}&user_name=ann&confirmation_code={mail.code}"
    assert mail.html == f'Please <a href="{link.replace("&", "&amp;")}">click here</a>.'
    assert mail.text == f"Please click here ({link})."
    world.ask("ConfirmSignUp", Username="ann", ConfirmationCode=world.code())
    world.ask("ForgotPassword", Username="ann")
    assert world.outbox.mails[-1].text == f"Your password reset code is {world.code()}"


def migrating(world: SigninWorld, **response: Any) -> None:
    world.triggers("UserMigration")
    response = {"userAttributes": {"email": "ann@example.com", "email_verified": "true"}, **response}
    world.functions.answer(answering(**response))


def test_migration_at_sign_in(world: SigninWorld) -> None:
    """user-pool-lambda-migrate-user.html"""
    migrating(world, finalUserStatus="CONFIRMED", messageAction="SUPPRESS")
    assert claims(world.tokens(ClientMetadata={"x": "y"})["IdToken"])["email"] == "ann@example.com"
    request = {"userAttributes": None, "password": PASSWORD, "validationData": {"x": "y"}, "clientMetadata": None}
    blank = {
        **{"userAttributes": None, "finalUserStatus": None, "messageAction": None},
        **{"desiredDeliveryMediums": None, "forceAliasCreation": None, "enableSMSMFA": None},
    }
    assert world.functions.events == [event("UserMigration_Authentication", request, blank)]
    world.functions.events.clear()
    world.sign_in()
    assert world.functions.events == []


def test_migration_with_a_password_that_is_to_be_reset(world: SigninWorld) -> None:
    migrating(world)
    with pytest.raises(Refused) as caught:
        world.sign_in()
    assert caught.value.code == "PasswordResetRequiredException"
    assert world.engine.users["ann"]["status"] == "RESET_REQUIRED"


def test_migration_at_a_forgotten_password(world: SigninWorld) -> None:
    migrating(world, messageAction="SUPPRESS")
    world.ask("ForgotPassword", Username="ann")
    assert world.functions.sources() == ["UserMigration_ForgotPassword"]
    world.ask("ConfirmForgotPassword", Username="ann", ConfirmationCode=world.code(), Password=PASSWORD)
    world.sign_in()


def test_a_migration_that_refuses(world: SigninWorld) -> None:
    world.triggers("UserMigration")

    def refuse(event: dict[str, Any]) -> None:
        raise ValueError("Bad password")

    world.functions.answer(refuse)
    with pytest.raises(Refused, match=r"UserMigration failed with error Bad password\."):
        world.sign_in()
    world.engine.client["PreventUserExistenceErrors"] = "ENABLED"
    with pytest.raises(Refused, match="Incorrect username or password"):
        world.sign_in()
