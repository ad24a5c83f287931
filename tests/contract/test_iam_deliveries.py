"""What services send by themselves: the policy of the target decides. Pages are below https://docs.aws.amazon.com/."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.lambda_world import wait_until
from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.functions import Functions
from tests.support.users import allow, document


class World:
    """One function, and a source of each service that sends to it."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.account = new_account()
        self.aws = Aws(cloud.endpoint, self.account)
        self.functions = Functions(self.aws)
        self.function = self.functions.make("target")
        self.bucket = f"source-{self.account}"
        self.aws.client("s3").create_bucket(Bucket=self.bucket)
        self.topic = self.aws.client("sns").create_topic(Name="source")["TopicArn"]
        self.aws.client("sns").subscribe(TopicArn=self.topic, Protocol="lambda", Endpoint=self.function)
        events = self.aws.client("events")
        pattern = json.dumps({"source": ["shop"]})
        self.rule = events.put_rule(Name="source", EventPattern=pattern)["RuleArn"]
        events.put_targets(Rule="source", Targets=[{"Id": "1", "Arn": self.function}])
        logs = self.aws.client("logs")
        logs.create_log_group(logGroupName="/source")
        logs.create_log_stream(logGroupName="/source", logStreamName="s")

    def denials(self, principal: str) -> list[dict[str, Any]]:
        asked = {"denied": "1", "principal": principal, "resource": self.function}
        return list(self.cloud.control("/iam/decisions", params=asked).json()["decisions"])

    def permit(self, service: str, source: str) -> None:
        self.functions.api.add_permission(
            FunctionName="target",
            StatementId=f"{service}-{len(self.denials(service))}",
            Action="lambda:InvokeFunction",
            Principal=f"{service}.amazonaws.com",
            SourceArn=source,
        )

    def publish(self) -> None:
        self.aws.client("sns").publish(TopicArn=self.topic, Message="m")

    def put_event(self) -> None:
        self.aws.client("events").put_events(Entries=[{"Source": "shop", "DetailType": "order", "Detail": "{}"}])

    def put_line(self) -> None:
        line = {"timestamp": int(datetime.now(UTC).timestamp() * 1000), "message": "ERROR"}
        self.aws.client("logs").put_log_events(logGroupName="/source", logStreamName="s", logEvents=[line])

    def notify(self) -> None:
        wanted = {"LambdaFunctionArn": self.function, "Events": ["s3:ObjectCreated:*"]}
        configuration = {"LambdaFunctionConfigurations": [wanted]}
        self.aws.client("s3").put_bucket_notification_configuration(
            Bucket=self.bucket, NotificationConfiguration=configuration
        )


@pytest.fixture(scope="module")
def world(cloud: Cloud) -> Iterator[World]:
    made = World(cloud)
    yield made
    made.aws.close()


def check(world: World, service: str, source: str, send: Callable[[], None], sent: Callable[[Any], bool]) -> None:
    """Refused without a permission and with another source's, delivered with its own; the record says what is
    missing."""
    principal = f"{service}.amazonaws.com"
    for other in ("", source.replace("source", "another")):
        if other:
            world.permit(service, other)
        before = len(world.denials(principal))
        send()
        wait_until(lambda count=before: len(world.denials(principal)) > count, f"a denial to {principal}", 20)
    remedy = world.denials(principal)[0]["remedies"][0]
    assert remedy["kind"] == "resource-based policy"
    assert remedy["statement"]["Principal"] == {"Service": principal}
    world.permit(service, source)
    send()
    wait_until(lambda: any(sent(run["event"]) for run in world.functions.runs("target")), f"{service}'s event", 20)
    assert sum(sent(run["event"]) for run in world.functions.runs("target")) == 1


def test_a_topic_needs_a_permission(world: World) -> None:
    """lambda/latest/dg/with-sns.html; lambda/latest/dg/permissions-function-services.html"""
    check(world, "sns", world.topic, world.publish, lambda event: "Sns" in event.get("Records", [{}])[0])


def test_a_rule_needs_a_permission(world: World) -> None:
    """eventbridge/latest/userguide/eb-use-resource-based.html#eb-lambda-permissions"""
    check(world, "events", world.rule, world.put_event, lambda event: event.get("source") == "shop")


def test_a_rule_that_reshapes_its_event_needs_a_permission(world: World) -> None:
    """eventbridge/latest/userguide/eb-use-resource-based.html#eb-lambda-permissions; such an event does not tell where
    it comes from."""
    events = world.aws.client("events")
    rule = events.put_rule(Name="reshapes", EventPattern='{"source": ["mill"]}')["RuleArn"]
    events.put_targets(Rule="reshapes", Targets=[{"Id": "1", "Arn": world.function, "Input": '{"reshaped": 1}'}])
    for number in range(2):
        events.put_events(Entries=[{"Source": "mill", "DetailType": "n", "Detail": "{}"}])
        if not number:
            assert world.denials("events.amazonaws.com")[0]["conditionKeys"]["aws:SourceArn"] == [rule]
            world.permit("events", rule)

    def reshaped() -> int:
        return sum("reshaped" in run["event"] for run in world.functions.runs("target"))

    wait_until(lambda: reshaped() > 0, "the reshaped event", 60)
    assert reshaped() == 1


