"""Whom EventBridge may deliver to: what the target's policy, or the target's role, says of the rule.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html (queues, topics, functions) and
eb-use-identity-based.html (roles). Events are sent in turn, and what arrives after the last is all that will.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import Aws, new_account
from tests.support.cloud import Cloud
from tests.support.users import allow, document, trust

SERVICE = {"Service": "events.amazonaws.com"}


class Rules:
    """Rules of an account of their own, all for the same events, and the queues in which they are seen to arrive."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.account = new_account()
        self.aws = Aws(cloud.endpoint, self.account)
        self.events, self.sqs = self.aws.client("events"), self.aws.client("sqs")

    def rule(self, name: str, *targets: dict[str, Any], bus: str = "default") -> str:
        """The ARN of a rule for events whose source is its name."""
        pattern = json.dumps({"source": [name]})
        made = self.events.put_rule(Name=name, EventPattern=pattern, EventBusName=bus)["RuleArn"]
        answer = self.events.put_targets(Rule=name, EventBusName=bus, Targets=list(targets))
        assert answer["FailedEntryCount"] == 0
        return str(made)

    def queue(self, name: str, *statements: dict[str, Any]) -> str:
        """Its ARN."""
        self.sqs.create_queue(QueueName=name)
        self.open(name, *statements)
        return f"arn:aws:sqs:us-east-1:{self.account}:{name}"

    def open(self, name: str, *statements: dict[str, Any]) -> None:
        policy = document(*statements) if statements else ""
        self.sqs.set_queue_attributes(QueueUrl=self.url(name), Attributes={"Policy": policy})

    def url(self, name: str) -> str:
        return f"{self.cloud.endpoint}/{self.account}/{name}"

    def send(self, source: str, number: int) -> None:
        entry = {"Source": source, "DetailType": "n", "Detail": json.dumps({"number": number})}
        assert self.events.put_events(Entries=[entry])["FailedEntryCount"] == 0

    def arrived(self, name: str) -> list[int]:
        """The numbers of the events in a queue, at least one."""
        asked = {"QueueUrl": self.url(name), "WaitTimeSeconds": 20, "MaxNumberOfMessages": 10}
        bodies = [json.loads(each["Body"]) for each in self.sqs.receive_message(**asked)["Messages"]]
        return [body["detail"]["number"] for body in bodies]

    def denial(self, resource: str) -> dict[str, Any]:
        """The newest."""
        found = self.cloud.control("/iam/decisions", params={"denied": "1", "resource": resource}).json()
        return dict(found["decisions"][0])


@pytest.fixture(scope="module")
def rules(cloud: Cloud) -> Iterator[Rules]:
    made = Rules(cloud)
    yield made
    made.aws.close()


def test_a_queue_lets_the_rule_in(rules: Rules) -> None:
    """eb-use-resource-based.html#eb-sqs-permissions: no policy, another rule's, the one that the record names."""
    queue = rules.queue("of-rule")
    rule = rules.rule("to-queue", {"Id": "1", "Arn": queue, "DeadLetterConfig": {}})
    rules.send("to-queue", 0)
    other = {"ArnEquals": {"aws:SourceArn": f"{rule}-other"}}
    rules.open("of-rule", allow("sqs:SendMessage", queue, Principal=SERVICE, Condition=other))
    rules.send("to-queue", 1)
    denial = rules.denial(queue)
    assert (denial["principal"], denial["action"], denial["refused"]) == (SERVICE["Service"], "sqs:SendMessage", True)
    assert denial["conditionKeys"]["aws:SourceArn"] == [rule]
    rules.open("of-rule", denial["remedies"][0]["statement"])
    rules.send("to-queue", 2)
    assert rules.arrived("of-rule") == [2]
    rules.open("of-rule")
    rules.send("to-queue", 3)
    rules.open("of-rule", allow("sqs:SendMessage", queue, Principal=SERVICE))
    rules.send("to-queue", 4)
    assert rules.arrived("of-rule") == [4]


