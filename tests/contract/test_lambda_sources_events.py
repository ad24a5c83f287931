"""What invokes asynchronously on AWS is queued here: run once when it works, and retried by nobody but this queue.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html
"""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.fakes.lambda_world import wait_until
from tests.support.aws import Aws
from tests.support.functions import NOTING, Functions, sum_of
from tests.support.mailbox import Mailbox

FAILING = NOTING.replace("    return event", "    raise ValueError('no luck')")


def test_a_bucket(functions: Functions, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/lambda/latest/dg/with-s3.html"""
    s3, bucket = aws.client("s3"), f"uploads-{functions.aws.account}"
    s3.create_bucket(Bucket=bucket)
    arn = functions.make("on-object")
    functions.allow("on-object", "s3")
    wanted = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]}
    )
    s3.put_object(Bucket=bucket, Key="a/b.txt", Body=b"1234")
    records = [event["Records"][0] for event in functions.events("on-object")]
    assert [(one["eventName"], one["s3"]["object"]["key"]) for one in records] == [("ObjectCreated:Put", "a/b.txt")]


def test_a_failing_notification_is_run_once_and_waits_a_minute(functions: Functions, aws: Aws) -> None:
    """The engine would try again within seconds; AWS waits a minute. Source: invocation-async-error-handling."""
    s3, bucket = aws.client("s3"), f"failing-{functions.aws.account}"
    s3.create_bucket(Bucket=bucket)
    arn = functions.make("fails", FAILING, "sqs:SendMessage")
    dead = aws.client("sqs").create_queue(QueueName="dead")["QueueUrl"]
    queue_arn = f"arn:aws:sqs:{aws.region}:{functions.aws.account}:dead"
    functions.api.put_function_event_invoke_config(
        FunctionName="fails",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": queue_arn}},
    )
    functions.allow("fails", "s3")
    wanted = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [wanted]}
    )
    s3.put_object(Bucket=bucket, Key="k", Body=b"")
    (event,) = functions.events("fails")
    answer = aws.client("sqs").receive_message(QueueUrl=dead, WaitTimeSeconds=10, MaxNumberOfMessages=10)
    (message,) = answer["Messages"]
    record = json.loads(message["Body"])
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestPayload"] == event
    assert record["responsePayload"]["errorMessage"] == "no luck"
    assert functions.events("fails") == [event]
    assert sum_of(aws, "Invocations", FunctionName="fails") == 1
    assert sum_of(aws, "Errors", FunctionName="fails") == 1
    assert sum_of(aws, "AsyncEventsReceived", FunctionName="fails") == 1
    assert sum_of(aws, "AsyncEventsDropped", FunctionName="fails") == 1


def test_a_topic(functions: Functions, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    sns = aws.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    arn = functions.make("on-news")
    functions.allow("on-news", "sns")
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="hello", Subject="s")
    records = [event["Records"][0] for event in functions.events("on-news")]
    assert [(one["EventSource"], one["Sns"]["Message"], one["Sns"]["Subject"]) for one in records] == [
        ("aws:sns", "hello", "s")
    ]


def test_a_rule(functions: Functions, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html"""
    events, arn = aws.client("events"), functions.make("on-order")
    functions.allow("on-order", "events")
    events.put_rule(Name="orders", EventPattern=json.dumps({"source": ["shop"], "detail": {"big": [True]}}))
    events.put_targets(Rule="orders", Targets=[{"Id": "1", "Arn": arn}])
    for big in (True, False):
        entry = {"Source": "shop", "DetailType": "order", "Detail": json.dumps({"big": big})}
        assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
    (event,) = functions.events("on-order")
    assert (event["source"], event["detail-type"], event["detail"]) == ("shop", "order", {"big": True})


def test_a_schedule(functions: Functions, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html"""
    arn = functions.make("on-time")
    role = functions.role("scheduler", "lambda:InvokeFunction")
    moment = (datetime.now(UTC) + timedelta(seconds=1)).strftime("%Y-%m-%dT%H:%M:%S")
    aws.client("scheduler").create_schedule(
        Name="soon",
        ScheduleExpression=f"at({moment})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": role, "Input": json.dumps({"tick": 1})},
    )
    assert functions.events("on-time", timeout=60) == [{"tick": 1}]


def test_a_log_group(functions: Functions, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html"""
    logs, arn = aws.client("logs"), functions.make("on-line")
    functions.allow("on-line", "logs")
    logs.create_log_group(logGroupName="/app")
    logs.create_log_stream(logGroupName="/app", logStreamName="s")
    logs.put_subscription_filter(logGroupName="/app", filterName="f", filterPattern="ERROR", destinationArn=arn)
    now = int(datetime.now(UTC).timestamp() * 1000)
    lines = [{"timestamp": now, "message": text} for text in ("all well", "ERROR: broken")]
    logs.put_log_events(logGroupName="/app", logStreamName="s", logEvents=lines)
    (event,) = functions.events("on-line")
    data = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    assert (data["logGroup"], [one["message"] for one in data["logEvents"]]) == ("/app", ["ERROR: broken"])


TRIGGER = """
import json
def handler(event, context):
    print("RAN " + json.dumps({"event": event["triggerSource"]}))
    if event["request"]["userAttributes"]["email"].endswith("@evil.example"):
        raise Exception("not you")
    if event["triggerSource"].startswith("PreSignUp"):
        event["response"]["autoConfirmUser"] = False
    return event
"""


def test_a_user_pool(functions: Functions, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-pre-sign-up.html"""
    cognito, arn = aws.client("cognito-idp"), functions.make("on-user", TRIGGER)
    functions.allow("on-user", "cognito-idp")
    pool = cognito.create_user_pool(
        PoolName="p", LambdaConfig={"PreSignUp": arn, "PostConfirmation": arn}, UsernameAttributes=["email"]
    )["UserPool"]["Id"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]

    def sign_up(email: str) -> None:
        attributes = [{"Name": "email", "Value": email}]
        cognito.sign_up(ClientId=client, Username=email, Password="Passw0rd!", UserAttributes=attributes)

    with pytest.raises(
        cognito.exceptions.UserLambdaValidationException, match=r"PreSignUp failed with error not you\.$"
    ):
        sign_up("a@evil.example")
    sign_up("b@good.example")
    cognito.admin_confirm_sign_up(UserPoolId=pool, Username="b@good.example")
    wait_until(lambda: len(functions.runs("on-user")) >= 3, "all triggers")
    assert [run["event"] for run in functions.runs("on-user")] == [
        "PreSignUp_SignUp",
        "PreSignUp_SignUp",
        "PostConfirmation_ConfirmSignUp",
    ]


def test_a_user_who_confirms_by_the_mailed_code(functions: Functions, aws: Aws, mailbox: Mailbox) -> None:
    """Source: user-pool-lambda-post-confirmation: an error is told, and the user stays confirmed."""
    cognito = aws.client("cognito-idp")
    arn = functions.make("on-confirmed", FAILING)
    functions.allow("on-confirmed", "cognito-idp")
    pool = cognito.create_user_pool(
        PoolName="p",
        LambdaConfig={"PostConfirmation": arn},
        UsernameAttributes=["email"],
        AutoVerifiedAttributes=["email"],
    )["UserPool"]["Id"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]
    email = f"c@{functions.aws.account}.example"
    attributes = [{"Name": "email", "Value": email}]
    cognito.sign_up(ClientId=client, Username=email, Password="Passw0rd!", UserAttributes=attributes)
    code = mailbox.code(email)
    with pytest.raises(cognito.exceptions.UserLambdaValidationException, match="PostConfirmation failed with error"):
        cognito.confirm_sign_up(ClientId=client, Username=email, ConfirmationCode=code)
    assert cognito.admin_get_user(UserPoolId=pool, Username=email)["UserStatus"] == "CONFIRMED"
    (event,) = functions.events("on-confirmed")
    assert event["callerContext"]["clientId"] == client
    assert event["request"]["userAttributes"]["email_verified"] == "true"


ANSWERING = """
import json, urllib.request
def handler(event, context):
    print("RAN " + json.dumps({"event": event["RequestType"]}))
    body = {"Status": "SUCCESS", "PhysicalResourceId": "thing", "StackId": event["StackId"],
            "RequestId": event["RequestId"], "LogicalResourceId": event["LogicalResourceId"], "Data": {"Answer": "42"}}
    headers = {"Content-Type": ""}
    request = urllib.request.Request(event["ResponseURL"], json.dumps(body).encode(), headers, method="PUT")
    urllib.request.urlopen(request).read()
"""


def test_a_custom_resource(functions: Functions, aws: Aws) -> None:
    """Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-custom-resources-lambda.html"""
    arn = functions.make("custom", ANSWERING)
    template = {
        "Resources": {"Thing": {"Type": "Custom::Thing", "Properties": {"ServiceToken": arn}}},
        "Outputs": {"Answer": {"Value": {"Fn::GetAtt": ["Thing", "Answer"]}}},
    }
    cfn = aws.client("cloudformation")
    cfn.create_stack(StackName="with-custom", TemplateBody=json.dumps(template))
    cfn.get_waiter("stack_create_complete").wait(StackName="with-custom", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    assert cfn.describe_stacks(StackName="with-custom")["Stacks"][0]["Outputs"][0]["OutputValue"] == "42"
    assert functions.events("custom") == ["Create"]
