"""Which role a token or a rule chooses, and which tags its claims make.

Source: docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html and
…/attributes-for-access-control.html
"""

from __future__ import annotations

import pytest

from groundcloud.errors import AwsError
from groundcloud.signin.identity.mappings import check
from groundcloud.signin.identity.roles import role_of
from groundcloud.signin.identity.tags import principal_tags

TOKEN = {"Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole"}
DENYING = {"Type": "Token", "AmbiguousRoleResolution": "Deny"}


@pytest.mark.parametrize(
    ("mapping", "claims", "custom", "role"),
    [
        (TOKEN, {"cognito:preferred_role": "a", "cognito:roles": ["b", "a"]}, "", "a"),
        (TOKEN, {"cognito:preferred_role": "a", "cognito:roles": ["b", "a"]}, "b", "b"),
        (TOKEN, {"cognito:roles": ["b"]}, "", "b"),
        (TOKEN, {"cognito:roles": ["b", "c"]}, "", "default"),
        (TOKEN, {}, "", "default"),
        (None, {"cognito:preferred_role": "a"}, "", "default"),
    ],
)
def test_the_token_chooses(mapping, claims, custom, role):
    assert role_of(mapping, claims, custom, "default") == role


@pytest.mark.parametrize(
    ("mapping", "claims", "custom", "default", "code"),
    [
        (DENYING, {"cognito:roles": ["b", "c"]}, "", "default", "NotAuthorizedException"),
        (DENYING, {}, "", "default", "NotAuthorizedException"),
        (TOKEN, {"cognito:roles": ["b"]}, "c", "default", "NotAuthorizedException"),
        (TOKEN, {}, "", None, "InvalidIdentityPoolConfigurationException"),
        (None, {}, "a", "default", "NotAuthorizedException"),
    ],
)
def test_what_nothing_chooses_is_refused(mapping, claims, custom, default, code):
    with pytest.raises(AwsError) as refused:
        role_of(mapping, claims, custom, default)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("match", "value", "claim", "fits"),
    [
        ("Equals", "true", True, True),
        ("Equals", "7", 7, True),
        ("Equals", "b", ["a", "b"], True),
        ("StartsWith", "ad", ["xad", "admin"], True),
        ("Contains", "mi", "admin", True),
        ("NotEqual", "a", ["a", "b"], False),
        ("NotEqual", "c", ["a", "b"], True),
        ("NotEqual", "c", None, False),
    ],
)
def test_rules_match_claims_of_every_kind(match, value, claim, fits):
    rule = {"Claim": "x", "MatchType": match, "Value": value, "RoleARN": "ruled"}
    mapping = {
        "Type": "Rules",
        "AmbiguousRoleResolution": "AuthenticatedRole",
        "RulesConfiguration": {"Rules": [rule]},
    }
    assert role_of(mapping, {"x": claim}, "", "default") == ("ruled" if fits else "default")


RULE = {"Claim": "c", "MatchType": "Equals", "Value": "v", "RoleARN": "r"}
RULES = {"Type": "Rules", "AmbiguousRoleResolution": "Deny", "RulesConfiguration": {"Rules": [RULE]}}


@pytest.mark.parametrize(
    ("roles", "mapping", "fault"),
    [
        ({"authenticated": "r"}, RULES, ""),
        ({}, TOKEN, ""),
        ({"guest": "r"}, None, "not 'guest'"),
        ({}, {"Type": "Token"}, "needs AmbiguousRoleResolution"),
        ({}, {**RULES, "Type": "Both"}, "needs a Type"),
        ({}, {**RULES, "RulesConfiguration": {"Rules": []}}, "between 1 and 25"),
        ({}, {**RULES, "RulesConfiguration": {"Rules": [{**RULE, "Value": ""}]}}, "in each rule"),
        ({}, {**RULES, "RulesConfiguration": {"Rules": [{**RULE, "MatchType": "Like"}]}}, "MatchType 'Like'"),
    ],
)
def test_mappings_that_are_none_are_named(roles, mapping, fault):
    """Source: docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_RoleMapping.html and API_MappingRule.html"""
    mappings = {"provider": mapping} if mapping else {}
    if not fault:
        check(roles, mappings)
        return
    with pytest.raises(AwsError, match=fault) as refused:
        check(roles, mappings)
    assert refused.value.code == "InvalidParameterException"


def test_tags_are_claims_that_are_there_and_short_enough():
    claims = {"sub": "s", "aud": "client", "a": "1", "n": 7, "b": True, "long": "x" * 257, "list": ["x"]}
    assert principal_tags({"UseDefaults": True}, claims) == {"username": "s", "client": "client"}
    wanted = {"one": "a", "seven": "n", "yes": "b", "long": "long", "list": "list", "none": "gone"}
    assert principal_tags({"PrincipalTags": wanted}, claims) == {"one": "1", "seven": "7", "yes": "true"}
    assert principal_tags(None, claims) == {}
