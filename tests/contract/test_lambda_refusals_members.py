"""What Lambda refuses of revisions, tags, runtimes, dead letters and of members that a mapping's source has not.

The sentences are those of recordings made against AWS, LocalStack's
tests/aws/services/lambda_/test_lambda_api.snapshot.json (called *recording* below, with the test it belongs to), or of
what AWS's clients report.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.fake_engine import zipped
from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.lambda_refusals import CONFLICT, ELSEWHERE, INVALID, MISSING, NEWER, STALE, F, Place, check


@pytest.fixture(scope="module")
def place(cloud: Cloud) -> Iterator[Place]:
    aws = Aws(cloud.endpoint, new_account())
    yield Place(aws)
    aws.close()


MAY = {**F, "StatementId": "s3", "Action": "lambda:InvokeFunction", "Principal": "s3.amazonaws.com"}
NEWER_POLICY = NEWER.replace("GetFunction/GetAlias", "GetPolicy")
FUNCTION = {
    "FunctionName": "new",
    "Runtime": "python3.11",
    "Handler": "app.handler",
    "Role": "{role}",
    "Code": {"ZipFile": zipped({"app.py": "x = 1"})},
}
NO_TAGS = "Tags on function aliases and versions are not supported. Please specify a function ARN."
MANY = "Number of tags exceeds resource tag limit."
FIFTY = {f"key-{number}": "" for number in range(50)}


def withdrawn(runtime: str) -> str:
    return (
        f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. "
        "We recommend you use a supported runtime while creating or updating functions."
    )


CASES = {
    "code-revision": ("update_function_code", {**F, "ZipFile": b"z", "RevisionId": ELSEWHERE}, *STALE, NEWER),
    "configuration-revision": ("update_function_configuration", {**F, "RevisionId": ELSEWHERE}, *STALE, NEWER),
    "first-policy-revision": ("add_permission", {**MAY, "RevisionId": ELSEWHERE}, *STALE, NEWER_POLICY),
    "version-in-use": (
        "delete_function",
        {**F, "Qualifier": "1"},
        *CONFLICT,
        "Unable to delete version because the following aliases reference it: [live]",
    ),
    "alias-as-version": (
        "delete_function",
        {**F, "Qualifier": "live"},
        *INVALID,
        "Deletion of aliases is not currently supported.",
    ),
    "no-alias": ("get_alias", {**F, "Name": "nobody"}, *MISSING, "Cannot find alias arn: {f}:nobody"),
    "tags-of-alias": ("tag_resource", {"Resource": "{f}:live", "Tags": {"a": "b"}}, *INVALID, NO_TAGS),
    "tags-of-version": ("list_tags", {"Resource": "{f}:1"}, *INVALID, NO_TAGS),
    "no-tags-of-version": ("untag_resource", {"Resource": "{f}:1", "TagKeys": ["a"]}, *INVALID, NO_TAGS),
    "51-tags": ("create_function", {**FUNCTION, "Tags": {**FIFTY, "more": ""}}, *INVALID, MANY),
    "aws-tag": ("tag_resource", {"Resource": "{f}", "Tags": {"aws:a": "b"}}, *INVALID, "aws: prefixed tag key names"),
    "python3.7": ("create_function", {**FUNCTION, "Runtime": "python3.7"}, *INVALID, withdrawn("python3.7")),
    "nodejs12.x": ("update_function_configuration", {**F, "Runtime": "nodejs12.x"}, *INVALID, withdrawn("nodejs12.x")),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_changes_tags_and_runtimes(place: Place, case: Any) -> None:
    """Recording: test_function_revisions_basic, test_function_revisions_permissions, test_alias_lifecycle, and those of
    tags; a version in use: https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
    (ResourceConflictException); runtimes: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html"""
    check(place, case)


def test_a_policy_s_revision_and_a_function_s_51st_tag(place: Place) -> None:
    """Recording: test_function_revisions_permissions, and those of tags"""
    place.api.add_permission(**MAY)
    revision = place.api.get_policy(**F)["RevisionId"]
    place.api.add_permission(**MAY | {"StatementId": "more"}, RevisionId=revision)
    statement = {**F, "StatementId": "more"}
    check(place, ("remove_permission", {**statement, "RevisionId": ELSEWHERE}, *STALE, NEWER_POLICY))
    place.api.tag_resource(Resource=place.arn, Tags=FIFTY)
    place.api.tag_resource(Resource=place.arn, Tags={"key-0": "again"})
    check(place, ("tag_resource", {"Resource": "{f}", "Tags": {"more": ""}}, *INVALID, MANY))


def test_an_alias_that_is_not_there_is_deleted_already(place: Place) -> None:
    """There is no error for it in https://docs.aws.amazon.com/lambda/latest/api/API_DeleteAlias.html"""
    place.api.delete_alias(**F, Name="nobody")


