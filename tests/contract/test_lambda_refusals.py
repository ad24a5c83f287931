"""What Lambda refuses, and nothing was done then: by boto3 against a running cloud.

The sentences are those of recordings made against AWS, LocalStack's
tests/aws/services/lambda_/test_lambda_api.snapshot.json (called *recording* below, with the test it belongs to), or of
what AWS's clients report; the constraints those of https://docs.aws.amazon.com/lambda/latest/api/.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.lambda_refusals import (
    BROKEN,
    CONFLICT,
    ELSEWHERE,
    INVALID,
    MISSING,
    NEWER,
    STALE,
    F,
    Place,
    check,
    one,
)


@pytest.fixture(scope="module")
def place(cloud: Cloud) -> Iterator[Place]:
    aws = Aws(cloud.endpoint, new_account())
    yield Place(aws)
    aws.close()


SAME_LAYER = (
    "Two different versions of the same layer are not allowed to be referenced in the same function. "
    "{layer_1} and {again} are versions of the same layer."
)
DIGITS = "satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)"

VERSIONS = {
    "layer-versions": (
        "update_function_configuration",
        {**F, "Layers": ["{layer_1}", "{layer_2}"]},
        *INVALID,
        SAME_LAYER.replace("again", "layer_2"),
    ),
    "layer-twice": (
        "update_function_configuration",
        {**F, "Layers": ["{layer_1}", "{layer_1}"]},
        *INVALID,
        SAME_LAYER.replace("again", "layer_1"),
    ),
    "other-code": (
        "publish_version",
        {**F, "CodeSha256": "abc="},
        *INVALID,
        "CodeSHA256 (abc=) is different from current CodeSHA256 in $LATEST",
    ),
    "old-revision": ("publish_version", {**F, "RevisionId": ELSEWHERE}, *STALE, NEWER),
    "unpublished-goes": (
        "delete_function",
        {**F, "Qualifier": "$LATEST"},
        *INVALID,
        "$LATEST version cannot be deleted without deleting the function.",
    ),
    "unpublished-by-arn": (
        "delete_function",
        {"FunctionName": "{f}:$LATEST"},
        *INVALID,
        "$LATEST version cannot be deleted without deleting the function.",
    ),
    "alias-of-nothing": (
        "create_alias",
        {**F, "Name": "a", "FunctionVersion": "10"},
        *MISSING,
        "Function not found: {f}:10",
    ),
    "weight-for-nothing": (
        "create_alias",
        {**F, "Name": "a", "FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"10": 0.5}}},
        *MISSING,
        "Function not found: {f}:10",
    ),
    "alias-of-no-function": (
        "create_alias",
        {"FunctionName": "nobody", "Name": "a", "FunctionVersion": "1"},
        *MISSING,
        "Function not found: arn:aws:lambda:us-east-1:{account}:function:nobody:1",
    ),
    "alias-digits": (
        "create_alias",
        {**F, "Name": "123", "FunctionVersion": "1"},
        *BROKEN,
        one(123, "name", DIGITS),
    ),
    "alias-taken": (
        "create_alias",
        {**F, "Name": "live", "FunctionVersion": "1"},
        *CONFLICT,
        "Alias already exists: {f}:live",
    ),
    "alias-moved-to-nothing": (
        "update_alias",
        {**F, "Name": "live", "FunctionVersion": "77"},
        *MISSING,
        "Function not found: {f}:77",
    ),
    "alias-weight-of-its-own": (
        "update_alias",
        {**F, "Name": "live", "RoutingConfig": {"AdditionalVersionWeights": {"1": 0.5}}},
        *INVALID,
        "Invalid function version 1. Function version 1 is already included in routing configuration.",
    ),
    "no-alias": (
        "update_alias",
        {**F, "Name": "nobody", "Description": "x"},
        *MISSING,
        "Cannot find alias arn: {f}:nobody",
    ),
    "old-alias": ("update_alias", {**F, "Name": "live", "RevisionId": ELSEWHERE}, *STALE, NEWER),
}


@pytest.mark.parametrize("case", VERSIONS.values(), ids=VERSIONS)
def test_versions_aliases_and_layers(place: Place, case: Any) -> None:
    """Recording: test_publish_with_wrong_sha256, test_lambda_alias_moving, test_notfound_and_invalid_routingconfigs,
    test_alias_naming, test_layer_function_exceptions; API_DeleteFunction (Qualifier)."""
    check(place, case)


TOO_LITTLE = (
    "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
    "minimum value of [100]."
)


@pytest.mark.parametrize("number", [901, 1000, 5000])
def test_reserved_concurrency_leaves_a_hundred_to_all(place: Place, number: int) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html; the account's limit is 1,000
    (gettingstarted-limits). The sentence: https://github.com/hashicorp/terraform-provider-aws/issues/12120"""
    asked = {**F, "ReservedConcurrentExecutions": number}
    check(place, ("put_function_concurrency", asked, *INVALID, TOO_LITTLE))


