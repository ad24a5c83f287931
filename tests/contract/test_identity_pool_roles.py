"""Which role an identity gets, with which tags, and the basic flow by STS. Sources are below
https://docs.aws.amazon.com/."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws
from tests.support.identities import COGNITO, IdentityWorld
from tests.support.users import allow, document


@pytest.fixture
def world(aws: Aws) -> IdentityWorld:
    """A pool with a default role, and two more that mappings may choose."""
    world = IdentityWorld(aws, AllowClassicFlow=True)
    for name in ("default", "admin", "reader"):
        world.role(name, world.trust())
    world.roles(authenticated=arn(world, "default"))
    return world


def arn(world: IdentityWorld, role: str) -> str:
    return f"arn:aws:iam::{world.account}:role/{role}"


def role_of(world: IdentityWorld, name: str, **more: str) -> str:
    """The role that a user's credentials are of, or the error's code."""
    try:
        keys = world.credentials(world.logins(name), **more)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return world.whoami(keys).split("/")[1]


def key_of(world: IdentityWorld) -> str:
    return f"{world.provider}:{world.client}"


def by_rules(world: IdentityWorld, *rules: tuple[str, str, str, str], otherwise: str = "AuthenticatedRole") -> None:
    """Rules as (claim, match type, value, role)."""
    made = [
        {"Claim": claim, "MatchType": match, "Value": value, "RoleARN": arn(world, role)}
        for claim, match, value, role in rules
    ]
    mapping = {"Type": "Rules", "AmbiguousRoleResolution": otherwise, "RulesConfiguration": {"Rules": made}}
    world.roles({key_of(world): mapping}, authenticated=arn(world, "default"))


def test_rules_choose_the_role(world: IdentityWorld) -> None:
    """cognito/latest/developerguide/role-based-access-control.html, "Using rule-based mapping": the first rule that
    matches; CustomRoleArn overrides the order; without a match the default role, or a denial."""
    world.user("ann", email="ann@admins.example.com")
    world.user("bob", email="bob@example.com", email_verified="true")
    by_rules(world, ("email", "Contains", "@admins.", "admin"), ("email", "StartsWith", "ann", "reader"))
    assert role_of(world, "ann") == "admin"
    assert role_of(world, "ann", CustomRoleArn=arn(world, "reader")) == "reader"
    assert role_of(world, "ann", CustomRoleArn=arn(world, "default")) == "NotAuthorizedException"
    assert role_of(world, "bob") == "default"
    by_rules(world, ("email", "Equals", "bob@example.com", "reader"), otherwise="Deny")
    assert role_of(world, "bob") == "reader"
    assert role_of(world, "ann") == "NotAuthorizedException"
    by_rules(
        world, ("email", "NotEqual", "ann@admins.example.com", "reader"), ("phone_number", "NotEqual", "1", "admin")
    )
    assert (role_of(world, "bob"), role_of(world, "ann")) == ("reader", "default")


def test_groups_choose_the_rule(world: IdentityWorld) -> None:
    """The same page: ``cognito:groups`` may be a rule's claim."""
    world.cognito.create_group(UserPoolId=world.user_pool, GroupName="admins")
    world.user("ann", groups=("admins",))
    by_rules(world, ("cognito:groups", "Contains", "admins", "admin"))
    assert role_of(world, "ann") == "admin"


def test_the_roles_of_groups_come_in_the_token(world: IdentityWorld) -> None:
    """The same page, "Using tokens to assign roles": the preferred role is that of the group of the best precedence;
    with equals the mapping says what happens; CustomRoleArn takes one of the token's roles."""
    for name, role, precedence in (("admins", "admin", 1), ("readers", "reader", 2), ("others", "reader", 1)):
        world.cognito.create_group(
            UserPoolId=world.user_pool, GroupName=name, RoleArn=arn(world, role), Precedence=precedence
        )
    world.user("ann", groups=("admins", "readers"))
    world.user("bob", groups=("admins", "others"))
    world.user("eve")
    for otherwise, unclear in (("AuthenticatedRole", "default"), ("Deny", "NotAuthorizedException")):
        mapping = {"Type": "Token", "AmbiguousRoleResolution": otherwise}
        world.roles({key_of(world): mapping}, authenticated=arn(world, "default"))
        assert role_of(world, "ann") == "admin"
        assert role_of(world, "ann", CustomRoleArn=arn(world, "reader")) == "reader"
        assert [role_of(world, name) for name in ("bob", "eve")] == [unclear, unclear]


