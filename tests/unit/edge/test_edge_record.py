"""What is noted after the answer: which scope was used, and what may have changed."""

from __future__ import annotations

import asyncio
import re

import pytest

from groundcloud.edge.exchange import Identity
from groundcloud.edge.record import Recorder, may_change
from groundcloud.engines.changes import ChangeCounter
from groundcloud.engines.models import service_model
from groundcloud.engines.scopes import ScopeRegistry
from groundcloud.errors import AwsError
from groundcloud.ports import Scope
from tests.support.edge import FakeCaller, exchange

SERVICES = [
    *("acm", "apigateway", "apigatewayv2", "cloudcontrol", "cloudformation", "cloudfront", "cognito-idp"),
    *("elbv2", "iam", "lambda", "route53", "s3"),
]
WRITES = re.compile(
    "(Create|Update|Delete|Put|Add|Remove|Tag|Untag|Publish|Set|Attach|Detach|Associate|Disassociate|Enable|Disable|"
    "Register|Deregister|Import|Execute|Modify|Change|Upload|Admin(Create|Delete|Update|Set|Enable|Disable|Add|Remove)|"
    "Start|Stop|Cancel|Reset|Rotate|Replace|Flush|Copy|Activate|Deactivate|Record|Rollback|Continue)"
)
OBJECTS = re.compile(
    r"(Put|Delete|Copy|Restore|Rename|Update)Object|UploadPart|CreateMultipartUpload|CreateSession|UpdateObject"
)
USERS = re.compile(
    r"Admin|(Update|Delete)UserAttributes|DeleteUser$|ChangePassword|\w+SoftwareToken|SetUserMFAPreference|UpdateAuthEvent"
)
READS = re.compile("(Get|List|Describe|Head|Select|Test|Validate|Simulate)")


def is_of_data(service: str, operation: str) -> bool:
    """Objects of buckets and users of pools: no part keeps anything of them."""
    of_data = {"s3": OBJECTS, "cognito-idp": USERS}.get(service)
    return bool(of_data and of_data.match(operation))


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_that_writes_counts_as_a_change(service):
    """Source: the names of the operations in botocore's models."""
    missed = [
        name
        for name in service_model(service).operation_names
        if WRITES.match(name) and not is_of_data(service, name) and not may_change(service, name)
    ]
    assert not missed


@pytest.mark.parametrize("service", SERVICES)
def test_no_operation_that_reads_counts_as_a_change(service):
    """A change throws away what was compiled: reads must not."""
    wrong = [name for name in service_model(service).operation_names if READS.match(name) and may_change(service, name)]
    assert not wrong


@pytest.mark.parametrize("operation", ["Invoke", "InvokeAsync", "InvokeWithResponseStream"])
def test_invocations_change_nothing(operation):
    assert not may_change("lambda", operation)


@pytest.mark.parametrize("operation", ["InitiateAuth", "RespondToAuthChallenge", "AdminInitiateAuth"])
def test_signing_in_changes_no_pool(operation):
    assert not may_change("cognito-idp", operation)


@pytest.mark.parametrize(
    "operation",
    [
        "PutObject",
        "DeleteObject",
        "DeleteObjects",
        "CopyObject",
        "UploadPart",
        "CompleteMultipartUpload",
        "PutObjectAcl",
    ],
)
def test_objects_are_no_control_plane(operation):
    assert not may_change("s3", operation)


@pytest.mark.parametrize("operation", ["PutBucketWebsite", "PutBucketPolicy", "CreateBucket", "DeleteBucketWebsite"])
def test_buckets_are(operation):
    assert may_change("s3", operation)


def test_a_request_that_nobody_could_name_may_have_changed_anything():
    assert may_change("apigateway", "")


@pytest.mark.parametrize(
    "operation", ["PutMetricFilter", "DeleteMetricFilter", "PutSubscriptionFilter", "DeleteLogGroup"]
)
def test_what_is_done_with_log_events_counts(operation):
    assert may_change("logs", operation)


