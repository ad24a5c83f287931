"""Identity pools: who gets which identity and whose credentials. Sources are below https://docs.aws.amazon.com/."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import jwt
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.aws import Aws
from tests.support.cloud import Cloud
from tests.support.gateway_maker import ApiMaker
from tests.support.httpapi_maker import HttpApiMaker
from tests.support.identities import COGNITO, IdentityWorld
from tests.support.users import allow, signed

PRIVATE = f"private/${{{COGNITO}:sub}}"


@pytest.fixture
def world(aws: Aws) -> IdentityWorld:
    """A pool that takes guests and users, each kind with a role of its own."""
    world = IdentityWorld(aws)
    world.roles(
        authenticated=world.role("member", world.trust()),
        unauthenticated=world.role("guest", world.trust("unauthenticated")),
    )
    return world


def refusal(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**params)
    error = refused.value.response["Error"]
    return str(error["Code"]), str(error["Message"])


def test_a_guest_and_a_user_get_sessions_of_their_roles(world: IdentityWorld) -> None:
    """cognito/latest/developerguide/authentication-flow.html, the enhanced flow: GetId, then
    GetCredentialsForIdentity; the session is called CognitoIdentityCredentials."""
    world.user("ann")
    arn = f"arn:aws:sts::{world.account}:assumed-role/{{}}/CognitoIdentityCredentials"
    assert world.whoami(world.credentials()) == arn.format("guest")
    assert world.whoami(world.credentials(world.logins("ann"))) == arn.format("member")


def test_a_user_keeps_an_identity_and_guests_are_each_their_own(world: IdentityWorld) -> None:
    """cognitoidentity/latest/APIReference/API_GetId.html: "Generates (or retrieves)"."""
    world.user("ann")
    world.user("bob")
    ann = world.identity_of(world.logins("ann"))
    assert ann == world.identity_of(world.logins("ann")) != world.identity_of(world.logins("bob"))
    assert world.identity_of() != world.identity_of()
    assert ann.startswith("us-east-1:")


def test_a_guest_who_signs_in_keeps_the_identity(world: IdentityWorld) -> None:
    """cognito/latest/developerguide/switching-identities.html: a guest that logs in keeps its identity; one that turns
    out to be somebody known gets that one's, and the guest's is disabled."""
    world.user("ann")
    guest = world.identity_of()
    answer = world.public.get_credentials_for_identity(IdentityId=guest, Logins=world.logins("ann"))
    assert answer["IdentityId"] == guest == world.identity_of(world.logins("ann"))
    second = world.identity_of()
    answer = world.public.get_credentials_for_identity(IdentityId=second, Logins=world.logins("ann"))
    assert answer["IdentityId"] == guest
    assert world.identity.describe_identity(IdentityId=second)["Logins"] == ["DISABLED", "us-east-1"]
    listed = world.identity.list_identities(IdentityPoolId=world.pool, MaxResults=60, HideDisabled=True)
    assert second not in [one["IdentityId"] for one in listed["Identities"]]


def test_the_identity_in_a_policy_gives_everybody_a_folder(world: IdentityWorld) -> None:
    """cognito/latest/developerguide/iam-roles.html, example 2: read and write in a folder of one's own, list it."""
    bucket = f"files-{world.account}"
    world.aws.client("s3").create_bucket(Bucket=bucket)
    world.role(
        "owner",
        world.trust(),
        allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{bucket}/{PRIVATE}/*"),
        allow("s3:ListBucket", f"arn:aws:s3:::{bucket}", Condition={"StringLike": {"s3:prefix": f"{PRIVATE}/*"}}),
    )
    world.roles(authenticated=f"arn:aws:iam::{world.account}:role/owner")
    world.user("ann")
    world.user("bob")
    ann, bob = world.identity_of(world.logins("ann")), world.identity_of(world.logins("bob"))
    with world.acting(world.credentials(world.logins("ann"))) as aws:
        s3 = aws.client("s3")
        s3.put_object(Bucket=bucket, Key=f"private/{ann}/note", Body=b"mine")
        assert s3.get_object(Bucket=bucket, Key=f"private/{ann}/note")["Body"].read() == b"mine"
        listed = s3.list_objects_v2(Bucket=bucket, Prefix=f"private/{ann}/")
        assert [one["Key"] for one in listed["Contents"]] == [f"private/{ann}/note"]
        for call, params in (
            (s3.put_object, {"Key": f"private/{bob}/note", "Body": b"theirs"}),
            (s3.get_object, {"Key": f"private/{bob}/note"}),
            (s3.list_objects_v2, {"Prefix": f"private/{bob}/"}),
            (s3.list_objects_v2, {}),
        ):
            code, message = refusal(call, Bucket=bucket, **params)
            assert code == "AccessDenied" and "assumed-role/owner/CognitoIdentityCredentials is not" in message


def test_audience_and_methods_stay_with_the_session(world: IdentityWorld) -> None:
    """IAM/latest/UserGuide/reference_policies_iam-condition-keys.html, "Available keys for AWS OIDC federation"."""
    condition = {
        "StringEquals": {f"{COGNITO}:aud": world.pool},
        "ForAnyValue:StringLike": {f"{COGNITO}:amr": f"{world.provider}:CognitoSignIn:*"},
    }
    world.role("member2", world.trust(), allow("sqs:ListQueues", "*", Condition=condition))
    world.roles(
        authenticated=f"arn:aws:iam::{world.account}:role/member2",
        unauthenticated=world.role(
            "guest2",
            world.trust("unauthenticated"),
            allow("sqs:ListQueues", "*", Condition=condition),
        ),
    )
    world.user("ann")
    with world.acting(world.credentials(world.logins("ann"))) as aws:
        aws.client("sqs").list_queues()
    with world.acting(world.credentials()) as aws:
        assert refusal(aws.client("sqs").list_queues)[0] in ("AccessDenied", "AccessDeniedException")


def test_guests_may_use_few_services_whatever_their_role_says(world: IdentityWorld) -> None:
    """cognito/latest/developerguide/iam-roles.html: a scope-down policy for unauthenticated users of the enhanced
    flow. S3 is among its services, IAM is not."""
    world.roles(unauthenticated=world.role("mighty", world.trust("unauthenticated"), allow("*", "*")))
    with world.acting(world.credentials()) as aws:
        aws.client("s3").list_buckets()
        code, message = refusal(aws.client("iam").list_roles)
    assert code == "AccessDenied" and "because no session policy allows the iam:ListRoles action" in message


def test_a_pool_without_guests_takes_none(aws: Aws) -> None:
    """The wording: github.com/aws-amplify/amplify-js/issues/1089."""
    world = IdentityWorld(aws, AllowUnauthenticatedIdentities=False)
    assert refusal(world.public.get_id, IdentityPoolId=world.pool) == (
        "NotAuthorizedException",
        "Unauthenticated access is not supported for this identity pool.",
    )


def test_a_role_that_does_not_trust_the_pool_gives_nothing(world: IdentityWorld) -> None:
    """The wording: github.com/amazon-archives/amazon-cognito-auth-js/issues/196. Wrong audience, wrong kind of
    identity, no role at all."""
    world.user("ann")
    other = world.trust()
    other["Condition"]["StringEquals"] = {f"{COGNITO}:aud": "us-east-1:00000000-0000-0000-0000-000000000000"}
    roles = [world.role("strange", other), world.role("only-guests", world.trust("unauthenticated")), ""]
    for role in roles:
        world.roles(**({"authenticated": role} if role else {}))
        code, message = refusal(world.credentials, logins=world.logins("ann"))
        assert code == "InvalidIdentityPoolConfigurationException"
        assert message == "Invalid identity pool configuration. Check assigned IAM roles for this pool."


def test_others_identities_are_out_of_reach(world: IdentityWorld) -> None:
    """cognitoidentity/latest/APIReference/API_GetCredentialsForIdentity.html, NotAuthorizedException."""
    world.user("ann")
    world.user("bob")
    ann = world.identity_of(world.logins("ann"))
    call = world.public.get_credentials_for_identity
    assert refusal(call, IdentityId=ann)[1] == f"Access to Identity '{ann}' is forbidden."
    assert refusal(call, IdentityId=ann, Logins=world.logins("bob"))[1].startswith("Logins don't match.")
    nobody = "us-east-1:11111111-2222-3333-4444-555555555555"
    assert refusal(call, IdentityId=nobody) == ("ResourceNotFoundException", f"Identity '{nobody}' not found.")
    assert refusal(world.public.get_id, IdentityPoolId=nobody)[1] == f"IdentityPool '{nobody}' not found."


# --- Tokens that must not open the door ----------------------------------------------------------------------


def _forged(token: str, **changed: Any) -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    claims = jwt.decode(token, options={"verify_signature": False})
    return jwt.encode({**claims, **changed}, key, "RS256", {"kid": jwt.get_unverified_header(token)["kid"]})


def _unsigned(token: str) -> str:
    head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    return f"{head}.{token.split('.')[1]}."


def test_logins_are_verified(world: IdentityWorld) -> None:
    """cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-verifying-a-jwt.html: signature, issuer,
    audience; access tokens have no audience."""
    world.user("ann")
    other = world.new_client()
    tokens, strange = world.tokens("ann"), world.tokens("ann", other)["IdToken"]
    invalid = "Invalid login token. "
    for token, message in (
        (_forged(tokens["IdToken"]), f"{invalid}Token signature invalid."),
        (_unsigned(tokens["IdToken"]), f"{invalid}Token signature invalid."),
        (_forged(tokens["IdToken"], iss="https://example.com"), f"{invalid}Issuer doesn't match providerName"),
        (tokens["AccessToken"], f"{invalid}Missing a required claim: aud"),
        (strange, "Token is not from a supported provider of this identity pool."),
        ("nonsense", f"{invalid}Not a valid OpenId Connect identity token."),
    ):
        logins = {world.provider: token}
        refused = refusal(world.public.get_id, IdentityPoolId=world.pool, Logins=logins)
        assert refused == ("NotAuthorizedException", message)
    elsewhere = {"cognito-idp.us-east-1.amazonaws.com/us-east-1_other": tokens["IdToken"]}
    assert refusal(world.public.get_id, IdentityPoolId=world.pool, Logins=elsewhere)[1].startswith("Token is not from")


def test_the_server_side_check_asks_the_user_pool(aws: Aws) -> None:
    """cognitoidentity/latest/APIReference/API_CognitoIdentityProvider.html: ServerSideTokenCheck refuses the tokens of
    users who were disabled, signed out or deleted."""
    world = IdentityWorld(aws, ServerSideTokenCheck=True)
    world.user("ann")
    logins = world.logins("ann")
    world.identity_of(logins)
    of_user = {"UserPoolId": world.user_pool, "Username": "ann"}
    world.cognito.admin_disable_user(**of_user)
    assert refusal(world.identity_of, logins=logins)[0] == "NotAuthorizedException"
    world.cognito.admin_enable_user(**of_user)
    logins = world.logins("ann")
    world.identity_of(logins)
    world.cognito.admin_user_global_sign_out(**of_user)
    assert refusal(world.identity_of, logins=logins)[0] == "NotAuthorizedException"
    logins = world.logins("ann")
    world.identity_of(logins)
    world.cognito.admin_delete_user(**of_user)
    assert refusal(world.identity_of, logins=logins)[0] == "NotAuthorizedException"


# --- Administration --------------------------------------------------------------------------------------------


def test_identities_are_described_listed_unlinked_and_deleted(world: IdentityWorld) -> None:
    """cognitoidentity/latest/APIReference/API_ListIdentities.html, API_UnlinkIdentity.html and
    API_DeleteIdentities.html."""
    world.user("ann")
    logins = world.logins("ann")
    ann, guests = world.identity_of(logins), {world.identity_of() for _ in range(3)}
    assert world.identity.describe_identity(IdentityId=ann)["Logins"] == [world.provider]
    seen: list[str] = []
    token: dict[str, str] = {}
    while True:
        page = world.identity.list_identities(IdentityPoolId=world.pool, MaxResults=3, **token)
        seen += [one["IdentityId"] for one in page["Identities"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert sorted(seen) == sorted({ann, *guests})
    world.public.unlink_identity(IdentityId=ann, Logins=logins, LoginsToRemove=[world.provider])
    assert "Logins" not in world.identity.describe_identity(IdentityId=ann)
    assert world.identity_of(logins) != ann
    assert world.identity.delete_identities(IdentityIdsToDelete=[ann])["UnprocessedIdentityIds"] == []
    assert refusal(world.identity.describe_identity, IdentityId=ann)[0] == "ResourceNotFoundException"


def test_nobody_administers_identities_without_a_signature(world: IdentityWorld) -> None:
    """Only GetId, GetCredentialsForIdentity, GetOpenIdToken and UnlinkIdentity are public
    (cognitoidentity/latest/APIReference/Welcome.html)."""
    identity = world.identity_of()
    refused = refusal(world.public.list_identities, IdentityPoolId=world.pool, MaxResults=1)
    assert refused[0] in ("MissingAuthenticationTokenException", "MissingAuthenticationToken", "AccessDeniedException")
    assert refusal(world.public.describe_identity, IdentityId=identity)[0] == refused[0]


# --- Developers' own users ---------------------------------------------------------------------------------------


def test_developers_vouch_for_their_own_users(aws: Aws) -> None:
    """cognito/latest/developerguide/developer-authenticated-identities.html: the server gets the token, the client
    shows it as a login of cognito-identity.amazonaws.com."""
    world = IdentityWorld(aws, DeveloperProviderName="login.example")
    world.roles(authenticated=world.role("member", world.trust()))
    made = world.identity.get_open_id_token_for_developer_identity(
        IdentityPoolId=world.pool, Logins={"login.example": "carl"}, TokenDuration=60
    )
    assert jwt.decode(made["Token"], options={"verify_signature": False})["sub"] == made["IdentityId"]
    logins = {COGNITO: made["Token"]}
    answer = world.public.get_credentials_for_identity(IdentityId=made["IdentityId"], Logins=logins)
    assert answer["IdentityId"] == made["IdentityId"]
    found = world.identity.lookup_developer_identity(IdentityPoolId=world.pool, DeveloperUserIdentifier="carl")
    assert (found["IdentityId"], found["DeveloperUserIdentifierList"]) == (made["IdentityId"], ["carl"])
    again = world.identity.get_open_id_token_for_developer_identity(
        IdentityPoolId=world.pool, Logins={"login.example": "dora"}
    )
    merged = world.identity.merge_developer_identities(
        IdentityPoolId=world.pool,
        DeveloperProviderName="login.example",
        SourceUserIdentifier="dora",
        DestinationUserIdentifier="carl",
    )
    assert merged["IdentityId"] == made["IdentityId"] != again["IdentityId"]
    assert refusal(
        world.public.get_credentials_for_identity, IdentityId=again["IdentityId"], Logins={COGNITO: again["Token"]}
    )[1].startswith("Logins don't match.")


def test_credentials_last_an_hour(world: IdentityWorld) -> None:
    """cognito/latest/developerguide/role-trust-and-permissions.html: "By default, … one hour"."""
    left = world.credentials()["Expiration"].timestamp() - time.time()
    assert 3000 < left <= 3601


def test_a_pool_that_is_gone_takes_its_identities_along(world: IdentityWorld) -> None:
    """cognitoidentity/latest/APIReference/API_DeleteIdentityPool.html: "users will not be able to authenticate with the
    pool"."""
    guest = world.identity_of()
    world.identity.delete_identity_pool(IdentityPoolId=world.pool)
    for call in (world.public.get_credentials_for_identity, world.identity.describe_identity):
        assert refusal(call, IdentityId=guest)[0] == "ResourceNotFoundException"
    assert refusal(world.public.get_id, IdentityPoolId=world.pool)[0] == "ResourceNotFoundException"


def test_the_record_of_decisions_says_why_a_role_was_refused(world: IdentityWorld, cloud: Cloud) -> None:
    """The caller is told no reason (the wording above); the cloud's own record names the role and what is missing."""
    world.roles(unauthenticated=world.role("members-only", world.trust()))
    refusal(world.credentials)
    asked = {"resource": f"arn:aws:iam::{world.account}:role/members-only", "denied": "true"}
    (recorded,) = cloud.control("/iam/decisions", params=asked).json()["decisions"]
    assert recorded["action"] == "sts:AssumeRoleWithWebIdentity"


def test_api_gateway_tells_whose_identity_called(world: IdentityWorld, cloud: Cloud) -> None:
    """apigateway/latest/developerguide/api-gateway-mapping-template-reference.html, `$context.identity.cognito…`: set
    when the request was signed with credentials of an identity pool."""
    shown = ("cognitoIdentityId", "cognitoIdentityPoolId", "cognitoAuthenticationType", "cognitoAuthenticationProvider")
    template = json.dumps({name: f"$context.identity.{name}" for name in shown})
    api = ApiMaker(cloud, world.aws, "identities")
    api.method("GET", "/whoami", answer=template, authorizationType="AWS_IAM")
    api.deploy()
    invoke = allow("execute-api:Invoke", f"arn:aws:execute-api:us-east-1:{world.account}:{api.api}/*")
    world.roles(authenticated=world.role("caller", world.trust(), invoke))
    world.user("ann")
    logins = world.logins("ann")
    headers = signed(world.credentials(logins), cloud.api_url(api.api, "prod", "/whoami"), "execute-api")
    sub = jwt.decode(logins[world.provider], options={"verify_signature": False})["sub"]
    provider = f"{world.provider},{world.provider}:CognitoSignIn:{sub}"
    assert api.call("GET", "/whoami", headers=headers).json() == {
        "cognitoIdentityId": world.identity_of(logins),
        "cognitoIdentityPoolId": world.pool,
        "cognitoAuthenticationType": "authenticated",
        "cognitoAuthenticationProvider": provider,
    }
    # HTTP APIs, whose events name it as https://github.com/aws/aws-lambda-go, events/apigw.go does.
    http = HttpApiMaker(cloud, world.aws, "identities")
    http.route("GET /whoami", http.integration(http.function("echo")), AuthorizationType="AWS_IAM")
    invoke = allow("execute-api:Invoke", f"arn:aws:execute-api:us-east-1:{world.account}:{http.api}/*")
    world.roles(authenticated=world.role("http-caller", world.trust(), invoke))
    headers = signed(world.credentials(logins), http.url("/whoami"), "execute-api")
    event = http.call("GET", "/whoami", headers=headers).json()
    assert event["requestContext"]["authorizer"]["iam"]["cognitoIdentity"] == {
        "amr": ["authenticated", *provider.split(",")],
        "identityId": world.identity_of(logins),
        "identityPoolId": world.pool,
    }


@pytest.mark.unsupported("logins of Facebook, Google, Amazon, Apple, Twitter and SAML in identity pools")
def test_logins_that_only_their_provider_can_verify_are_refused_by_name(aws: Aws) -> None:
    """cognito/latest/developerguide/external-identity-providers.html"""
    world = IdentityWorld(aws, SupportedLoginProviders={"graph.facebook.com": "7346241598935555"})
    code, message = refusal(world.public.get_id, IdentityPoolId=world.pool, Logins={"graph.facebook.com": "token"})
    assert code == "NotAuthorizedException" and "graph.facebook.com" in message
    code, message = refusal(world.public.get_id, IdentityPoolId=world.pool, Logins={"www.amazon.com": "token"})
    assert message == "Token is not from a supported provider of this identity pool."