def test_a_default_role_serves_who_has_no_mapping(world: IdentityWorld) -> None:
    """cognitoidentity/latest/APIReference/API_SetIdentityPoolRoles.html; without a mapping there is no custom role."""
    world.user("ann")
    assert role_of(world, "ann") == "default"
    assert role_of(world, "ann", CustomRoleArn=arn(world, "admin")) == "NotAuthorizedException"


def test_claims_become_tags_of_the_session(world: IdentityWorld) -> None:
    """cognito/latest/developerguide/using-afac-with-cognito-identity-pools.html: claims are mapped to principal tags,
    which policies ask for; the role's trust policy has to allow sts:TagSession."""
    tagged = {"StringEquals": {"aws:PrincipalTag/team": "blue"}}
    permitted = allow("sqs:ListQueues", "*", Condition=tagged)
    world.roles(authenticated=world.role("team", world.trust(), permitted))
    mapping = {"IdentityPoolId": world.pool, "IdentityProviderName": world.provider}
    world.identity.set_principal_tag_attribute_map(**mapping, PrincipalTags={"team": "nickname"})
    for name, team in (("ann", "blue"), ("bob", "red")):
        world.user(name, nickname=team)
        with world.acting(world.credentials(world.logins(name))) as aws:
            if team == "blue":
                aws.client("sqs").list_queues()
                continue
            with pytest.raises(ClientError, match="not authorized to perform: sqs:"):
                aws.client("sqs").list_queues()
    only_assume = {**world.trust(), "Action": "sts:AssumeRoleWithWebIdentity"}
    world.roles(authenticated=world.role("untagged", only_assume))
    assert role_of(world, "ann") == "InvalidIdentityPoolConfigurationException"


def test_the_default_tags_are_the_user_and_the_client(world: IdentityWorld) -> None:
    """cognitoidentity/latest/APIReference/API_SetPrincipalTagAttributeMap.html, UseDefaults: username and client."""
    world.user("ann")
    sub = jwt.decode(world.tokens("ann")["IdToken"], options={"verify_signature": False})["sub"]
    tags = {"aws:PrincipalTag/username": sub, "aws:PrincipalTag/client": world.client}
    permitted = allow("sqs:ListQueues", "*", Condition={"StringEquals": tags})
    world.roles(authenticated=world.role("tagged", world.trust(), permitted))
    world.identity.set_principal_tag_attribute_map(
        IdentityPoolId=world.pool, IdentityProviderName=world.provider, UseDefaults=True
    )
    with world.acting(world.credentials(world.logins("ann"))) as aws:
        aws.client("sqs").list_queues()


# --- The basic flow, and STS -------------------------------------------------------------------------------------


def assumed(world: IdentityWorld, token: str, role: str, **more: Any) -> dict[str, Any]:
    return dict(
        world.sts.assume_role_with_web_identity(
            RoleArn=arn(world, role), RoleSessionName="app", WebIdentityToken=token, **more
        )
    )


