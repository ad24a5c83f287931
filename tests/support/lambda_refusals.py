"""One account with what Lambda's refusals need, and how a refusal is checked: tests/contract/test_lambda_refusals*."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.fakes.fake_engine import zipped
from tests.support.aws import Aws
from tests.support.functions import Functions

Case = tuple[str, dict[str, Any], str, int, str]
"""Operation, parameters, and how it is refused: code, status, and how the message begins."""

UNCHECKED = Config(parameter_validation=False, retries={"total_max_attempts": 1})
ELSEWHERE = "00000000-0000-0000-0000-000000000000"


class Place:
    """One account with a function ``f``, its version 1 and alias ``live``, and what its mappings may read."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.api: BaseClient = aws.client("lambda", config=UNCHECKED)
        functions = Functions(aws)
        self.arn = functions.make("f", "def handler(event, context): return 1", "*")
        self.role = functions.api.get_function_configuration(FunctionName="f")["Role"]
        self.account = self.arn.split(":")[4]
        self.api.publish_version(FunctionName="f")
        self.api.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
        layers = [
            functions.api.publish_layer_version(LayerName="l", Content={"ZipFile": zipped({"x.py": text})})
            for text in ("1", "2")
        ]
        self.layers = [layer["LayerVersionArn"] for layer in layers]
        self.ec2_role = self._role_of_ec2()
        self.poor_role = functions.role("poor")
        self.stream = self._sources()
        aws.client("s3").create_bucket(Bucket=f"code-{self.account}")

    def _role_of_ec2(self) -> str:
        trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        made = self.aws.client("iam").create_role(RoleName="ec2", AssumeRolePolicyDocument=document)
        return str(made["Role"]["Arn"])

    def _sources(self) -> str:
        """Queues ``q`` and ``q.fifo``, of which ``f`` reads the first; returns the stream of a table ``t``."""
        sqs = self.aws.client("sqs")
        sqs.create_queue(QueueName="q")
        sqs.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})
        made = self.aws.client("dynamodb").create_table(
            TableName="table",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        )
        return str(made["TableDescription"]["LatestStreamArn"])

    def known(self, text: str) -> str:
        """`text` with the names of this account's things in it."""
        names = {"f": self.arn, "account": self.account, "layer_1": self.layers[0], "layer_2": self.layers[1]}
        names |= {"role": self.role, "ec2_role": self.ec2_role, "poor_role": self.poor_role, "stream": self.stream}
        for name, value in names.items():
            text = text.replace("{" + name + "}", value)
        return text

    def refusal(self, operation: str, asked: dict[str, Any]) -> tuple[str, int, str]:
        with pytest.raises(ClientError) as caught:
            getattr(self.api, operation)(**_filled(asked, self.known))
        answer = caught.value.response
        error = answer["Error"]
        return error["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], error["Message"]


def _filled(value: Any, known: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {name: _filled(item, known) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, known) for item in value]
    return known(value) if isinstance(value, str) else value


F = {"FunctionName": "f"}


def one(value: object, path: str, constraint: str) -> str:
    fault = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {constraint}"
    return f"1 validation error detected: {fault}"


INVALID = ("InvalidParameterValueException", 400)
BROKEN = ("ValidationException", 400)
MISSING = ("ResourceNotFoundException", 404)
CONFLICT = ("ResourceConflictException", 409)
STALE = ("PreconditionFailedException", 412)
NEWER = (
    "The Revision Id provided does not match the latest Revision Id. "
    "Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
)


def check(place: Place, case: Case) -> None:
    operation, asked, code, status, message = case
    found = place.refusal(operation, asked)
    assert found[:2] == (code, status), found
    assert found[2].startswith(place.known(message)), found
