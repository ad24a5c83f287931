"""Resources that LocalStack's CloudFormation leaves to the cloud's engine: made, changed, deleted, each a stack of one.

What `Ref` and `Fn::GetAtt` give:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpool.html
"""

from __future__ import annotations

from typing import Any

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from groundcloud_localstack.address import Address
from groundcloud_localstack.cloud import Cloud as CloudDoor
from groundcloud_localstack.errors import ResourceError
from groundcloud_localstack.keeper import Keeper
from groundcloud_localstack.onestack import PHYSICAL_ID, Resource
from groundcloud_localstack.signed import Call

from tests.support.aws import Aws
from tests.support.cloud import Cloud


def resource(kind: str, **properties: Any) -> Resource:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    return Resource(kind, "Thing", properties, schema)


@pytest.fixture
def keeper(aws: Aws) -> Keeper:
    return Keeper(aws.client("cloudformation"), {})


def test_a_resource_has_its_reference_and_its_attributes(keeper: Keeper, aws: Aws) -> None:
    pool = keeper.create("app", resource("AWS::Cognito::UserPool", UserPoolName="people"))
    found = aws.client("cognito-idp").describe_user_pool(UserPoolId=pool[PHYSICAL_ID])["UserPool"]
    assert (found["Name"], found["Arn"]) == ("people", pool["Arn"])
    assert pool["ProviderName"].endswith(pool[PHYSICAL_ID])
    keeper.delete(pool)
    assert aws.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"] == []


def test_a_change_is_made_in_place(keeper: Keeper, aws: Aws) -> None:
    before = keeper.create("app", resource("AWS::Cognito::UserPool", UserPoolName="people"))
    changed = resource(
        "AWS::Cognito::UserPool", UserPoolName="people", DeletionProtection="INACTIVE", MfaConfiguration="OFF"
    )
    after = keeper.update(changed, before)
    assert after[PHYSICAL_ID] == before[PHYSICAL_ID]
    assert after["MfaConfiguration"] == "OFF"
    again = keeper.update(changed, after)
    assert again == after


def test_a_name_that_the_template_gives_none_begins_with_its_stack(keeper: Keeper, aws: Aws) -> None:
    pool = keeper.create("my-app", resource("AWS::Cognito::UserPool"))
    found = aws.client("cognito-idp").describe_user_pool(UserPoolId=pool[PHYSICAL_ID])["UserPool"]
    assert found["Name"].startswith("my-app-")


def test_a_resource_that_cannot_be_made_tells_why_and_leaves_nothing(keeper: Keeper, aws: Aws) -> None:
    client = resource("AWS::Cognito::UserPoolClient", UserPoolId="us-east-1_nobody123", ClientName="c")
    with pytest.raises(ResourceError, match="us-east-1_nobody123"):
        keeper.create("app", client)
    stacks = aws.client("cloudformation").list_stacks()["StackSummaries"]
    assert [stack["StackName"] for stack in stacks if stack["StackStatus"] != "DELETE_COMPLETE"] == []


def test_a_type_that_the_engine_lacks_is_named(keeper: Keeper) -> None:
    with pytest.raises(ResourceError, match="AWS::Bedrock::Agent"):
        keeper.create("app", resource("AWS::Bedrock::Agent", AgentName="a"))


def test_what_was_never_made_needs_no_deletion(keeper: Keeper) -> None:
    keeper.delete({})


def test_a_forwarded_call_is_answered_in_the_account_it_came_from(cloud: Cloud, aws: Aws) -> None:
    """The cloud verifies the new signature: SigV4, https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html"""
    aws.client("cognito-idp").create_user_pool(PoolName="people")
    target = ("X-Amz-Target", "AWSCognitoIdentityProviderService.ListUserPools")
    headers = (target, ("Content-Type", "application/x-amz-json-1.1"), ("Host", "127.0.0.1:4567"))
    call = Call("POST", "/", "", headers, b'{"MaxResults": 10}', "cognito-idp", aws.region, aws.access_key)
    door = CloudDoor(Address(cloud.endpoint))
    answer = door.forward(call)
    door.close()
    assert (answer.status, b'"people"' in answer.body) == (200, True)
