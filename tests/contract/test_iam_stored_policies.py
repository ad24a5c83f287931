"""Policies that AWS does not store: by the API of each service, and in templates.

Documents that IAM refuses are a table of their own (`test_iam_policy_documents.py`); here is that its API and stacks
ask for it, what it says of sizes and numbers
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html), and what other services say of their
resources' policies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.users import allow, document, trust

READ = allow("s3:GetObject", "*")
SAME = {"Sid": "a", **READ}
NOBODY = "arn:aws:iam::{account}:role/nobody"


class Stored:
    """An account with one of each."""

    def __init__(self, cloud: Cloud) -> None:
        self.account = new_account()
        self.aws = Aws(cloud.endpoint, self.account)
        self.iam = self.aws.client("iam")
        self.iam.create_user(UserName="u")
        self.iam.create_group(GroupName="g")
        self.iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"}))
        self.queue = self.aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
        self.topic = self.aws.client("sns").create_topic(Name="t")["TopicArn"]
        self.key = self.aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
        self.secret = self.aws.client("secretsmanager").create_secret(Name="s", SecretString="x")["ARN"]
        self.bucket = f"stored-{self.account}"
        self.aws.client("s3").create_bucket(Bucket=self.bucket)

    def put(self, service: str, policy: str) -> None:
        """Give the service's one resource this policy."""
        client = self.aws.client(service)
        if service == "sqs":
            client.set_queue_attributes(QueueUrl=self.queue, Attributes={"Policy": policy})
        elif service == "sns":
            client.set_topic_attributes(TopicArn=self.topic, AttributeName="Policy", AttributeValue=policy)
        elif service == "kms":
            client.put_key_policy(KeyId=self.key, Policy=policy)
        elif service == "s3":
            client.put_bucket_policy(Bucket=self.bucket, Policy=policy)
        else:
            client.put_resource_policy(SecretId=self.secret, ResourcePolicy=policy)


@pytest.fixture(scope="module")
def stored(cloud: Cloud) -> Iterator[Stored]:
    made = Stored(cloud)
    yield made
    made.aws.close()


def refusal(act: Callable[[], Any]) -> tuple[str, str]:
    """The error's code and message."""
    with pytest.raises(ClientError) as refused:
        act()
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def of_size(characters: int) -> str:
    """A policy that long, and as much white space."""
    text = document(allow("s3:GetObject", f"arn:aws:s3:::{'b' * characters}"))
    return text.replace("b" * characters, "b" * (characters - len(text.replace(" ", "")) + characters)) + " " * 99


def test_iam_refuses_documents(stored: Stored) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html and those of the other operations; for
    letters of a Sid https://github.com/aws-cloudformation/cfn-lint/issues/708."""
    iam, same = stored.iam, document(SAME, SAME)
    wanted = ("MalformedPolicyDocument", "Statement IDs (SID) in a single policy must be unique.")
    managed = iam.create_policy(PolicyName="versions", PolicyDocument=document(READ))["Policy"]["Arn"]
    assert refusal(lambda: iam.create_policy(PolicyName="p", PolicyDocument=same)) == wanted
    assert refusal(lambda: iam.create_policy_version(PolicyArn=managed, PolicyDocument=same)) == wanted
    assert refusal(lambda: iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=same)) == wanted
    assert refusal(lambda: iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=same)) == wanted
    assert refusal(lambda: iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=same)) == wanted
    letters = document({**READ, "Sid": "not a word"})
    assert refusal(lambda: iam.create_policy(PolicyName="p", PolicyDocument=letters))[1] == (
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
    )
    bad = trust({"Service": "lambda.amazonaws.com"}).replace("sts:AssumeRole", "s3:GetObject")
    words = "AssumeRole policy may only specify STS AssumeRole actions."
    assert refusal(lambda: iam.create_role(RoleName="r2", AssumeRolePolicyDocument=bad))[1] == words
    assert refusal(lambda: iam.update_assume_role_policy(RoleName="r", PolicyDocument=bad))[1] == words