def test_the_basic_flow_goes_by_sts(world: IdentityWorld) -> None:
    """cognito/latest/developerguide/authentication-flow.html, the basic flow: GetId, GetOpenIdToken,
    AssumeRoleWithWebIdentity; here the scope-down policy for guests does not apply."""
    world.user("ann")
    logins = world.logins("ann")
    token = world.public.get_open_id_token(IdentityId=world.identity_of(logins), Logins=logins)["Token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["iss"], claims["aud"], claims["sub"]) == (
        f"https://{COGNITO}",
        world.pool,
        world.identity_of(logins),
    )
    assert claims["amr"][:2] == ["authenticated", world.provider]
    answer = assumed(world, token, "admin")
    assert answer["SubjectFromWebIdentityToken"] == claims["sub"] and answer["Provider"] == COGNITO
    assert answer["Audience"] == world.pool
    assert world.whoami(answer["Credentials"]).endswith("assumed-role/admin/app")
    world.role("guest", world.trust("unauthenticated"), allow("iam:ListRoles", "*"))
    guest = world.public.get_open_id_token(IdentityId=world.identity_of())["Token"]
    with world.acting(assumed(world, guest, "guest")["Credentials"]) as aws:
        aws.client("iam").list_roles()
    with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        assumed(world, guest, "admin")
    with pytest.raises(ClientError, match="Not authorized to perform sts:AssumeRoleWithWebIdentity"):
        assumed(world, guest, "no-such-role")


def test_the_basic_flow_is_off_unless_the_pool_allows_it(world: IdentityWorld) -> None:
    """The wordings: github.com/aws/aws-cli/issues/7652 and github.com/aws-observability/aws-rum-web/issues/172."""
    world.user("ann")
    by_rules(world, ("email", "Equals", "x", "admin"))
    identity = world.identity_of()
    with pytest.raises(ClientError, match="is not supported with RoleMappings, please use enhanced flow"):
        world.public.get_open_id_token(IdentityId=identity)
    world.identity.update_identity_pool(
        IdentityPoolId=world.pool, IdentityPoolName="p", AllowUnauthenticatedIdentities=True, AllowClassicFlow=False
    )
    with pytest.raises(ClientError, match="flow is not enabled, please use enhanced flow"):
        world.public.get_open_id_token(IdentityId=identity)


def test_a_user_pool_is_a_plain_provider_too(world: IdentityWorld) -> None:
    """IAM/latest/UserGuide/id_roles_providers_create_oidc.html and STS/latest/APIReference/
    API_AssumeRoleWithWebIdentity.html: the account's provider, its clients, the trust policy's conditions."""
    provider = f"arn:aws:iam::{world.account}:oidc-provider/{world.provider}"
    trust = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{world.provider}:aud": world.client}},
    }
    mine = {"StringLike": {f"{world.provider}:sub": "*-*"}}
    world.role("direct", trust, allow("sqs:ListQueues", "*", Condition=mine))
    world.user("ann")
    token = world.tokens("ann")["IdToken"]
    with pytest.raises(ClientError, match="No OpenIDConnect provider found in your account for https://cognito-idp"):
        assumed(world, token, "direct")
    world.aws.client("iam").create_open_id_connect_provider(
        Url=f"https://{world.provider}", ClientIDList=[world.client], ThumbprintList=["0" * 40]
    )
    answer = assumed(world, token, "direct")
    assert answer["Provider"] == provider and answer["Audience"] == world.client
    with world.acting(answer["Credentials"]) as aws:
        aws.client("sqs").list_queues()
    other = world.tokens("ann", world.new_client())["IdToken"]
    with pytest.raises(ClientError, match="Incorrect token audience"):
        assumed(world, other, "direct")


def test_sts_verifies_what_it_is_given(world: IdentityWorld) -> None:
    """STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html, InvalidIdentityToken, ValidationError."""
    token = world.public.get_open_id_token(IdentityId=world.identity_of())["Token"]
    head, body, signature = token.split(".")
    for bad in ("nonsense", f"{head}.{body}.", f"{head}.{body}.{signature[::-1]}"):
        with pytest.raises(ClientError) as refused:
            assumed(world, bad, "default")
        assert refused.value.response["Error"]["Code"] == "InvalidIdentityToken"
    with pytest.raises(ClientError, match="value between 900 and 43200"):
        assumed(world, token, "default", DurationSeconds=901_000)