@pytest.mark.parametrize("operation", ["PutMetricAlarm", "DeleteAlarms", "PutCompositeAlarm"])
def test_alarms_count(operation):
    assert may_change("cloudwatch", operation)


@pytest.mark.parametrize(("service", "operation"), [("logs", "PutLogEvents"), ("cloudwatch", "PutMetricData")])
def test_events_and_measurements_are_no_control_plane(service, operation):
    assert not may_change(service, operation)


def test_services_that_no_part_compiles_do_not_count():
    assert not may_change("kinesis", "CreateStream")


DEFAULT = Scope("000000000000", "us-east-1")
OTHER = Scope("123456789012", "eu-west-1")


def answered(service, operation, status=200, access_key="123456789012"):
    one = exchange()
    one.identity = Identity(service, operation, "json", OTHER, access_key)
    one.status = status
    return one


def recorder(caller=None):
    changes, scopes = ChangeCounter(), ScopeRegistry(DEFAULT)
    return Recorder(changes, scopes, caller or FakeCaller()), changes, scopes


def test_a_change_bumps_its_service_and_no_other():
    record, changes, _ = recorder()
    record(answered("apigateway", "CreateDeployment"))
    assert (changes.generation("apigateway"), changes.generation("lambda")) == (1, 0)
    record(answered("apigateway", "GetRestApis"))
    assert changes.generation("apigateway") == 1


def test_a_failed_write_still_counts():
    """Some operations fail half-way."""
    record, changes, _ = recorder()
    record(answered("apigateway", "ImportRestApi", 400))
    assert changes.generation("apigateway") == 1


def test_a_scope_is_noted_when_a_signed_request_went_well():
    record, _, scopes = recorder()
    record(answered("dynamodb", "PutItem", 403))
    record(answered("cognito-idp", "SignUp", 200, access_key=""))
    assert scopes.known() == [DEFAULT]
    record(answered("dynamodb", "PutItem"))
    assert scopes.known() == [DEFAULT, OTHER]


def test_what_is_no_aws_call_is_not_recorded():
    record, changes, scopes = recorder()
    record(exchange())
    assert (changes.generation(""), scopes.known()) == (0, [DEFAULT])


def stacks(*statuses):
    return {"Stacks": [{"StackStatus": status} for status in statuses]}


async def until(check):
    async with asyncio.timeout(60):
        while not check():
            await asyncio.sleep(0.01)


def test_a_stack_at_work_is_watched_until_it_rests():
    answers = [stacks("CREATE_IN_PROGRESS")] * 3 + [stacks("CREATE_COMPLETE", "REVIEW_IN_PROGRESS")]
    caller = FakeCaller({"DescribeStacks": answers})
    record, changes, _ = recorder(caller)

    async def story():
        record(answered("cloudformation", "ExecuteChangeSet"))
        record(answered("cloudformation", "CreateStack"))  # one watcher is enough
        await until(lambda: len(caller.calls) == 6)
        before = changes.generation("lambda")
        await asyncio.sleep(0.15)
        assert changes.generation("lambda") == before

    asyncio.run(story())
    assert changes.generation("lambda") == 8
    assert len(caller.calls) == 6


def test_watching_survives_an_error_and_ends_with_the_cloud():
    caller = FakeCaller({"DescribeStacks": [AwsError("Throttling", "slow down"), stacks("DELETE_IN_PROGRESS")]})
    record, changes, _ = recorder(caller)

    async def story():
        record(answered("cloudformation", "DeleteStack"))
        await until(lambda: len(caller.calls) >= 3)
        record.stop()
        await asyncio.sleep(0)
        after = len(caller.calls)
        await asyncio.sleep(0.15)
        assert len(caller.calls) == after

    asyncio.run(story())
    assert changes.generation("s3") >= 3


def test_of_other_services_policies_and_names_count():
    assert may_change("dynamodb", "PutResourcePolicy") and not may_change("dynamodb", "PutItem")
    assert may_change("sqs", "SetQueueAttributes") and not may_change("sqs", "SendMessage")
    assert may_change("secretsmanager", "PutResourcePolicy") and not may_change("secretsmanager", "PutSecretValue")
