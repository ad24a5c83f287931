"""What Lambda refuses of provisioned concurrency, in its words.

The errors of https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html and its like. The
page has no wordings: they are as clients of AWS report them, for instance
https://github.com/hashicorp/terraform-provider-aws/issues/12120.
"""

from __future__ import annotations

from groundcloud.errors import AwsError
from groundcloud.runtime import limits
from groundcloud.runtime.errors import invalid_parameter

INIT_FAILURE = "FUNCTION_ERROR_INIT_FAILURE"
"""The status reason of what did not start: https://github.com/serverless/serverless/issues/7250"""


def not_applied(reason: str) -> AwsError:
    """What a stack says of an alias or version: https://github.com/aws/aws-cdk/issues/6016"""
    return AwsError(
        "NotStabilized", f"Provisioned Concurrency configuration failed to be applied. Reason: {reason}", 400
    )


def unpublished() -> AwsError:
    return invalid_parameter("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")


def not_qualified() -> AwsError:
    return invalid_parameter("The function resource provided must be an alias or a published version.")


def not_found() -> AwsError:
    message = "No Provisioned Concurrency Config found for this function"
    return AwsError("ProvisionedConcurrencyConfigNotFoundException", message, 404, Type="User")


def alias_not_found(arn: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"Cannot find alias arn: {arn}", 404, Type="User")


def too_few(value: object) -> AwsError:
    return AwsError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at 'provisionedConcurrentExecutions' failed to satisfy "
        "constraint: Member must have value greater than or equal to 1",
        400,
    )


def missing_number() -> AwsError:
    return AwsError(
        "ValidationException",
        "1 validation error detected: Value null at 'provisionedConcurrentExecutions' failed to satisfy constraint: "
        "Member must not be null",
        400,
    )


def above_reserved() -> AwsError:
    return invalid_parameter(
        "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
    )


def below_minimum() -> AwsError:
    return invalid_parameter(
        "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
        f"minimum value of [{limits.UNRESERVED_EXECUTIONS}]."
    )


def reserved_too_low(reserved: int, provided: int) -> AwsError:
    return invalid_parameter(
        f"ReservedConcurrentExecutions {reserved} should not be lower than function's total provisioned concurrency "
        f"[{provided}]."
    )


def weighted() -> AwsError:
    return invalid_parameter("Alias with weights can not be used with Provisioned Concurrency")


def _conflict(message: str) -> AwsError:
    return AwsError("ResourceConflictException", message, 409, Type="User")


def version_is_provided() -> AwsError:
    return _conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")


def alias_is_provided() -> AwsError:
    return _conflict("Version is pointed by a Provisioned Concurrency alias")
