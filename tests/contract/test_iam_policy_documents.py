"""What IAM refuses when a policy is stored, word for word.

Source of every case: recordings made against AWS (CreatePolicy on 2026-02-18, UpdateAssumeRolePolicy on 2026-02-11) in
LocalStack's public snapshots `tests/aws/services/iam/test_iam_policies.snapshot.json` and
`test_iam_roles.snapshot.json`; the grammar is
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from groundcloud.errors import AwsError
from groundcloud.iam import validate as rules
from groundcloud.iam.errors import SYNTAX
from groundcloud.iam.model import PolicyKind
from groundcloud.iam.parse import load
from groundcloud.iam.validate import validate

BUCKET = "arn:aws:s3:::example_bucket"
NOT_ARN = 'Resource {} must be in ARN format or "*".'
NOT_PARTITION = 'Partition "{}" is not valid for resource "{}".'


def statement(**changed: Any) -> dict[str, Any]:
    """A valid statement with elements changed, or taken away by None."""
    whole = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": BUCKET, **changed}
    return {name: value for name, value in whole.items() if value is not None}


def document(*statements: Any, **changed: Any) -> str:
    whole: dict[str, Any] = {"Version": "2012-10-17", "Statement": list(statements), **changed}
    return json.dumps({name: value for name, value in whole.items() if value is not None})


def condition(value: Any) -> str:
    return document(statement(Condition=value))


REFUSED = {
    "no JSON": ("This is not a json document", SYNTAX),
    "no version": (document(statement(), Version=None), rules.OLD_VERSION),
    "the old version": (document(statement(), Version="2008-10-17"), rules.OLD_VERSION),
    "an unknown version": (document(statement(), Version="2013-10-17"), SYNTAX),
    "no statement": (document(Statement=None), SYNTAX),
    "no statements": (document(), SYNTAX),
    "a statement that is a string": (document("afd"), SYNTAX),
    "an unknown element": (document(statement(), Extra="value"), SYNTAX),
    "an unknown element of a statement": (document(statement(Extra="value")), SYNTAX),
    "an Id that is a list": (document(statement(), Id=["x"]), SYNTAX),
    "an unknown effect": (document(statement(Effect="invalid")), SYNTAX),
    "no effect": (document(statement(Effect=None)), SYNTAX),
    "an effect in another case": (document(statement(Effect="denY")), rules.LEGACY),
    "an effect in another case without a version": (
        document(statement(Effect="denY"), Version=None),
        rules.OLD_VERSION,
    ),
    "an action without a service": (document(statement(Action="invalid")), rules.NO_VENDOR),
    "an empty NotAction": (document(statement(Action=None, NotAction="")), rules.NO_VENDOR),
    "a service with a space": (document(statement(Action="a a:ListBucket")), "Vendor a a is not valid"),
    "an action of two colons": (document(statement(Action="s3:List:Bucket")), rules.COLONS),
    "no action": (document(statement(Action=None)), rules.NO_ACTIONS),
    "neither action nor resource": (document({"Effect": "Allow"}), rules.NO_ACTIONS),
    "no actions": (document(statement(Action=[])), rules.NO_ACTIONS),
    "no action in the first of two": (document({"Effect": "Deny"}, statement()), rules.NO_ACTIONS),
    "no resource": (document(statement(Resource=None)), rules.NO_RESOURCES),
    "no resources": (document(statement(Resource=[])), rules.NO_RESOURCES),
    "no resource and a bad action": (document(statement(Action="invalid", Resource=None)), rules.NO_RESOURCES),
    "a resource that is no ARN": (
        document(statement(Resource="invalid resource")),
        NOT_ARN.format("invalid resource"),
    ),
    "an empty resource": (document(statement(Resource="")), NOT_ARN.format("")),
    "a bad resource before a bad action": (
        document(statement(Action="s:3:ListBucket", Resource="sdfsadf")),
        NOT_ARN.format("sdfsadf"),
    ),
    "two fields": (
        document(statement(Resource="a:bsdfdsafsad")),
        NOT_PARTITION.format("bsdfdsafsad", "arn:bsdfdsafsad:*:*:*:*"),
    ),
    "three fields": (
        document(statement(Resource="a:b:cadfsdf")),
        NOT_PARTITION.format("b", "arn:b:cadfsdf:*:*:*"),
    ),
    "eight fields": (
        document(statement(Resource="a:b:c:d:e:f:g:h")),
        NOT_PARTITION.format("b", "arn:b:c:d:e:f:g:h"),
    ),
    "an ARN without arn": (
        document(statement(Resource="aws:s3:::example_bucket")),
        NOT_PARTITION.format("s3", "arn:s3:::example_bucket:*"),
    ),
    "an unknown partition": (
        document(statement(Resource=["arn:error:s3:::example_bucket", "arn:error:s3::example_bucket"])),
        NOT_PARTITION.format("error", "arn:error:s3:::example_bucket"),
    ),
    "an ARN of a partition only": (document(statement(Resource="arn:aws")), rules.RESOURCE_VENDOR),
    "five fields": (document(statement(Resource="arn:aws:s3::example_bucket")), rules.LEGACY),
    "five fields in NotResource": (
        document(statement(Resource=None, NotResource="arn:aws:s3::example_bucket")),
        rules.LEGACY,
    ),
    "five fields and no action": (
        document(statement(Action=None, Resource="arn:aws:s3::example_bucket")),
        rules.LEGACY,
    ),
    "an ARN without a service": (document(statement(Resource="arn:aws::::example_bucket")), rules.LEGACY),
    "a short ARN without a service": (document(statement(Resource="arn:aws::fdsasf")), rules.LEGACY),
    "an unknown IAM path": (document(statement(Resource="arn:aws:iam:::example_bucket")), rules.IAM_PATH),
    "an IAM ARN with a region": (
        document(statement(Resource="arn:aws:iam:us-east-1::example_bucket")),
        "IAM resource arn:aws:iam:us-east-1::example_bucket cannot contain region information.",
    ),
    "a bucket ARN with a region": (
        document(statement(Resource="arn:aws:s3:us-east-1::example_bucket")),
        "Resource arn:aws:s3:us-east-1::example_bucket can not contain region information.",
    ),
    "a resource that is a map": (document(statement(Resource={"a": BUCKET})), SYNTAX),
    "resources with a map": (document(statement(Resource=["adfdf", {}])), SYNTAX),
    "Resource and NotResource": (document(statement(NotResource=[])), SYNTAX),
    "actions within actions": (document(statement(Action=[[]])), SYNTAX),
    "Action and NotAction": (document(statement(NotAction="iam:dsf")), SYNTAX),
    "an action that is a map": (document(statement(Action={})), SYNTAX),
    "a condition that is a list": (condition([]), SYNTAX),
    "a condition that is a string": (condition("a"), SYNTAX),
    "a condition without keys": (condition({"DateGreaterThan": "b"}), SYNTAX),
    "a condition of lists": (condition({"DateGreaterThan": []}), SYNTAX),
    "a condition whose value is a map": (condition({"DateGreaterThan": {"a": {}}}), SYNTAX),
    "an unknown operator": (condition({"x": {"a": "1"}}), SYNTAX),
    "two colons in an operator": (condition({"ForAnyValue::StringEqualsIfExists": {"a": "asf"}}), SYNTAX),
    "a list of conditions": (condition([{"ForAllValues:StringEquals": {"aws:TagKeys": "Department"}}]), SYNTAX),
    "a date that is none": (condition({"DateGreaterThan": {"a": "sdfdsf"}}), rules.LEGACY),
    "a thirteenth month": (condition({"DateLessThanEquals": {"a": "234-13"}}), rules.LEGACY),
    "a zone of one digit": (condition({"DateLessThanEquals": {"a": "2016-12-13t2:00:00.593194+1"}}), rules.LEGACY),
    "ten decimals": (condition({"DateLessThanEquals": {"a": "2016-12-13t2:00:00.1999999999+10:59"}}), rules.LEGACY),
    "an epoch beyond 64 bits": (condition({"DateLessThan": {"a": "9223372036854775808"}}), rules.LEGACY),
    "a bad date before a bad partition": (
        document(statement(Resource="arn:error:s3:::b", Condition={"DateGreaterThan": {"a": "sdfdsf"}})),
        rules.LEGACY,
    ),
    "a Sid that is a map": (document(statement(Sid={})), SYNTAX),
    "a Sid twice": (document(statement(Sid="sdf"), {"Sid": "sdf", "Effect": "Allow"}), rules.SAME_SIDS),
    "a principal": (document(statement(Principal="*")), rules.PRINCIPAL),
}

TAKEN = {
    "an action with spaces": document(statement(Action="iam: asdf safdsf af ")),
    "a star among resources": document(statement(Resource=[BUCKET, "*"])),
    "every action": document(statement(Action="*")),
    "an unknown service": document(statement(Action="s3.s:ListBucket", Resource="arn:aws:invalid-service:::b")),
    "a short ARN": document(statement(Resource="arn:aws:fdsasf")),
    "a user": document(statement(Resource="arn:aws:iam:::user/example_bucket")),
    "a variable": document(statement(Action="iam:*", Resource="arn:aws:iam::*:mfa/${aws:username}")),
    "an empty condition": condition({}),
    "operators without keys": condition({"x": {}, "y": {}}),
    "a key without values": condition({"DateGreaterThan": {"a": []}}),
    "an hour alone": condition({"DateGreaterThan": {"a": "01T"}}),
    "a zone of two digits": condition({"DateLessThanEquals": {"a": "2016-12-13t2:00:00.593194+23"}}),
    "a negative epoch": condition({"DateLessThan": {"a": "-292275054"}}),
    "IfExists and ForAnyValue": condition({"ForAnyValue:StringEqualsIfExists": {"a": "asf"}}),
    "an Id": document(statement(), Id="sdfsdfsdf"),
    "NotAction and NotResource": document({"Effect": "Allow", "NotAction": "s3:ListBucket", "NotResource": "*"}),
    "empty Sids": document(statement(Sid=""), statement(Sid="")),
    "an access point": document(statement(Resource="arn:aws:s3:us-west-2:123456789012:accesspoint/p/object/*")),
    "a statement without a list": document(Statement=statement()),
}


@pytest.mark.parametrize("case", REFUSED)
def test_policy_is_refused_in_iams_words(case: str) -> None:
    """Source: recordings of CreatePolicy (module docstring)."""
    text, words = REFUSED[case]

    with pytest.raises(AwsError) as refusal:
        validate(text, PolicyKind.IDENTITY)

    assert (refusal.value.code, refusal.value.message, refusal.value.status) == ("MalformedPolicyDocument", words, 400)


@pytest.mark.parametrize("case", TAKEN)
def test_policy_is_taken(case: str) -> None:
    """Source: recordings of CreatePolicy (module docstring)."""
    validate(TAKEN[case], PolicyKind.IDENTITY)
    load(TAKEN[case])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow",}]}', "This policy contains invalid Json"),
        (
            document(statement(Action="s3:ListBucket", Resource=None, Principal={"Service": "ec2.amazonaws.com"})),
            "AssumeRole policy may only specify STS AssumeRole actions.",
        ),
        (
            document(statement(Action="sts:AssumeRole", Resource="*", Principal={"Service": "ec2.amazonaws.com"})),
            "Has prohibited field Resource",
        ),
        (document(statement(Action="sts:AssumeRole", Resource=None)), "Missing required field Principal"),
        (
            document(statement(Action="sts:AssumeRole", Resource=None, Principal={"AWS": "arn:aws:iam::1:user/*"})),
            'Invalid principal in policy: "AWS":"arn:aws:iam::1:user/*"',
        ),
    ],
)
def test_trust_policy_is_refused_in_iams_words(text: str, words: str) -> None:
    """Source: recordings of UpdateAssumeRolePolicy (module docstring), and for the principal
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html."""
    with pytest.raises(AwsError) as refusal:
        validate(text, PolicyKind.TRUST)

    assert (refusal.value.code, refusal.value.message) == ("MalformedPolicyDocument", words)


@pytest.mark.parametrize(
    "principal",
    ["*", {"AWS": "*"}, {"Service": "lambda.amazonaws.com"}, {"Federated": "cognito-identity.amazonaws.com"}],
)
def test_trust_policy_is_taken(principal: Any) -> None:
    """Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html."""
    actions = ["sts:AssumeRole", "sts:TagSession", "sts:AssumeRoleWithWebIdentity"]
    validate(document({"Effect": "Allow", "Principal": principal, "Action": actions}), PolicyKind.TRUST)


def test_element_twice_is_refused() -> None:
    """Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html#policies-grammar-notes:
    "Individual elements must not contain multiple instances of the same key"."""
    with pytest.raises(AwsError):
        load('{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Effect": "Deny", "Action": "*"}]}')
