"""What AWS refuses, as boto3's clients raise it."""

from __future__ import annotations

from botocore.exceptions import ClientError


def refusal(code: str, message: str, status: int = 400) -> ClientError:
    """A `ClientError` with this code, message and HTTP status."""
    told = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(told, "Operation")  # type: ignore[arg-type]