def test_a_sessions_policy_is_held_to_the_same(stored: Stored) -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html, MalformedPolicyDocument"""
    stored.iam.create_role(RoleName="sessions", AssumeRolePolicyDocument=trust({"AWS": stored.account}))
    role = f"arn:aws:iam::{stored.account}:role/sessions"
    assume = stored.aws.client("sts").assume_role
    text = document(allow("GetObject", "*"))
    code, _ = refusal(lambda: assume(RoleArn=role, RoleSessionName="session", Policy=text))
    assert code == "MalformedPolicyDocument"
    assert assume(RoleArn=role, RoleSessionName="session", Policy=document(READ))["Credentials"]


def test_a_trust_policy_names_whom_there_is(stored: Stored) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html: a role that is
    not there cannot be named; a user, any account and a session can."""
    iam = stored.iam
    nobody = NOBODY.format(account=stored.account)
    for name in (nobody, "nonsense"):
        policy = trust({"AWS": name})
        assert refusal(lambda policy=policy: iam.create_role(RoleName="r2", AssumeRolePolicyDocument=policy)) == (
            "MalformedPolicyDocument",
            f'Invalid principal in policy: "AWS":"{name}"',
        )
    session = f"arn:aws:sts::{stored.account}:assumed-role/r/s"
    known = [nobody.replace("role/nobody", "user/u"), nobody.replace("nobody", "r"), "111122223333", session]
    iam.create_role(RoleName="trusting", AssumeRolePolicyDocument=trust({"AWS": known}))


def test_sizes_are_those_of_aws(stored: Stored) -> None:
    """White space does not count; inline policies of one entity count together, a new one in the place of the old. The
    sentences: https://github.com/aws-amplify/amplify-backend/issues/2615 (inline),
    https://github.com/ministryofjustice/analytical-platform/issues/6873 (managed),
    https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/2718 (trust)."""
    iam = stored.iam
    iam.create_policy(PolicyName="whole", PolicyDocument=of_size(6144))
    assert refusal(lambda: iam.create_policy(PolicyName="more", PolicyDocument=of_size(6145))) == (
        "LimitExceeded",
        "Cannot exceed quota for PolicySize: 6144",
    )
    iam.put_user_policy(UserName="u", PolicyName="a", PolicyDocument=of_size(1000))
    iam.put_user_policy(UserName="u", PolicyName="b", PolicyDocument=of_size(1048))
    iam.put_user_policy(UserName="u", PolicyName="b", PolicyDocument=of_size(1048))
    assert refusal(lambda: iam.put_user_policy(UserName="u", PolicyName="b", PolicyDocument=of_size(1049))) == (
        "LimitExceeded",
        "Maximum policy size of 2048 bytes exceeded for user u",
    )
    many = trust({"AWS": [str(111122220000 + n) for n in range(200)]})
    assert refusal(lambda: iam.create_role(RoleName="r2", AssumeRolePolicyDocument=many)) == (
        "LimitExceeded",
        "Cannot exceed quota for ACLSizePerRole: 2048",
    )


def test_so_many_policies_and_versions_and_no_more(stored: Stored) -> None:
    """Ten policies of a role, five versions of a policy; a policy that is not there cannot be attached
    (https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html)."""
    iam, text = stored.iam, document(READ)
    arns = [iam.create_policy(PolicyName=f"m{n}", PolicyDocument=text)["Policy"]["Arn"] for n in range(11)]
    for arn in [*arns[:10], arns[0]]:
        iam.attach_role_policy(RoleName="r", PolicyArn=arn)
    assert refusal(lambda: iam.attach_role_policy(RoleName="r", PolicyArn=arns[10])) == (
        "LimitExceeded",
        "Cannot exceed quota for PoliciesPerRole: 10",
    )
    missing = arns[0].replace("m0", "missing")
    assert refusal(lambda: iam.attach_user_policy(UserName="u", PolicyArn=missing)) == (
        "NoSuchEntity",
        f"Policy {missing} does not exist or is not attachable.",
    )
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arns[0], PolicyDocument=text)
    code, message = refusal(lambda: iam.create_policy_version(PolicyArn=arns[0], PolicyDocument=text))
    assert (code, message[:49]) == ("LimitExceeded", "A managed policy can have up to 5 versions. Befor")