def test_a_target_that_is_not_reached_looks_like_any_other(rules: Rules) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_ListTargetsByRule.html and
    API_ListRuleNamesByTarget.html: a delivery that fails changes no target."""
    queue = rules.queue("closed")
    targets = [{"Id": str(n), "Arn": queue, "InputPath": f"$.detail.{n}"} for n in range(3)]
    rules.rule("to-closed", *targets)
    rules.send("to-closed", 0)
    assert rules.events.list_targets_by_rule(Rule="to-closed")["Targets"] == targets
    assert rules.events.list_rule_names_by_target(TargetArn=queue)["RuleNames"] == ["to-closed"]
    rules.events.remove_targets(Rule="to-closed", Ids=["0", "1"])
    assert rules.events.list_targets_by_rule(Rule="to-closed")["Targets"] == targets[2:]


def test_a_topic_lets_events_in_by_a_statement_of_its_own(rules: Rules) -> None:
    """eb-use-resource-based.html#eb-sns-permissions: the policy that every topic has names the account's callers, and
    EventBridge is none."""
    sns = rules.aws.client("sns")
    topic = sns.create_topic(Name="of-rule")["TopicArn"]
    queue = rules.queue("of-topic")
    rules.open("of-topic", allow("sqs:SendMessage", queue, Principal={"Service": "sns.amazonaws.com"}))
    raw = {"RawMessageDelivery": "true"}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes=raw)
    rule = rules.rule("to-topic", {"Id": "1", "Arn": topic})
    rules.send("to-topic", 0)
    statement = allow("sns:Publish", topic, Principal=SERVICE, Condition={"ArnLike": {"aws:SourceArn": rule}})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=document(statement))
    rules.send("to-topic", 1)
    assert rules.arrived("of-topic") == [1]


def test_a_bus_is_reached_by_the_role_of_the_target(rules: Rules) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html: the role has to trust EventBridge,
    and may put events on the bus; a target without a role stays within the account, whose bus lets it in."""
    bus = rules.events.create_event_bus(Name="second")["EventBusArn"]
    queue = rules.queue("of-bus")
    rules.open("of-bus", allow("sqs:SendMessage", queue, Principal=SERVICE))
    for source in ("by-role", "without-role"):
        rules.rule(source, {"Id": "1", "Arn": queue}, bus="second")
    iam = rules.aws.client("iam")
    made = iam.create_role(RoleName="to-bus", AssumeRolePolicyDocument=trust({"Service": "lambda.amazonaws.com"}))
    rules.rule("by-role", {"Id": "1", "Arn": bus, "RoleArn": made["Role"]["Arn"]})
    iam.put_role_policy(RoleName="to-bus", PolicyName="p", PolicyDocument=document(allow("events:PutEvents", bus)))
    rules.send("by-role", 0)
    assert rules.denial(made["Role"]["Arn"])["action"] == "sts:AssumeRole"
    iam.update_assume_role_policy(RoleName="to-bus", PolicyDocument=trust(SERVICE))
    rules.send("by-role", 1)
    iam.delete_role_policy(RoleName="to-bus", PolicyName="p")
    rules.send("by-role", 2)
    assert rules.denial(bus)["action"] == "events:PutEvents"
    rules.rule("without-role", {"Id": "1", "Arn": bus})
    rules.send("without-role", 3)
    assert rules.arrived("of-bus") == [1, 3]


def test_what_a_stack_makes_is_decided_about(rules: Rules) -> None:
    """The same for a rule and a policy that nobody but a stack puts."""
    resources: dict[str, Any] = {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "of-stack"}},
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "EventPattern": {"source": ["stack"]},
                "Targets": [{"Id": "1", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
            },
        },
    }
    cfn = rules.aws.client("cloudformation")
    cfn.create_stack(StackName="rules", TemplateBody=json.dumps({"Resources": resources}))
    cfn.get_waiter("stack_create_complete").wait(StackName="rules", WaiterConfig={"Delay": 1})
    rules.send("stack", 0)
    statement = allow("sqs:SendMessage", "*", Principal=SERVICE)
    document_of = {"Version": "2012-10-17", "Statement": [statement]}
    policy = {"PolicyDocument": document_of, "Queues": [{"Ref": "Queue"}]}
    resources["Policy"] = {"Type": "AWS::SQS::QueuePolicy", "Properties": policy}
    cfn.update_stack(StackName="rules", TemplateBody=json.dumps({"Resources": resources}))
    cfn.get_waiter("stack_update_complete").wait(StackName="rules", WaiterConfig={"Delay": 1})
    rules.send("stack", 1)
    assert rules.arrived("of-stack") == [1]


def test_some_targets_need_a_role(rules: Rules) -> None:
    """https://github.com/hashicorp/terraform-provider-aws/pull/19913: refused by the API, and in a template."""
    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:Workflow"
    rules.events.put_rule(Name="to-machine", EventPattern='{"source": ["m"]}')
    target = {"Id": "1", "Arn": machine}
    with pytest.raises(ClientError, match=rf"ValidationException.*: RoleArn is required for target {machine}\."):
        rules.events.put_targets(Rule="to-machine", Targets=[target])
    rule = {"Type": "AWS::Events::Rule", "Properties": {"EventPattern": {"source": ["m"]}, "Targets": [target]}}
    with pytest.raises(ClientError, match="RoleArn is required for target"):
        rules.aws.client("cloudformation").create_stack(
            StackName="without-role", TemplateBody=json.dumps({"Resources": {"R": rule}})
        )
