"""Sign-in through boto3, on the running cloud: what unit tests hold against a fake engine, here against the real one.

Pages: https://docs.aws.amazon.com/cognito/latest/developerguide/ (names below).
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt
import pytest
from botocore.exceptions import ClientError

from groundcloud.signin import totp
from tests.fakes.lambda_world import wait_until
from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.functions import Functions
from tests.support.mailbox import Mailbox
from tests.support.srp_client import SrpClient

PASSWORD = "Passw0rd!"
FLOWS = ("USER_PASSWORD_AUTH", "USER_SRP_AUTH", "CUSTOM_AUTH", "REFRESH_TOKEN_AUTH", "ADMIN_USER_PASSWORD_AUTH")


@dataclass
class Pool:
    idp: Any
    id: str
    client: str
    name: str = field(default_factory=lambda: f"ann-{uuid.uuid4().hex[:8]}")

    @property
    def email(self) -> str:
        return f"{self.name}@example.com"

    def sign_up(self, **more: Any) -> Any:
        attributes = [{"Name": "email", "Value": self.email}]
        given = {"ClientId": self.client, "Username": self.name, "Password": PASSWORD, "UserAttributes": attributes}
        return self.idp.sign_up(**{**given, **more})

    def user(self, **attributes: str) -> None:
        """A confirmed user."""
        listed = [{"Name": name, "Value": value} for name, value in attributes.items()]
        who = {"UserPoolId": self.id, "Username": self.name}
        self.idp.admin_create_user(**who, MessageAction="SUPPRESS", UserAttributes=listed)
        self.idp.admin_set_user_password(**who, Password=PASSWORD, Permanent=True)

    def sign_in(self, password: str = PASSWORD, name: str = "") -> Any:
        parameters = {"USERNAME": name or self.name, "PASSWORD": password}
        return self.idp.initiate_auth(ClientId=self.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)

    def tokens(self) -> dict[str, Any]:
        return dict(self.sign_in()["AuthenticationResult"])

    def respond(self, challenge: Any, **responses: str) -> Any:
        given = {"USERNAME": self.name, **responses}
        session = {"Session": challenge["Session"]} if "Session" in challenge else {}
        return self.idp.respond_to_auth_challenge(
            ClientId=self.client, ChallengeName=challenge["ChallengeName"], ChallengeResponses=given, **session
        )


def make_pool(aws: Aws, client: dict[str, Any] | None = None, **settings: Any) -> Pool:
    idp = aws.client("cognito-idp")
    defaults = {"PoolName": "flows", "AutoVerifiedAttributes": ["email"]}
    pool = idp.create_user_pool(**{**defaults, **settings})["UserPool"]["Id"]
    flows = [f"ALLOW_{flow}" for flow in FLOWS]
    made = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="c", **{"ExplicitAuthFlows": flows, **(client or {})}
    )
    return Pool(idp, pool, made["UserPoolClient"]["ClientId"])


def refusal(call: Any, *arguments: Any, **named: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_tokens_verify_and_say_what_aws_says(aws: Aws, http: httpx.Client) -> None:
    """amazon-cognito-user-pools-using-the-id-token.html, -using-the-access-token.html, -verifying-a-jwt.html"""
    pool = make_pool(aws)
    pool.user(email=pool.email, email_verified="true", given_name="Ann")
    role = Functions(aws).role("staff")
    pool.idp.create_group(UserPoolId=pool.id, GroupName="staff", RoleArn=role, Precedence=1)
    pool.idp.admin_add_user_to_group(UserPoolId=pool.id, Username=pool.name, GroupName="staff")
    tokens = pool.tokens()
    keys = jwt.PyJWKSet.from_dict(http.get(f"/{pool.id}/.well-known/jwks.json").json())

    def said(token: str) -> dict[str, Any]:
        key = keys[jwt.get_unverified_header(token)["kid"]].key
        issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{pool.id}"
        return dict(jwt.decode(token, key, algorithms=["RS256"], issuer=issuer, options={"verify_aud": False}))

    identity, access = said(tokens["IdToken"]), said(tokens["AccessToken"])
    shared = {"sub", "iss", "token_use", "auth_time", "iat", "exp", "jti", "origin_jti", "event_id", "cognito:groups"}
    of_user = {"cognito:username", "cognito:roles", "cognito:preferred_role", "email", "email_verified", "given_name"}
    assert set(identity) == shared | of_user | {"aud"}
    assert set(access) == shared | {"client_id", "username", "scope"}
    assert (identity["email_verified"], identity["cognito:preferred_role"]) == (True, role)
    assert {tokens["ExpiresIn"], access["exp"] - access["iat"]} == {3600}


def test_srp_on_the_wire(aws: Aws) -> None:
    """amazon-cognito-user-pools-authentication-flow-methods.html; the clock of the client does not matter."""
    pool = make_pool(aws)
    pool.user()
    for password, timestamp in ((PASSWORD, "Wed Jan 1 00:00:00 UTC 2020"), (f"{PASSWORD}!", "")):
        client = SrpClient(pool.id, password)
        parameters = {"USERNAME": pool.name, "SRP_A": client.srp_a}
        asked = pool.idp.initiate_auth(ClientId=pool.client, AuthFlow="USER_SRP_AUTH", AuthParameters=parameters)
        if timestamp:
            answers = client.answers(asked["ChallengeParameters"], timestamp)
            assert pool.respond(asked, **answers)["AuthenticationResult"]["IdToken"]
        else:
            answers = client.answers(asked["ChallengeParameters"])
            assert refusal(pool.respond, asked, **answers) == (
                "NotAuthorizedException",
                "Incorrect username or password.",
            )


def test_the_password_policy(aws: Aws) -> None:
    """user-pool-settings-policies.html; API_SignUp.html, InvalidPasswordException"""
    pool = make_pool(aws)
    problems = {
        "Sh0rt!": "Password not long enough",
        "lower-case1": "Password must have uppercase characters",
        "UPPER-CASE1": "Password must have lowercase characters",
        "No-Digits": "Password must have numeric characters",
        "NoSymb0ls": "Password must have symbol characters",
    }
    for password, problem in problems.items():
        said = f"Password did not conform with policy: {problem}"
        assert refusal(pool.sign_up, Password=password) == ("InvalidPasswordException", said)


def test_passwords_that_were_used_before(aws: Aws) -> None:
    """API_PasswordPolicyType.html, PasswordHistorySize"""
    pool = make_pool(aws, Policies={"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2}})
    pool.user()
    token = pool.tokens()["AccessToken"]

    def change(before: str, after: str) -> None:
        pool.idp.change_password(AccessToken=token, PreviousPassword=before, ProposedPassword=after)

    assert refusal(change, PASSWORD, PASSWORD)[0] == "PasswordHistoryPolicyViolationException"
    change(PASSWORD, "Second-1!")
    assert refusal(change, "Second-1!", PASSWORD)[0] == "PasswordHistoryPolicyViolationException"
    change("Second-1!", "Third-01!")
    change("Third-01!", PASSWORD)


def test_an_authenticator(aws: Aws) -> None:
    """user-pool-settings-mfa-totp.html: set up at the first sign-in where the pool requires it."""
    pool = make_pool(aws)
    software = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
    pool.idp.set_user_pool_mfa_config(UserPoolId=pool.id, MfaConfiguration="ON", **software)
    pool.user()
    asked = pool.sign_in()
    assert asked["ChallengeName"] == "MFA_SETUP"
    given = pool.idp.associate_software_token(Session=asked["Session"])
    step = int(time.time() // 30)
    code = totp.code_at(given["SecretCode"], step)
    verified = pool.idp.verify_software_token(Session=given["Session"], UserCode=code)
    assert verified["Status"] == "SUCCESS"
    tokens = pool.respond({**asked, "Session": verified["Session"]})["AuthenticationResult"]
    shown = pool.idp.get_user(AccessToken=tokens["AccessToken"])
    assert shown["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
    asked = pool.sign_in()
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    # The step after the one that was used is good too: clocks drift.
    code = totp.code_at(given["SecretCode"], max(step + 1, int(time.time() // 30)))
    assert pool.respond(asked, SOFTWARE_TOKEN_MFA_CODE=code)["AuthenticationResult"]


def test_a_challenge_without_its_session(aws: Aws) -> None:
    """API_RespondToAuthChallenge.html: nobody gets tokens, or sets a password, by naming a user."""
    pool = make_pool(aws)
    pool.user()
    for challenge in ("NEW_PASSWORD_REQUIRED", "SOFTWARE_TOKEN_MFA", "MFA_SETUP", "SMS_MFA"):
        forged = {"ChallengeName": challenge, "Session": "x" * 64}
        assert refusal(pool.respond, forged, NEW_PASSWORD="Forged-1!") == (
            "NotAuthorizedException",
            "Invalid session for the user.",
        )
    assert pool.tokens()


def test_rotation_and_revocation(aws: Aws) -> None:
    """API_RefreshTokenRotationType.html, API_RevokeToken.html, API_GlobalSignOut.html"""
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    pool = make_pool(aws, {"RefreshTokenRotation": rotation})
    described = pool.idp.describe_user_pool_client(UserPoolId=pool.id, ClientId=pool.client)["UserPoolClient"]
    assert described["RefreshTokenRotation"] == rotation
    pool.user()
    first = pool.tokens()

    def renew(token: str) -> dict[str, Any]:
        answer = pool.idp.get_tokens_from_refresh_token(ClientId=pool.client, RefreshToken=token)
        return dict(answer["AuthenticationResult"])

    second = renew(first["RefreshToken"])
    assert refusal(renew, first["RefreshToken"])[0] == "RefreshTokenReuseException"
    pool.idp.revoke_token(ClientId=pool.client, Token=second["RefreshToken"])
    revoked = ("NotAuthorizedException", "Access Token has been revoked")
    for tokens in (first, second):
        assert refusal(pool.idp.get_user, AccessToken=tokens["AccessToken"]) == revoked
    third = pool.tokens()
    pool.idp.admin_user_global_sign_out(UserPoolId=pool.id, Username=pool.name)
    assert refusal(pool.idp.get_user, AccessToken=third["AccessToken"]) == revoked
    assert refusal(renew, third["RefreshToken"])[1] == "Refresh Token has been revoked"


def test_aliases_and_case(aws: Aws, mailbox: Mailbox) -> None:
    """user-pool-settings-attributes.html, "Customizing sign-in attributes"; API_UsernameConfigurationType.html"""
    pool = make_pool(
        aws,
        AliasAttributes=["email", "preferred_username"],
        UsernameConfiguration={"CaseSensitive": False},
    )
    name = pool.name
    pool.name = name.upper()
    pool.sign_up()
    code = mailbox.code(pool.email)
    pool.idp.confirm_sign_up(ClientId=pool.client, Username=pool.name, ConfirmationCode=code)
    assert pool.sign_in(name=name)["AuthenticationResult"]
    assert pool.sign_in(name=f"{name}@Example.com")["AuthenticationResult"]
    assert pool.idp.admin_get_user(UserPoolId=pool.id, Username=name.title())["Username"] == name
    assert refusal(pool.sign_up)[0] == "UsernameExistsException"
    assert refusal(pool.sign_up, Username="a@b.example")[1] == (
        "Username cannot be of email format, since user pool is configured for email alias."
    )


def test_attributes_come_and_go(aws: Aws) -> None:
    """API_AdminDeleteUserAttributes.html, API_AdminUpdateUserAttributes.html, API_AddCustomAttributes.html"""
    pool = make_pool(aws, Schema=[{"Name": "team", "AttributeDataType": "String", "Mutable": True}])
    pool.user(**{"custom:team": "red", "nickname": "Annie"})
    who = {"UserPoolId": pool.id, "Username": pool.name}
    pool.idp.admin_delete_user_attributes(**who, UserAttributeNames=["nickname"])
    token = pool.tokens()["AccessToken"]
    pool.idp.delete_user_attributes(AccessToken=token, UserAttributeNames=["custom:team"])
    for listed in (
        pool.idp.admin_get_user(**who)["UserAttributes"],
        pool.idp.get_user(AccessToken=token)["UserAttributes"],
        pool.idp.list_users(UserPoolId=pool.id)["Users"][0]["Attributes"],
    ):
        assert [one["Name"] for one in listed] == ["sub"]
    unknown = [{"Name": "custom:none", "Value": "x"}]
    assert (
        "Attribute does not exist in the schema"
        in (refusal(pool.idp.admin_update_user_attributes, **who, UserAttributes=unknown)[1])
    )


def test_what_is_not_supported_says_so(aws: Aws) -> None:
    """Devices, passkeys and choice-based sign-in are named, not pretended."""
    pool = make_pool(aws)
    pool.user()
    token = pool.tokens()["AccessToken"]
    for call in (pool.idp.list_devices, pool.idp.list_web_authn_credentials):
        code, message = refusal(call, AccessToken=token)
        assert (code, "is not supported" in message) == ("UnsupportedOperationException", True)
    parameters = {"USERNAME": pool.name, "PREFERRED_CHALLENGE": "EMAIL_OTP"}
    choice = {"ClientId": pool.client, "AuthFlow": "USER_AUTH", "AuthParameters": parameters}
    assert "EMAIL_OTP" in refusal(pool.idp.initiate_auth, **choice)[1]


EVERY_TRIGGER = """
import json
def handler(event, context):
    print("RAN " + json.dumps({"event": event["triggerSource"]}))
    source, request, response = event["triggerSource"], event["request"], event["response"]
    if source == "PreSignUp_SignUp":
        response["autoConfirmUser"] = response["autoVerifyEmail"] = True
    elif source.startswith("CustomMessage"):
        response["emailSubject"], response["emailMessage"] = "Yours", "Take {####}"
    elif source.startswith("TokenGeneration"):
        response["claimsAndScopeOverrideDetails"] = {
            "idTokenGeneration": {"claimsToAddOrOverride": {"tier": "gold"}},
            "accessTokenGeneration": {"scopesToAdd": ["orders/read"]}}
    elif source.startswith("UserMigration"):
        if request["password"] != "From-0utside!":
            raise Exception("Bad password")
        response["userAttributes"] = {"email": "old@example.com", "email_verified": "true"}
        response["finalUserStatus"], response["messageAction"] = "CONFIRMED", "SUPPRESS"
    elif source.startswith("Define"):
        done = bool(request["session"]) and request["session"][-1]["challengeResult"]
        response.update(issueTokens=done, failAuthentication=False, challengeName="CUSTOM_CHALLENGE")
    elif source.startswith("Create"):
        response.update(publicChallengeParameters={"say": "friend"}, privateChallengeParameters={"answer": "mellon"})
    elif source.startswith("Verify"):
        response["answerCorrect"] = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]
    return event
