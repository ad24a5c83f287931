"""Who may assume a role: its trust policy, its conditions, and the caller's own policy. Pages are below
https://docs.aws.amazon.com/."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws, new_account
from tests.support.users import acting_as, allow, code_of, document, give, make_user, trust


@pytest.fixture
def bob(aws: Aws) -> Iterator[Aws]:
    """A user without any policy."""
    made = acting_as(aws, make_user(aws, "bob"))
    yield made
    made.close()


def make_role(aws: Aws, name: str, trusted: str) -> str:
    return str(aws.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trusted)["Role"]["Arn"])


def test_a_role_of_another_account(aws: Aws, bob: Aws, account: str) -> None:
    """IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html: the external ID that the trust policy asks for;
    across accounts the caller's own policy has to allow it too: IAM/latest/UserGuide/
    reference_policies_evaluation-logic-cross-account.html"""
    other = Aws(aws.endpoint, new_account())
    external = {"StringEquals": {"sts:ExternalId": "42"}}
    role = make_role(other, "third", trust({"AWS": account}, Condition=external))
    other.close()
    asked, sts = {"RoleArn": role, "RoleSessionName": "sess"}, bob.client("sts")
    assert code_of(sts.assume_role, **asked, ExternalId="42") == "AccessDenied"
    give(aws, "bob", allow("sts:AssumeRole", role))
    for external_id in ({}, {"ExternalId": "43"}):
        assert code_of(sts.assume_role, **asked, **external_id) == "AccessDenied"
    session = acting_as(aws, sts.assume_role(**asked, ExternalId="42")["Credentials"])
    assert session.client("sts").get_caller_identity()["Arn"].endswith(":assumed-role/third/sess")
    session.close()


@pytest.mark.parametrize(
    ("condition", "code"),
    [
        ({"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}}, ""),
        ({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, "AccessDenied"),
        ({"StringEquals": {"sts:RoleSessionName": "${aws:username}"}}, ""),
        ({"StringEquals": {"sts:RoleSessionName": "alice"}}, "AccessDenied"),
        ({"Bool": {"aws:MultiFactorAuthPresent": "true"}}, "AccessDenied"),
        ({"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}, "AccessDenied"),
    ],
    ids=["address", "other address", "session name", "other name", "MFA", "past"],
)
def test_a_trust_policys_conditions(aws: Aws, bob: Aws, account: str, condition: dict[str, Any], code: str) -> None:
    """IAM/latest/UserGuide/reference_policies_iam-condition-keys.html (AWS STS)"""
    role = make_role(aws, "cond", trust({"AWS": f"arn:aws:iam::{account}:user/bob"}, Condition=condition))
    assert code_of(bob.client("sts").assume_role, RoleArn=role, RoleSessionName="bob") == code


def test_a_role_whose_chain_ends_at_its_session(aws: Aws, bob: Aws, account: str) -> None:
    """IAM/latest/UserGuide/id_roles.html (role chaining): a session may assume the next role, if that trusts it, and
    then has the next role's permissions only."""
    first = make_role(aws, "first", trust({"AWS": f"arn:aws:iam::{account}:user/bob"}))
    last = make_role(aws, "last", trust({"AWS": first}))
    iam = aws.client("iam")
    iam.put_role_policy(RoleName="last", PolicyName="p", PolicyDocument=document(allow("sqs:ListQueues", "*")))
    assert code_of(bob.client("sts").assume_role, RoleArn=last, RoleSessionName="sess") == "AccessDenied"
    one = acting_as(aws, bob.client("sts").assume_role(RoleArn=first, RoleSessionName="sess")["Credentials"])
    assert code_of(one.client("sqs").list_queues) == "AccessDenied"
    two = acting_as(aws, one.client("sts").assume_role(RoleArn=last, RoleSessionName="sess")["Credentials"])
    assert code_of(two.client("sqs").list_queues) == ""
    one.close()
    two.close()


def test_a_session_is_no_longer_than_its_role_allows(aws: Aws, bob: Aws, account: str) -> None:
    """STS/latest/APIReference/API_AssumeRole.html (DurationSeconds): the role's MaxSessionDuration, an hour by itself,
    and an hour of a role that a role's session assumes."""
    role = make_role(aws, "short", trust({"AWS": [f"arn:aws:iam::{account}:user/bob", f"arn:aws:iam::{account}:root"]}))
    asked = {"RoleArn": role, "RoleSessionName": "sess"}
    for client in (aws.client("sts"), bob.client("sts")):
        with pytest.raises(ClientError, match="exceeds the MaxSessionDuration set for this role") as refused:
            client.assume_role(**asked, DurationSeconds=3601)
        assert refused.value.response["Error"]["Code"] == "ValidationError"
    aws.client("iam").update_role(RoleName="short", MaxSessionDuration=7200)
    policy = document(allow("sts:AssumeRole", role))
    aws.client("iam").put_role_policy(RoleName="short", PolicyName="p", PolicyDocument=policy)
    session = acting_as(aws, bob.client("sts").assume_role(**asked, DurationSeconds=7200)["Credentials"])
    with pytest.raises(ClientError, match="exceeds the 1 hour session limit for roles assumed by role chaining"):
        session.client("sts").assume_role(**asked, DurationSeconds=3601)
    session.close()
