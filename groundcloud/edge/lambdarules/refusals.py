"""The refusals of Lambda that several of its operations share, in its words.

https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html#API_CreateAlias_Errors and the like name the codes.
The sentences are those of recordings made against AWS: LocalStack's
tests/aws/services/lambda_/test_lambda_api.snapshot.json.
"""

from __future__ import annotations

from groundcloud.errors import AwsError

NO_RESOURCE = "The resource you requested does not exist."


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", message, 400, Type="User")


def not_found(message: str) -> AwsError:
    return AwsError("ResourceNotFoundException", message, 404, Type="User")


def conflict(message: str) -> AwsError:
    return AwsError("ResourceConflictException", message, 409, Type="User")


def no_function(arn: str) -> AwsError:
    return not_found(f"Function not found: {arn}")


def no_alias(arn: str) -> AwsError:
    return not_found(f"Cannot find alias arn: {arn}")


def stale_revision(getter: str = "GetFunction/GetAlias") -> AwsError:
    """`getter` names the operation that tells the latest one."""
    return AwsError(
        "PreconditionFailedException",
        f"The Revision Id provided does not match the latest Revision Id. Call the {getter} API to retrieve the latest "
        "Revision Id",
        412,
        Type="User",
    )