Q = "arn:aws:sqs:us-east-1:{account}:q"
INVALID_ARN = "Invalid dead letter queue ARN: "


@pytest.mark.parametrize(
    ("target", "problem"),
    [(Q + "z", "does not exist."), ("arn:aws:sns:us-east-1:{account}:z", "does not exist."), (Q + ".fifo", "is FIFO.")],
    ids=["no-queue", "no-topic", "fifo"],
)
def test_dead_letters(place: Place, target: str, problem: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq says standard
    queues and topics; the sentences are ours"""
    asked = {**F, "DeadLetterConfig": {"TargetArn": target}}
    check(place, ("update_function_configuration", asked, *INVALID, f"{INVALID_ARN}{target} {problem}"))


OF_QUEUES = {**F, "EventSourceArn": Q}
OF_STREAMS = {**F, "EventSourceArn": "{stream}", "StartingPosition": "LATEST"}
MAPPINGS: dict[str, tuple[dict[str, Any], str]] = {
    **{
        f"queue-{name}": ({**OF_QUEUES, name: value}, f"{name} is not valid for SQS event sources.")
        for name, value in (
            ("ParallelizationFactor", 2),
            ("BisectBatchOnFunctionError", True),
            ("MaximumRetryAttempts", 0),
            ("MaximumRecordAgeInSeconds", 60),
            ("DestinationConfig", {"OnFailure": {"Destination": Q}}),
        )
    },
    "stream-concurrency": ({**OF_STREAMS, "ScalingConfig": {"MaximumConcurrency": 2}}, "ScalingConfig is only"),
    "stream-age": ({**OF_STREAMS, "MaximumRecordAgeInSeconds": 59}, "MaximumRecordAgeInSeconds must be -1, or 60"),
    "stream-success": (
        {**OF_STREAMS, "DestinationConfig": {"OnSuccess": {"Destination": Q}}},
        "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:sqs",
    ),
    "stream-no-destination": (
        {**OF_STREAMS, "DestinationConfig": {"OnFailure": {"Destination": Q + "z"}}},
        f"The destination ARN {Q}z is invalid.",
    ),
}


@pytest.mark.parametrize("case", MAPPINGS.values(), ids=MAPPINGS)
def test_members_of_other_sources(place: Place, case: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html and services-ddb-params.html have each
    source's; AWS's words for a queue's are known for StartingPosition, and taken for the others"""
    asked, message = case
    check(place, ("create_event_source_mapping", asked, *INVALID, message))


def test_a_function_of_a_queue_s_takes_no_longer_than_the_queue_hides(place: Place) -> None:
    """The sentence: https://github.com/github-aws-runners/terraform-aws-github-runner/issues/465; the rule:
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html. A mapping that a template made can be
    changed."""
    source = place.known(Q)
    properties = {"FunctionName": "f", "EventSourceArn": source, "Enabled": False}
    template = {"Resources": {"M": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}}}
    stacks = place.aws.client("cloudformation")
    stacks.create_stack(StackName="mapped", TemplateBody=json.dumps(template))
    stacks.get_waiter("stack_create_complete").wait(StackName="mapped", WaiterConfig={"Delay": 0.1, "MaxAttempts": 600})
    little = "Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds"
    check(place, ("update_function_configuration", {**F, "Timeout": 31}, *INVALID, little))
    (mapping,) = place.api.list_event_source_mappings(FunctionName="f", EventSourceArn=source)["EventSourceMappings"]
    assert place.api.update_event_source_mapping(UUID=mapping["UUID"], BatchSize=5)["BatchSize"] == 5