def test_a_log_group_needs_a_permission(world: World) -> None:
    """AmazonCloudWatch/latest/logs/SubscriptionFilters.html#LambdaFunctionExample"""
    source = f"arn:aws:logs:us-east-1:{world.account}:log-group:/source:*"
    world.aws.client("logs").put_subscription_filter(
        logGroupName="/source", filterName="f", filterPattern="ERROR", destinationArn=world.function
    )
    check(world, "logs", source, world.put_line, lambda event: "awslogs" in event)


def test_a_bucket_needs_a_permission_before_it_may_notify(world: World) -> None:
    """AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html; the permission is asked for again when
    something is sent."""
    source = f"arn:aws:s3:::{world.bucket}"
    for other in ("", "arn:aws:s3:::another"):
        if other:
            world.permit("s3", other)
        with pytest.raises(ClientError, match="Unable to validate the following destination configurations"):
            world.notify()
    world.permit("s3", source)
    world.notify()
    s3 = world.aws.client("s3")
    s3.put_object(Bucket=world.bucket, Key="one", Body=b"")

    def keys() -> list[str]:
        records = [run["event"].get("Records", [{}])[0] for run in world.functions.runs("target")]
        return [record["s3"]["object"]["key"] for record in records if "s3" in record]

    wait_until(lambda: keys() == ["one"], "the notification", 20)
    for statement in json.loads(world.functions.api.get_policy(FunctionName="target")["Policy"])["Statement"]:
        if statement["Principal"] == {"Service": "s3.amazonaws.com"}:
            world.functions.api.remove_permission(FunctionName="target", StatementId=statement["Sid"])
    before = len(world.denials("s3"))
    s3.put_object(Bucket=world.bucket, Key="two", Body=b"")
    wait_until(lambda: len(world.denials("s3")) > before, "a denial to S3", 20)
    assert keys() == ["one"]


def test_an_api_without_a_permission_says_which_is_missing(world: World) -> None:
    """apigateway/latest/developerguide/http-api-troubleshooting-lambda.html: 500, and the record has the statement."""
    made = world.aws.client("apigatewayv2").create_api(Name="source", ProtocolType="HTTP", Target=world.function)
    answer = world.cloud.http.get(f"/_aws/execute-api/{made['ApiId']}/")
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})
    (denial,) = world.denials("apigateway.amazonaws.com")
    assert denial["refused"] and denial["remedies"][0]["statement"] == {
        "Effect": "Allow",
        "Action": "lambda:InvokeFunction",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Resource": world.function,
    }
    world.permit("apigateway", f"arn:aws:execute-api:us-east-1:{world.account}:{made['ApiId']}/*")
    assert world.cloud.http.get(f"/_aws/execute-api/{made['ApiId']}/").status_code == 200
    assert len(world.denials("apigateway.amazonaws.com")) == 1


@pytest.fixture
def queue(aws: Aws, account: str) -> tuple[str, str]:
    """Its URL and its ARN."""
    url = aws.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    return url, f"arn:aws:sqs:us-east-1:{account}:q"


def open_queue(aws: Aws, queue: tuple[str, str], service: str, source: str) -> None:
    condition = {"ArnEquals": {"aws:SourceArn": source}}
    whom = {"Service": f"{service}.amazonaws.com"}
    policy = document(allow("sqs:SendMessage", queue[1], Principal=whom, Condition=condition))
    aws.client("sqs").set_queue_attributes(QueueUrl=queue[0], Attributes={"Policy": policy})


def test_a_topic_reaches_the_queues_that_let_it_in(aws: Aws, queue: tuple[str, str]) -> None:
    """sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html; the engine decides. The three are sent in turn, so that what
    arrived after the third is all that will."""
    sns, sqs = aws.client("sns"), aws.client("sqs")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue[1])
    for number, source in enumerate(("", f"{topic}-other", topic)):
        if source:
            open_queue(aws, queue, "sns", source)
        sns.publish(TopicArn=topic, Message=str(number))
    (message,) = sqs.receive_message(QueueUrl=queue[0], WaitTimeSeconds=20, MaxNumberOfMessages=10)["Messages"]
    assert json.loads(message["Body"])["Message"] == "2"


def test_a_bucket_notifies_the_queues_that_let_it_in(aws: Aws, account: str, queue: tuple[str, str]) -> None:
    """AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html; the engine decides."""
    s3, bucket = aws.client("s3"), f"notifies-{account}"
    s3.create_bucket(Bucket=bucket)
    configuration = {"QueueConfigurations": [{"QueueArn": queue[1], "Events": ["s3:ObjectCreated:*"]}]}
    asked = {"Bucket": bucket, "NotificationConfiguration": configuration}
    with pytest.raises(ClientError, match="Unable to validate the following destination configurations"):
        s3.put_bucket_notification_configuration(**asked)
    open_queue(aws, queue, "s3", f"arn:aws:s3:::{bucket}")
    s3.put_bucket_notification_configuration(**asked)
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    keys: list[str] = []

    def arrived() -> bool:
        answer = aws.client("sqs").receive_message(QueueUrl=queue[0], WaitTimeSeconds=1, MaxNumberOfMessages=10)
        bodies = [json.loads(message["Body"]) for message in answer.get("Messages", [])]
        keys.extend(record["s3"]["object"]["key"] for body in bodies for record in body.get("Records", []))
        return bool(keys)

    wait_until(arrived, "the notification", 20)
    assert keys == ["k"]
