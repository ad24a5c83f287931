"""A changed template changes what it made, over LocalStack's CloudFormation, which has no update for most types."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.aws import Aws
from tests.support.localstack import deploy
from tests.support.processes import poll

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

FUNCTION = {
    "Role": {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                },
            }
        },
    },
    "Function": {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Runtime": "python3.13",
            "Handler": "index.handler",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            "Code": {"ZipFile": "def handler(event, context): pass"},
        },
    },
    "Version": {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Ref": "Function"}}},
}
KEY_POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "kms:*", "Resource": "*"}],
}


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{kind}", "Properties": properties}


def changed(aws: Aws, name: str, before: dict[str, Any], after: dict[str, Any]) -> dict[str, str]:
    """Deploy `before`, then `after`, and see that the resources stayed themselves; their physical names."""
    outputs = {key: {"Value": {"Ref": key}} for key in after}
    made = deploy(aws, name, before, outputs)
    assert deploy(aws, name, after, outputs) == made
    return made


def told(aws: Aws, stack: str) -> list[str]:
    """What the events of changed resources tell beside that."""
    events = aws.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
    return [
        event["ResourceStatusReason"]
        for event in events
        if event["ResourceStatus"] == "UPDATE_COMPLETE" and event.get("ResourceStatusReason")
    ]


def test_a_table_changes(there: Aws) -> None:
    """AttributeDefinitions, indexes, stream, expiry and tags; its items stay."""
    keys = {"KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}
    name, other = ({"AttributeName": each, "AttributeType": "S"} for each in ("id", "owner"))
    index = {
        "IndexName": "owners",
        "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    before = resource("DynamoDB::Table", **keys, AttributeDefinitions=[name])
    table = deploy(there, "table", {"Table": before}, {"Table": {"Value": {"Ref": "Table"}}})["Table"]
    dynamodb = there.client("dynamodb")
    dynamodb.put_item(TableName=table, Item={"id": {"S": "one"}, "owner": {"S": "ann"}})
    after = resource(
        "DynamoDB::Table",
        **keys,
        AttributeDefinitions=[name, other],
        GlobalSecondaryIndexes=[index],
        StreamSpecification={"StreamViewType": "NEW_IMAGE"},
        TimeToLiveSpecification={"AttributeName": "until", "Enabled": True},
        Tags=[{"Key": "team", "Value": "blue"}],
    )
    outputs = {"Table": {"Value": {"Ref": "Table"}}, "Stream": {"Value": {"Fn::GetAtt": ["Table", "StreamArn"]}}}
    made = deploy(there, "table", {"Table": after}, outputs)
    assert made["Table"] == table
    found = dynamodb.describe_table(TableName=table)["Table"]
    assert [each["IndexName"] for each in found["GlobalSecondaryIndexes"]] == ["owners"]
    assert (found["StreamSpecification"]["StreamViewType"], found["LatestStreamArn"]) == ("NEW_IMAGE", made["Stream"])
    expiry = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert expiry["TimeToLiveStatus"] == "ENABLED"
    assert {"Key": "team", "Value": "blue"} in dynamodb.list_tags_of_resource(ResourceArn=found["TableArn"])["Tags"]
    assert dynamodb.scan(TableName=table)["Count"] == 1
    deploy(there, "table", {"Table": before}, {"Table": {"Value": {"Ref": "Table"}}})
    found = dynamodb.describe_table(TableName=table)["Table"]
    assert not found.get("GlobalSecondaryIndexes")
    assert dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"


def test_a_rule_and_a_log_group_change(there: Aws) -> None:
    group, queue = resource("Logs::LogGroup"), resource("SQS::Queue")
    target = {"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}
    rule = resource("Events::Rule", ScheduleExpression="rate(1 day)", State="DISABLED")
    patterned = resource("Events::Rule", EventPattern={"source": ["app"]}, Targets=[target])
    made = changed(
        there,
        "events",
        {"Group": group, "Queue": queue, "Rule": rule},
        {"Group": resource("Logs::LogGroup", RetentionInDays=7), "Queue": queue, "Rule": patterned},
    )
    (found,) = there.client("logs").describe_log_groups(logGroupNamePrefix=made["Group"])["logGroups"]
    assert found["retentionInDays"] == 7
    events = there.client("events")
    assert json.loads(events.describe_rule(Name=made["Rule"])["EventPattern"]) == {"source": ["app"]}
    assert [each["Id"] for each in events.list_targets_by_rule(Rule=made["Rule"])["Targets"]] == ["queue"]


def test_an_alias_and_a_function_url_change(there: Aws) -> None:
    reference = {"Ref": "Function"}
    version = {"Fn::GetAtt": ["Version", "Version"]}

    def resources(description: str, **url: Any) -> dict[str, Any]:
        alias = resource(
            "Lambda::Alias", FunctionName=reference, Name="live", FunctionVersion=version, Description=description
        )
        return {**FUNCTION, "Alias": alias, "Url": resource("Lambda::Url", TargetFunctionArn=reference, **url)}

    made = changed(
        there,
        "urls",
        resources("one", AuthType="AWS_IAM"),
        resources("two", AuthType="NONE", Cors={"AllowOrigins": ["https://a.example"]}),
    )
    client = there.client("lambda")
    assert client.get_alias(FunctionName=made["Function"], Name="live")["Description"] == "two"
    url = client.get_function_url_config(FunctionName=made["Function"])
    assert (url["AuthType"], url["Cors"]["AllowOrigins"]) == ("NONE", ["https://a.example"])


def test_what_is_put_is_put_again(there: Aws) -> None:
    """A bucket's policy, a topic's, an alarm, a gateway response."""

    def policy(effect: str, action: str, arn: Any) -> dict[str, Any]:
        return {"Statement": [{"Effect": effect, "Principal": "*", "Action": action, "Resource": arn}]}

    def resources(effect: str, threshold: int, status: str) -> dict[str, Any]:
        objects = {"Fn::Sub": "${Bucket.Arn}/*"}
        return {
            "Bucket": resource("S3::Bucket"),
            "Policy": resource(
                "S3::BucketPolicy", Bucket={"Ref": "Bucket"}, PolicyDocument=policy(effect, "s3:PutObject", objects)
            ),
            "Topic": resource("SNS::Topic"),
            "TopicPolicy": resource(
                "SNS::TopicPolicy",
                Topics=[{"Ref": "Topic"}],
                PolicyDocument=policy(effect, "sns:Publish", {"Ref": "Topic"}),
            ),
            "Alarm": resource(
                "CloudWatch::Alarm",
                Namespace="app",
                MetricName="errors",
                Statistic="Sum",
                Period=60,
                EvaluationPeriods=1,
                Threshold=threshold,
                ComparisonOperator="GreaterThanThreshold",
            ),
            "Api": resource("ApiGateway::RestApi", Name="answers"),
            "Answer": resource(
                "ApiGateway::GatewayResponse",
                RestApiId={"Ref": "Api"},
                ResponseType="DEFAULT_4XX",
                StatusCode=status,
            ),
        }

    outputs = {name: {"Value": {"Ref": name}} for name in ("Bucket", "Topic", "Alarm", "Api")}
    made = deploy(there, "put", resources("Allow", 1, "418"), outputs)
    assert deploy(there, "put", resources("Deny", 5, "404"), outputs) == made
    assert '"Deny"' in there.client("s3").get_bucket_policy(Bucket=made["Bucket"])["Policy"]
    assert '"Deny"' in there.client("sns").get_topic_attributes(TopicArn=made["Topic"])["Attributes"]["Policy"]
    (alarm,) = there.client("cloudwatch").describe_alarms(AlarmNames=[made["Alarm"]])["MetricAlarms"]
    assert alarm["Threshold"] == 5
    gateway = there.client("apigateway")
    assert gateway.get_gateway_response(restApiId=made["Api"], responseType="DEFAULT_4XX")["statusCode"] == "404"


def test_what_cannot_be_changed_is_told(there: Aws) -> None:
    """Source: localstack/plugin/README.md, "An update". That nothing but the order of things changed is not told."""
    queue = resource("SQS::Queue")
    key = resource("KMS::Key", Description="one", KeyPolicy=KEY_POLICY)
    deploy(there, "told", {"Queue": queue, "Key": key})
    deploy(there, "told", {"Queue": queue, "Key": {**key, "DependsOn": ["Queue"]}})
    assert told(there, "told") == []
    other = resource("KMS::Key", Description="two", KeyPolicy=KEY_POLICY)
    deploy(there, "told", {"Queue": queue, "Key": other})
    (reason,) = told(there, "told")
    assert reason.startswith(
        "LocalStack's CloudFormation cannot change Description of AWS::KMS::Key: it stays as it was"
    )


@pytest.mark.parametrize("by", ["stack", "change-set"])
def test_an_update_that_fails_goes_back(there: Aws, by: str) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html;
    what the update was to delete is still there, and the stack can be updated afterwards."""
    cfn, name = there.client("cloudformation"), f"back-{by}"
    before = {"Queue": resource("SQS::Queue", DelaySeconds=1), "Old": resource("SQS::Queue", QueueName="old")}
    url = deploy(there, name, before, {"Queue": {"Value": {"Ref": "Queue"}}})["Queue"]
    added = {"New": {**resource("SNS::Topic", TopicName="new"), "DependsOn": "Queue"}}
    policy = resource("S3::BucketPolicy", Bucket="is-not-there", PolicyDocument={"Statement": []})
    broken = {"Broken": {**policy, "DependsOn": "New"}}
    after = {"Queue": resource("SQS::Queue", DelaySeconds=2), **added}
    fail(there, name, {**after, **broken}, by)
    attributes = there.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]
    assert attributes == {"DelaySeconds": "1"}
    assert there.client("sqs").get_queue_url(QueueName="old")["QueueUrl"]
    assert there.client("sns").list_topics()["Topics"] == []
    kept = cfn.get_template(StackName=name)["TemplateBody"]["Resources"]
    assert kept == before
    events = cfn.describe_stack_events(StackName=name)["StackEvents"]
    reasons = [event.get("ResourceStatusReason", "") for event in events]
    assert any("NoSuchBucket" in reason for reason in reasons), reasons
    assert deploy(there, name, after, {"Queue": {"Value": {"Ref": "Queue"}}})["Queue"] == url
    attributes = there.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]
    assert attributes == {"DelaySeconds": "2"}
    assert len(there.client("sns").list_topics()["Topics"]) == 1
    assert len(there.client("sqs").list_queues()["QueueUrls"]) == 1


def fail(aws: Aws, stack: str, resources: dict[str, Any], by: str) -> None:
    """Try to update, and see that the stack went back."""
    client, template = aws.client("cloudformation"), json.dumps({"Resources": resources})
    if by == "stack":
        client.update_stack(StackName=stack, TemplateBody=template)
    else:
        made = client.create_change_set(StackName=stack, ChangeSetName="changes", TemplateBody=template)
        client.get_waiter("change_set_create_complete").wait(ChangeSetName=made["Id"], WaiterConfig={"Delay": 1})
        client.execute_change_set(ChangeSetName=made["Id"])

    def ended() -> str:
        status = str(client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
        return "" if status.endswith("_IN_PROGRESS") or status == "CREATE_COMPLETE" else status

    assert poll(ended, timeout=300, what="the end of the update", every=0.2) == "UPDATE_ROLLBACK_COMPLETE"
