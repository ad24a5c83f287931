"""Users with policies, and what they sign."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.support.aws import REGION, Aws

Statement = dict[str, Any]
Keys = dict[str, Any]


def document(*statements: Statement) -> str:
    """A policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str | list[str], resource: str, **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str | list[str], resource: str, **more: Any) -> Statement:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def trust(principal: Any, **more: Any) -> str:
    """A role's trust policy."""
    return document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **more})


def make_user(aws: Aws, name: str, *statements: Statement) -> Keys:
    """The access key of a new user who may what `statements` say."""
    iam = aws.client("iam")
    iam.create_user(UserName=name)
    if statements:
        give(aws, name, *statements)
    return dict(iam.create_access_key(UserName=name)["AccessKey"])


def give(aws: Aws, name: str, *statements: Statement) -> None:
    """In place of what the user was given before."""
    aws.client("iam").put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document(*statements))


def acting_as(aws: Aws, keys: Keys) -> Aws:
    """boto3 with these keys."""
    return Aws(aws.endpoint, keys["AccessKeyId"], secret=keys["SecretAccessKey"], token=keys.get("SessionToken"))


def signed(keys: Keys, url: str, service: str) -> dict[str, str]:
    """The headers of a signed GET."""
    request = AWSRequest("GET", url)
    credentials = Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys.get("SessionToken"))
    SigV4Auth(credentials, service, REGION).add_auth(request)
    return {name: str(value) for name, value in request.headers.items()}


def code_of(call: Callable[..., Any], **params: Any) -> str:
    """The error's code, "" when the call went through."""
    try:
        call(**params)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""
