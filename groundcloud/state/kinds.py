"""What an account may hold, and by which AWS operations it is listed and deleted: data, in the order of deletion.

What uses something comes before it: stacks before all they made, mappings before functions, functions before roles.
"""

from __future__ import annotations

from typing import NamedTuple

from groundcloud.state.kind import Kind
from groundcloud.state.networks import NETWORKS

KINDS = (
    Kind(
        "cloudformation",
        "DescribeStacks",
        "Stacks[?StackStatus!='DELETE_COMPLETE' && !ParentId].{StackName: StackId}",
        "DeleteStack",
    ),
    Kind("lambda", "ListEventSourceMappings", "EventSourceMappings[].{UUID: UUID}", "DeleteEventSourceMapping"),
    Kind("lambda", "ListFunctions", "Functions[].{FunctionName: FunctionName}", "DeleteFunction"),
    Kind(
        "lambda",
        "ListLayers",
        "Layers[].{LayerName: LayerName, VersionNumber: LatestMatchingVersion.Version}",
        "DeleteLayerVersion",
    ),
    Kind(
        "lambda",
        "ListCodeSigningConfigs",
        "CodeSigningConfigs[].{CodeSigningConfigArn: CodeSigningConfigArn}",
        "DeleteCodeSigningConfig",
    ),
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
    Kind("dynamodb", "ListBackups", "BackupSummaries[].{BackupArn: BackupArn}", "DeleteBackup"),
    Kind("dynamodb", "ListTables", "TableNames[].{TableName: @}", "DeleteTable"),
    Kind("s3", "ListBuckets", "Buckets[].{Bucket: Name}", "DeleteBucket"),
    Kind("sqs", "ListQueues", "QueueUrls[].{QueueUrl: @}", "DeleteQueue"),
    Kind("sns", "ListTopics", "Topics[].{TopicArn: TopicArn}", "DeleteTopic"),
    Kind(
        "sns",
        "ListPlatformApplications",
        "PlatformApplications[].{PlatformApplicationArn: PlatformApplicationArn}",
        "DeletePlatformApplication",
    ),
    Kind("events", "ListArchives", "Archives[].{ArchiveName: ArchiveName}", "DeleteArchive"),
    Kind("events", "ListApiDestinations", "ApiDestinations[].{Name: Name}", "DeleteApiDestination"),
    Kind("events", "ListConnections", "Connections[].{Name: Name}", "DeleteConnection"),
    Kind("events", "ListRules", "Rules[].{Name: Name, EventBusName: EventBusName}", "DeleteRule"),
    Kind("events", "ListEventBuses", "EventBuses[?Name!='default'].{Name: Name}", "DeleteEventBus"),
    Kind("scheduler", "ListSchedules", "Schedules[].{Name: Name, GroupName: GroupName}", "DeleteSchedule"),
    Kind("scheduler", "ListScheduleGroups", "ScheduleGroups[?Name!='default'].{Name: Name}", "DeleteScheduleGroup"),
    Kind(
        "stepfunctions",
        "ListStateMachines",
        "stateMachines[].{stateMachineArn: stateMachineArn}",
        "DeleteStateMachine",
    ),
    Kind("stepfunctions", "ListActivities", "activities[].{activityArn: activityArn}", "DeleteActivity"),
    Kind("kinesis", "ListStreams", "StreamNames[].{StreamName: @}", "DeleteStream"),
    Kind("ssm", "DescribeParameters", "Parameters[].{Name: Name}", "DeleteParameter"),
    Kind(
        "secretsmanager",
        "ListSecrets",
        "SecretList[].{SecretId: ARN, ForceDeleteWithoutRecovery: `true`}",
        "DeleteSecret",
    ),
    Kind(
        "cloudfront",
        "ListDistributions",
        "DistributionList.Items[].{Id: Id}",
        "DeleteDistribution",
    ),
    Kind("acm", "ListCertificates", "CertificateSummaryList[].{CertificateArn: CertificateArn}", "DeleteCertificate"),
    Kind("route53", "ListHostedZones", "HostedZones[].{Id: Id}", "DeleteHostedZone"),
    Kind(
        "ecr",
        "DescribeRepositories",
        "repositories[].{repositoryName: repositoryName, force: `true`}",
        "DeleteRepository",
    ),
    Kind("logs", "DescribeLogGroups", "logGroups[].{logGroupName: logGroupName}", "DeleteLogGroup"),
    Kind("logs", "DescribeDestinations", "destinations[].{destinationName: destinationName}", "DeleteDestination"),
    Kind(
        "logs",
        "DescribeResourcePolicies",
        "resourcePolicies[].{policyName: policyName}",
        "DeleteResourcePolicy",
    ),
    # They depend on the others.
    Kind(
        "cloudwatch",
        "DescribeAlarms",
        "CompositeAlarms[].{AlarmNames: [AlarmName]}",
        "DeleteAlarms",
        {"AlarmTypes": ["CompositeAlarm"]},
    ),
    Kind("cloudwatch", "DescribeAlarms", "MetricAlarms[].{AlarmNames: [AlarmName]}", "DeleteAlarms"),
    Kind("cloudwatch", "ListDashboards", "DashboardEntries[].{DashboardNames: [DashboardName]}", "DeleteDashboards"),
    Kind("ses", "ListTemplates", "TemplatesMetadata[].{TemplateName: Name}", "DeleteTemplate"),
    Kind(
        "ses",
        "ListConfigurationSets",
        "ConfigurationSets[].{ConfigurationSetName: Name}",
        "DeleteConfigurationSet",
    ),
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
    Kind(
        "iam",
        "ListOpenIDConnectProviders",
        "OpenIDConnectProviderList[].{OpenIDConnectProviderArn: Arn}",
        "DeleteOpenIDConnectProvider",
    ),
    Kind("iam", "ListSAMLProviders", "SAMLProviderList[].{SAMLProviderArn: Arn}", "DeleteSAMLProvider"),
    Kind(
        "iam",
        "ListVirtualMFADevices",
        "VirtualMFADevices[].{SerialNumber: SerialNumber}",
        "DeleteVirtualMFADevice",
        {"AssignmentStatus": "Any"},
    ),
    Kind("iam", "ListAccountAliases", "AccountAliases[].{AccountAlias: @}", "DeleteAccountAlias"),
    *NETWORKS,
    # What was encrypted by a key is gone by now.
    Kind(
        "kms",
        "ListAliases",
        "Aliases[?!starts_with(AliasName, 'alias/aws/')].{AliasName: AliasName}",
        "DeleteAlias",
    ),
    Kind("kms", "ListKeys", "Keys[].{KeyId: KeyId, PendingWindowInDays: `7`}", "ScheduleKeyDeletion"),
)

SERVICES = tuple(dict.fromkeys(kind.service for kind in KINDS))
"""What can be reset by itself, in the order in which an account is."""

PARTLY = frozenset({"ec2"})
"""Services of which there may be more than the kinds here."""


class Lasting(NamedTuple):
    """What AWS lets nobody delete: it is there if `found`, a JMESPath, finds any in the answer of `listing`."""

    service: str
    listing: str
    found: str


LASTING = (
    Lasting("cloudwatch", "ListMetrics", "Metrics"),
    # They wait for their deletion for a week at least, and cannot be used.
    Lasting("kms", "ListKeys", "Keys"),
    Lasting("ses", "GetSendStatistics", "SendDataPoints"),
)
