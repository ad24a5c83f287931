"""How to look a physical name up: the types whose namesake the engine would silently take over, empty or overwrite.

Measured on ministack 1.5.33. Parameters, event buses and buckets it refuses by itself (a bucket only after the stack
was begun). Log groups are left out on purpose: functions make theirs whenever they log.
"""

from __future__ import annotations

from dataclasses import dataclass

from groundcloud.ports import Scope

TABLES = {"AWS::DynamoDB::Table": "TableName", "AWS::DynamoDB::GlobalTable": "TableName"}
"""Tables are looked up in the list of all: an engine-made name is known by its beginning only."""


@dataclass(frozen=True)
class Lookup:
    """The property that names a resource, and the call that finds it; `identifier` is what the call's `member` gets."""

    prop: str
    service: str
    operation: str
    member: str
    identifier: str = "{name}"

    def params(self, name: str, scope: Scope) -> dict[str, str]:
        return {self.member: self.identifier.format(name=name, account=scope.account, region=scope.region)}


LOOKUPS = {
    "AWS::S3::Bucket": Lookup("BucketName", "s3", "HeadBucket", "Bucket"),
    "AWS::Lambda::Function": Lookup("FunctionName", "lambda", "GetFunctionConfiguration", "FunctionName"),
    "AWS::IAM::Role": Lookup("RoleName", "iam", "GetRole", "RoleName"),
    "AWS::SQS::Queue": Lookup("QueueName", "sqs", "GetQueueUrl", "QueueName"),
    "AWS::SNS::Topic": Lookup(
        "TopicName", "sns", "GetTopicAttributes", "TopicArn", "arn:aws:sns:{region}:{account}:{name}"
    ),
    "AWS::SecretsManager::Secret": Lookup("Name", "secretsmanager", "DescribeSecret", "SecretId"),
    "AWS::Kinesis::Stream": Lookup("Name", "kinesis", "DescribeStreamSummary", "StreamName"),
    "AWS::StepFunctions::StateMachine": Lookup(
        "StateMachineName",
        "stepfunctions",
        "DescribeStateMachine",
        "stateMachineArn",
        "arn:aws:states:{region}:{account}:stateMachine:{name}",
    ),
}
