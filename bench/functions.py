"""Functions made by the Lambda API alone, for the figures that need many of them."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from bench.subject import Subject

ROLE = "bench-functions"
LOGGING_HANDLER = """
import json, os, boto3
table = boto3.resource("dynamodb").Table(os.environ["TABLE"])
def handler(event, context):
    print("handling", event)
    table.put_item(Item={"id": "one", "body": json.dumps(event)})
    return {"ok": True}
"""


def package(source: str) -> bytes:
    """A zip with `source` as ``index.py``."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", source)
    return buffer.getvalue()


def make_role(subject: Subject, name: str = ROLE) -> str:
    """A role that functions can take and that may use DynamoDB; its ARN."""
    iam = subject.client("iam")
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = {"Effect": "Allow", "Action": ["dynamodb:*", "logs:*"], "Resource": "*"}
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_document(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=_document(policy))
    return str(role)


def role_of(subject: Subject) -> str:
    """The ARN of the role that `make_role` made."""
    return str(subject.client("iam").get_role(RoleName=ROLE)["Role"]["Arn"])


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_functions(subject: Subject, role: str, names: list[str], table: str, source: str = LOGGING_HANDLER) -> None:
    """Create the functions and wait until they can be called."""
    client = subject.client("lambda")
    for name in names:
        client.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=role,
            Handler="index.handler",
            Code={"ZipFile": package(source)},
            Timeout=10,
            MemorySize=256,
            Environment={"Variables": {"TABLE": table}},
        )
    for name in names:
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
