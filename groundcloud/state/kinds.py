"""What an account may hold, and by which AWS operations it is listed and deleted: data, in the order of deletion.

What uses something comes before it: stacks before all they made, mappings before functions, functions before roles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Kind:
    """`listing` and `deletion` are operations of `service`; `found` is a JMESPath that makes the parameters of each
    deletion of the listing's answer; `asked` are the listing's own. What AWS wants to be empty first is emptied by
    `clearing`."""

    service: str
    listing: str
    found: str
    deletion: str
    asked: Mapping[str, Any] = field(default_factory=dict)


KINDS = (
    Kind(
        "cloudformation",
        "DescribeStacks",
        "Stacks[?StackStatus!='DELETE_COMPLETE' && !ParentId].{StackName: StackId}",
        "DeleteStack",
    ),
    Kind("lambda", "ListEventSourceMappings", "EventSourceMappings[].{UUID: UUID}", "DeleteEventSourceMapping"),
    Kind("lambda", "ListFunctions", "Functions[].{FunctionName: FunctionName}", "DeleteFunction"),
    Kind("apigateway", "GetDomainNames", "items[].{domainName: domainName}", "DeleteDomainName"),
    Kind("apigateway", "GetUsagePlans", "items[].{usagePlanId: id}", "DeleteUsagePlan"),
    Kind("apigateway", "GetApiKeys", "items[].{apiKey: id}", "DeleteApiKey"),
    Kind("apigateway", "GetRestApis", "items[].{restApiId: id}", "DeleteRestApi"),
    Kind("apigatewayv2", "GetDomainNames", "Items[].{DomainName: DomainName}", "DeleteDomainName"),
    Kind("apigatewayv2", "GetApis", "Items[].{ApiId: ApiId}", "DeleteApi"),
    Kind("cognito-idp", "ListUserPools", "UserPools[].{UserPoolId: Id}", "DeleteUserPool", {"MaxResults": 60}),
    Kind(
        "cognito-identity",
        "ListIdentityPools",
        "IdentityPools[].{IdentityPoolId: IdentityPoolId}",
        "DeleteIdentityPool",
        {"MaxResults": 60},
    ),
    Kind("dynamodb", "ListTables", "TableNames[].{TableName: @}", "DeleteTable"),
    Kind("s3", "ListBuckets", "Buckets[].{Bucket: Name}", "DeleteBucket"),
    Kind("sqs", "ListQueues", "QueueUrls[].{QueueUrl: @}", "DeleteQueue"),
    Kind("sns", "ListTopics", "Topics[].{TopicArn: TopicArn}", "DeleteTopic"),
    Kind("events", "ListRules", "Rules[].{Name: Name, EventBusName: EventBusName}", "DeleteRule"),
    Kind("events", "ListEventBuses", "EventBuses[?Name!='default'].{Name: Name}", "DeleteEventBus"),
    Kind("scheduler", "ListSchedules", "Schedules[].{Name: Name, GroupName: GroupName}", "DeleteSchedule"),
    Kind(
        "stepfunctions",
        "ListStateMachines",
        "stateMachines[].{stateMachineArn: stateMachineArn}",
        "DeleteStateMachine",
    ),
    Kind("kinesis", "ListStreams", "StreamNames[].{StreamName: @}", "DeleteStream"),
    Kind("ssm", "DescribeParameters", "Parameters[].{Name: Name}", "DeleteParameter"),
    Kind(
        "secretsmanager",
        "ListSecrets",
        "SecretList[].{SecretId: ARN, ForceDeleteWithoutRecovery: `true`}",
        "DeleteSecret",
    ),
    Kind("logs", "DescribeLogGroups", "logGroups[].{logGroupName: logGroupName}", "DeleteLogGroup"),
    Kind("cloudwatch", "DescribeAlarms", "MetricAlarms[].{AlarmNames: [AlarmName]}", "DeleteAlarms"),
    Kind("ses", "ListIdentities", "Identities[].{Identity: @}", "DeleteIdentity"),
    Kind(
        "iam",
        "ListInstanceProfiles",
        "InstanceProfiles[].{InstanceProfileName: InstanceProfileName}",
        "DeleteInstanceProfile",
    ),
    Kind("iam", "ListRoles", "Roles[?!starts_with(Path, '/aws-service-role/')].{RoleName: RoleName}", "DeleteRole"),
    Kind("iam", "ListUsers", "Users[].{UserName: UserName}", "DeleteUser"),
    Kind("iam", "ListGroups", "Groups[].{GroupName: GroupName}", "DeleteGroup"),
    Kind("iam", "ListPolicies", "Policies[].{PolicyArn: Arn}", "DeletePolicy", {"Scope": "Local"}),
)

SERVICES = tuple(dict.fromkeys(kind.service for kind in KINDS))
"""What can be reset by itself, in the order in which an account is."""