"""
TRIGGERS = (
    "PreSignUp",
    "PostConfirmation",
    "PreAuthentication",
    "PostAuthentication",
    "CustomMessage",
    "DefineAuthChallenge",
    "CreateAuthChallenge",
    "VerifyAuthChallengeResponse",
    "UserMigration",
)


def test_every_trigger(functions: Functions, aws: Aws, mailbox: Mailbox) -> None:
    """cognito-user-pools-working-with-lambda-triggers.html: one function for all, called through the runtime."""
    arn = functions.make("every", EVERY_TRIGGER)
    permission = {"Action": "lambda:InvokeFunction", "Principal": "cognito-idp.amazonaws.com"}
    functions.api.add_permission(FunctionName="every", StatementId="cognito", **permission)
    versioned = {"PreTokenGenerationConfig": {"LambdaArn": arn, "LambdaVersion": "V2_0"}}
    pool = make_pool(aws, LambdaConfig={**dict.fromkeys(TRIGGERS, arn), **versioned})
    assert pool.sign_up()["UserConfirmed"] is True
    tokens = pool.tokens()
    assert jwt.decode(tokens["IdToken"], options={"verify_signature": False})["tier"] == "gold"
    pool.idp.forgot_password(ClientId=pool.client, Username=pool.name)
    message = mailbox.wait_for(pool.email)
    assert (message["subject"], message["text"]) == ("Yours", f"Take {message['code']}")
    parameters = {"USERNAME": pool.name}
    asked = pool.idp.initiate_auth(ClientId=pool.client, AuthFlow="CUSTOM_AUTH", AuthParameters=parameters)
    assert asked["ChallengeParameters"]["say"] == "friend"
    assert pool.respond(asked, ANSWER="mellon")["AuthenticationResult"]
    assert refusal(pool.sign_in, name="old") == (
        "UserLambdaValidationException",
        "UserMigration failed with error Bad password.",
    )
    assert pool.sign_in("From-0utside!", "old")["AuthenticationResult"]
    around = ["PreAuthentication_Authentication", "PostAuthentication_Authentication", "TokenGeneration_Authentication"]
    custom = ["DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse", "DefineAuthChallenge"]
    expected = [
        *("PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp", *around, "CustomMessage_ForgotPassword"),
        around[0],
        *(f"{name}_Authentication" for name in custom),
        *(*around[1:], "UserMigration_Authentication", "UserMigration_Authentication", *around),
    ]
    wait_until(lambda: len(functions.runs("every")) >= len(expected), "all triggers")
    assert [run["event"] for run in functions.runs("every")] == expected


def test_a_link_that_confirms_goes_to_the_pools_domain(aws: Aws, cloud: Cloud, mailbox: Mailbox) -> None:
    """cognito-user-pool-settings-message-customizations.html, CONFIRM_WITH_LINK"""
    template = {"DefaultEmailOption": "CONFIRM_WITH_LINK", "EmailMessageByLink": "Please {##click here##}"}
    pool = make_pool(aws, VerificationMessageTemplate=template)
    domain = f"d{uuid.uuid4().hex[:12]}"
    pool.idp.create_user_pool_domain(UserPoolId=pool.id, Domain=domain)
    pool.sign_up()
    message = mailbox.wait_for(pool.email)
    query = f"client_id={pool.client}&user_name={pool.name}&confirmation_code={message['code']}"
    assert message["text"] == (
        f"Please click here (http://{domain}.auth.us-east-1.localhost:{cloud.port}/confirmUser?{query})"
    )


def test_nothing_secret_is_written_down(aws: Aws, cloud: Cloud, mailbox: Mailbox) -> None:
    """Issue 5: no log leaks a password, code, secret or token. The inbox alone shows codes; of passwords, codes and
    refresh tokens hashes are kept."""
    pool = make_pool(aws)
    password = f"Pw-1{uuid.uuid4().hex}"
    pool.sign_up(Password=password)
    code = mailbox.code(pool.email)
    pool.idp.confirm_sign_up(ClientId=pool.client, Username=pool.name, ConfirmationCode=code)
    refusal(pool.sign_in, f"{password}-wrong")
    tokens = pool.sign_in(password)["AuthenticationResult"]
    pool.idp.forgot_password(ClientId=pool.client, Username=pool.name)
    secret = pool.idp.associate_software_token(AccessToken=tokens["AccessToken"])["SecretCode"]
    hidden = [password, tokens["RefreshToken"], tokens["AccessToken"], tokens["IdToken"]]
    for path in [*cloud.home.glob("logs/*"), *cloud.home.glob("state/signin.sqlite*")]:
        kept = path.read_bytes()
        assert not [one for one in hidden if one.encode() in kept], path
        if path.parent.name == "logs":
            assert secret.encode() not in kept
            assert f"confirmation_code={code}".encode() not in kept