def test_a_session_policy_narrows_the_session(world: IdentityWorld) -> None:
    """IAM/latest/UserGuide/access_policies.html, "Session policies"."""
    world.role("wide", world.trust("unauthenticated"), allow("*", "*"))
    token = world.public.get_open_id_token(IdentityId=world.identity_of())["Token"]
    narrow = document(allow("sqs:*", "*"))
    with world.acting(assumed(world, token, "wide", Policy=narrow)["Credentials"]) as aws:
        aws.client("sqs").list_queues()
        with pytest.raises(ClientError, match="no session policy allows"):
            aws.client("iam").list_roles()


# --- CloudFormation ----------------------------------------------------------------------------------------------

TEMPLATE = {
    "Resources": {
        "People": {"Type": "AWS::Cognito::UserPool"},
        "Web": {
            "Type": "AWS::Cognito::UserPoolClient",
            "Properties": {"UserPoolId": {"Ref": "People"}, "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]},
        },
        "Pool": {
            "Type": "AWS::Cognito::IdentityPool",
            "Properties": {
                "AllowUnauthenticatedIdentities": False,
                "CognitoIdentityProviders": [
                    {"ClientId": {"Ref": "Web"}, "ProviderName": {"Fn::GetAtt": ["People", "ProviderName"]}}
                ],
            },
        },
        "Member": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": {
                        "Effect": "Allow",
                        "Principal": {"Federated": COGNITO},
                        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
                        "Condition": {"StringEquals": {f"{COGNITO}:aud": {"Ref": "Pool"}}},
                    },
                }
            },
        },
        "Roles": {
            "Type": "AWS::Cognito::IdentityPoolRoleAttachment",
            "Properties": {
                "IdentityPoolId": {"Ref": "Pool"},
                "RoleMappings": {
                    "people": {
                        "IdentityProvider": {"Fn::Sub": "${People.ProviderName}:${Web}"},
                        "Type": "Rules",
                        "AmbiguousRoleResolution": "Deny",
                        "RulesConfiguration": {
                            "Rules": [
                                {
                                    "Claim": "email",
                                    "MatchType": "Contains",
                                    "Value": "@",
                                    "RoleARN": {"Fn::GetAtt": ["Member", "Arn"]},
                                }
                            ]
                        },
                    }
                },
            },
        },
        "Tags": {
            "Type": "AWS::Cognito::IdentityPoolPrincipalTag",
            "Properties": {
                "IdentityPoolId": {"Ref": "Pool"},
                "IdentityProviderName": {"Fn::GetAtt": ["People", "ProviderName"]},
                "UseDefaults": True,
            },
        },
    },
    "Outputs": {
        "Pool": {"Value": {"Ref": "Pool"}},
        "People": {"Value": {"Ref": "People"}},
        "Web": {"Value": {"Ref": "Web"}},
        "Role": {"Value": {"Fn::GetAtt": ["Member", "Arn"]}},
    },
}


def test_stacks_make_pools_with_roles_and_tags(aws: Aws) -> None:
    """AWSCloudFormation/latest/TemplateReference: AWS::Cognito::IdentityPool, …IdentityPoolRoleAttachment, whose
    mappings name their provider within, and …IdentityPoolPrincipalTag."""
    stacks = aws.client("cloudformation")
    stacks.create_stack(StackName="pools", TemplateBody=json.dumps(TEMPLATE), Capabilities=["CAPABILITY_IAM"])
    stacks.get_waiter("stack_create_complete").wait(StackName="pools", WaiterConfig={"Delay": 0.2, "MaxAttempts": 200})
    found = stacks.describe_stacks(StackName="pools")["Stacks"][0]["Outputs"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in found}
    world = IdentityWorld.of_stack(aws, outputs["People"], outputs["Web"], outputs["Pool"])
    world.user("ann", email="ann@example.com")
    assert world.whoami(world.credentials(world.logins("ann"))).split("/")[1] == outputs["Role"].rpartition("/")[2]
    roles = world.identity.get_identity_pool_roles(IdentityPoolId=world.pool)
    assert list(roles["RoleMappings"]) == [f"{world.provider}:{world.client}"]
    tags = world.identity.get_principal_tag_attribute_map(
        IdentityPoolId=world.pool, IdentityProviderName=world.provider
    )
    assert tags["UseDefaults"] is True