ACTIONS = {
    "sqs": "sqs:SendMessage",
    "sns": "sns:Publish",
    "kms": "kms:*",
    "s3": "s3:GetObject",
    "secretsmanager": "secretsmanager:*",
}
QUEUE = ("InvalidAttributeValue", "Invalid value for the parameter Policy.")
KEY, NO_SECRET = "MalformedPolicyDocumentException", "This policy has invalid syntax."
SYNTAX = {
    "sqs": QUEUE,
    "sns": ("InvalidParameter", "Invalid parameter: Policy Error: null"),
    "kms": (
        KEY,
        "The request was rejected because the specified policy is not syntactically or semantically correct.",
    ),
    "s3": ("MalformedPolicy", "Invalid policy syntax."),
    "secretsmanager": (KEY, NO_SECRET),
}
OTHER_ACTION = {
    "sqs": QUEUE,
    "sns": ("InvalidParameter", "Invalid parameter: Policy statement action out of service scope!"),
    "secretsmanager": (KEY, NO_SECRET),
}
UNKNOWN = {
    "sqs": QUEUE,
    "sns": ("InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound"),
    "kms": (KEY, "Policy contains a statement with one or more invalid principals."),
    "s3": ("MalformedPolicy", "Invalid principal in policy"),
}


@pytest.mark.parametrize("service", ACTIONS)
def test_resources_refuse_policies(stored: Stored, service: str) -> None:
    """https://github.com/aws/aws-cdk/issues/15602 (SQS), https://github.com/aws/serverless-application-model/issues/1591,
    https://github.com/hashicorp/terraform/issues/12740 and 31538 (SNS),
    https://github.com/aws-samples/siem-on-amazon-opensearch-service/issues/32 and
    https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html (KMS),
    https://github.com/versity/versitygw/issues/649 (S3),
    https://github.com/awsdocs/aws-cloudformation-user-guide/pull/623 (Secrets Manager)."""
    resource = f"arn:aws:s3:::{stored.bucket}/*" if service == "s3" else "*"
    whole = allow(ACTIONS[service], resource, Principal={"AWS": stored.account})
    for odd in ({"Condition": {"StringLooksLike": {"aws:PrincipalArn": "x"}}}, {"Effect": "Perhaps"}):
        assert refusal(lambda odd=odd: stored.put(service, document({**whole, **odd}))) == SYNTAX[service]
    if service in OTHER_ACTION:
        other = document({**whole, "Action": "ec2:RunInstances"})
        assert refusal(lambda: stored.put(service, other)) == OTHER_ACTION[service]
    if service in UNKNOWN:
        for name in ({"AWS": NOBODY.format(account=stored.account)}, {"Service": "nonsense"}):
            text = document({**whole, "Principal": name})
            assert refusal(lambda text=text: stored.put(service, text)) == UNKNOWN[service]
    stored.put(service, document(whole))


def test_templates_are_held_to_the_same(stored: Stored) -> None:
    """The call says so, before anything is made; what is known only later is not in the way."""
    cfn = stored.aws.client("cloudformation")

    def problem(kind: str, **properties: Any) -> str:
        template = json.dumps({"Resources": {"R": {"Type": kind, "Properties": properties}}})
        asked = {"StackName": "policies", "TemplateBody": template, "Capabilities": ["CAPABILITY_NAMED_IAM"]}
        return refusal(lambda: cfn.create_stack(**asked))[1]

    same = json.loads(document(SAME, SAME))
    unique = "Statement IDs (SID) in a single policy must be unique."
    trusting = json.loads(trust({"Service": "lambda.amazonaws.com"}))
    inline = [{"PolicyName": "p", "PolicyDocument": same}]
    assert unique in problem("AWS::IAM::ManagedPolicy", PolicyDocument=same)
    assert unique in problem("AWS::IAM::Role", AssumeRolePolicyDocument=trusting, Policies=inline)
    trusting["Statement"][0]["Resource"] = "*"
    assert "Has prohibited field Resource" in problem("AWS::IAM::Role", AssumeRolePolicyDocument=trusting)
    other = json.loads(document(allow("ec2:RunInstances", "*", Principal="*")))
    assert SYNTAX["sqs"][1] in problem("AWS::SQS::QueuePolicy", PolicyDocument=other, Queues=[stored.queue])
    assert OTHER_ACTION["sns"][1] in problem("AWS::SNS::TopicPolicy", PolicyDocument=other, Topics=[stored.topic])