def test_what_a_function_has_reserved_does_not_count_against_its_own_new_reserve(place: Place) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html; GetAccountSettings tells AWS's
    default of 1,000 and what is left of it."""
    place.api.put_function_concurrency(**F, ReservedConcurrentExecutions=900)
    place.api.put_function_concurrency(**F, ReservedConcurrentExecutions=899)
    limit = place.api.get_account_settings()["AccountLimit"]
    assert (limit["ConcurrentExecutions"], limit["UnreservedConcurrentExecutions"]) == (1000, 101)
    place.api.delete_function_concurrency(**F)


RETRIES = {"MaximumRetryAttempts": 1}


def to(arn: str, when: str = "OnSuccess") -> dict[str, Any]:
    return {**F, "DestinationConfig": {when: {"Destination": arn}}}


ASYNCHRONOUS = {
    "3-retries": (
        {**F, "MaximumRetryAttempts": 3},
        *BROKEN,
        one(3, "maximumRetryAttempts", "have value less than or equal to 2"),
    ),
    "59-seconds": (
        {**F, "MaximumEventAgeInSeconds": 59},
        *BROKEN,
        one(59, "maximumEventAgeInSeconds", "have value greater than or equal to 60"),
    ),
    "21601-seconds": (
        {**F, "MaximumEventAgeInSeconds": 21_601},
        *BROKEN,
        one(21_601, "maximumEventAgeInSeconds", "have value less than or equal to 21600"),
    ),
    "nothing": (F, *INVALID, "You must specify at least one of error handling or destination setting."),
    "no-function": ({"FunctionName": "nobody", **RETRIES}, *MISSING, "The function doesn't exist."),
    "no-alias": ({**F, "Qualifier": "nobody", **RETRIES}, *MISSING, "The function doesn't exist."),
    "to-itself": (to("{f}"), *INVALID, "You can't specify the function as a destination for itself."),
    **{
        f"to-no-{kind}": (to(arn), *INVALID, f"The destination ARN {arn} is invalid.")
        for kind, arn in (
            ("function", "{f}-nobody"),
            ("queue", "arn:aws:sqs:us-east-1:{account}:nothing"),
            ("topic", "arn:aws:sns:us-east-1:{account}:nothing"),
            ("bus", "arn:aws:events:us-east-1:{account}:event-bus/nothing"),
            ("plain-queue", "arn:aws:sqs:us-east-1:{account}:nothing.fifo"),
        )
    },
    "to-no-bucket": (
        to("arn:aws:s3:::nothing-is-here", "OnFailure"),
        *INVALID,
        "The destination ARN arn:aws:s3:::nothing-is-here is invalid.",
    ),
    "success-to-a-bucket": (
        to("arn:aws:s3:::b"),
        *INVALID,
        "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:s3:::b), "
        "onFailure=null) is invalid.",
    ),
    "to-another-service": (
        to("arn:aws:iam:us-east-1:{account}:x", "OnFailure"),
        *INVALID,
        "The provided destination config DestinationConfig(onSuccess=null, "
        "onFailure=OnFailure(destination=arn:aws:iam:us-east-1:{account}:x)) is invalid.",
    ),
}


@pytest.mark.parametrize("case", ASYNCHRONOUS.values(), ids=ASYNCHRONOUS)
def test_configurations_for_asynchronous_calls(place: Place, case: Any) -> None:
    """Recording: test_lambda_eventinvokeconfig_exceptions. Queues and topics that are FIFO, and buckets for successes:
    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"""
    check(place, ("put_function_event_invoke_config", *case))


def test_an_update_of_a_configuration_leaves_the_rest_as_it_is(place: Place) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html"""
    case = ({**F, "Qualifier": "1", **RETRIES}, *MISSING, "The function {f}:1 doesn't have an EventInvokeConfig")
    check(place, ("update_function_event_invoke_config", *case))
    place.api.put_function_event_invoke_config(**F, MaximumRetryAttempts=1)
    changed = place.api.update_function_event_invoke_config(**F, MaximumEventAgeInSeconds=100)
    assert (changed["MaximumRetryAttempts"], changed["MaximumEventAgeInSeconds"]) == (1, 100)
    assert changed["LastModified"].year >= 2026
    found = place.api.get_function_event_invoke_config(**F)
    assert (found["MaximumRetryAttempts"], found["MaximumEventAgeInSeconds"]) == (1, 100)
