"""Provisioned concurrency: environments that are started before anybody calls, and what is refused of it.

https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
https://docs.aws.amazon.com/lambda/latest/api/API_PutProvisionedConcurrencyConfig.html
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from groundcloud.errors import AwsError
from groundcloud.http import Headers, Request
from groundcloud.runtime import limits
from tests.fakes.fake_engine import SCOPE
from tests.fakes.lambda_world import Gate, LambdaWorld, alive, wait_until
from tests.support.functions import Functions, sum_of

HOW = """
import os, time
def handler(event, context):
    time.sleep(event or 0)
    return [os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"], os.getpid()]
"""
FAILS = "raise RuntimeError('no start')\n"
QUICK = {"Delay": 0.05, "MaxAttempts": 200}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path, pure=True, isolation=False)
    yield world
    world.close()


def _ask(world: LambdaWorld, method: str, query: str, body: dict[str, Any] | None = None, name: str = "f") -> Any:
    path = f"/2019-09-30/functions/{name}/provisioned-concurrency"
    request = Request(method, path, query, Headers([]), json.dumps(body).encode() if body else b"")
    operation = {"PUT": "Put", "GET": "Get", "DELETE": "Delete"}[method] + "ProvisionedConcurrencyConfig"
    response = world.run(world.runtime.provisioned.handle(operation, request, SCOPE))
    return json.loads(response.body) if response.body else response.status


def _put(world: LambdaWorld, number: int, qualifier: str = "live") -> Any:
    return _ask(world, "PUT", f"Qualifier={qualifier}", {"ProvisionedConcurrentExecutions": number})


def _status(world: LambdaWorld, qualifier: str = "live") -> str:
    return str(_ask(world, "GET", f"Qualifier={qualifier}")["Status"])


def _published(world: LambdaWorld, code: str = HOW, **config: Any) -> None:
    world.deploy("f", code, **config)
    world.engine.publish("f", "1", "live")


def _how(world: LambdaWorld, qualifier: str | None = "live") -> str:
    return str(json.loads(world.invoke("f", 0, qualifier=qualifier).payload)[0])


def test_environments_start_before_anybody_calls(world: LambdaWorld) -> None:
    """Source: provisioned-concurrency: IN_PROGRESS, then READY; calls of that alias find them ready, no others do."""
    _published(world)
    asked = _put(world, 2)
    assert (asked["Status"], asked["RequestedProvisionedConcurrentExecutions"]) == ("IN_PROGRESS", 2)
    wait_until(lambda: _status(world) == "READY", "both are ready")
    assert _ask(world, "GET", "Qualifier=live")["AvailableProvisionedConcurrentExecutions"] == 2
    assert sum("INIT_START" in line for line in world.log("f")) == 2
    assert [_how(world, each) for each in ("live", "1", None)] == ["provisioned-concurrency", "on-demand", "on-demand"]


def test_a_stop_meanwhile_starts_no_more(tmp_path: Path) -> None:
    """One starts up and the others wait for their role when the cloud stops: no further one is begun when the first is
    ready, and nothing is left."""
    world, ready = LambdaWorld(tmp_path, pure=True, isolation=False), tmp_path / "ready"
    gate = Gate(world, first=2)
    _published(world, f"import pathlib, time\nwhile not pathlib.Path({str(ready)!r}).exists(): time.sleep(0.01)\n{HOW}")
    at_once = limits.PROVIDED_STARTS
    _put(world, at_once + 1)
    wait_until(lambda: len(world.engine.asked("sts", "AssumeRole")) == at_once, "the others wait")
    wait_until(lambda: any("INIT_START" in line for line in world.log("f")), "the first starts up")

    async def stop() -> None:
        stopping = asyncio.create_task(world.runtime.stop())
        await asyncio.sleep(0.3)
        ready.touch()
        await asyncio.sleep(0.5)
        gate.open()
        await stopping

    world.close(stop())
    assert len(world.engine.asked("sts", "AssumeRole")) == at_once


def test_what_is_beyond_it_runs_on_demand(world: LambdaWorld) -> None:
    """Source: monitoring-concurrency: ProvisionedConcurrencyInvocations and …SpilloverInvocations."""
    _published(world)
    _put(world, 1)
    wait_until(lambda: _status(world) == "READY", "it is ready")
    together = world.together(*(world.calling("f", 0.5, qualifier="live") for _ in range(2)))
    kinds = sorted(json.loads(result.payload)[0] for result in together)
    assert kinds == ["on-demand", "provisioned-concurrency"]
    world.run(world.runtime.flush_metrics())
    data = [datum for call in world.engine.asked("cloudwatch", "PutMetricData") for datum in call["MetricData"]]
    for kind in ("Invocations", "SpilloverInvocations"):
        found = [datum for datum in data if datum["MetricName"] == f"ProvisionedConcurrency{kind}"]
        shown = sorted(str([each["Value"] for each in datum["Dimensions"]]) for datum in found)
        assert shown == ["['f', 'f:live']", "['f']"]


def test_how_much_of_it_is_in_use_is_a_metric(world: LambdaWorld) -> None:
    """Source: monitoring-concurrency: ProvisionedConcurrentExecutions and ProvisionedConcurrencyUtilization, which is
    the first by what was allocated; both are viewed by their maximum."""
    _published(world)
    _put(world, 4)
    wait_until(lambda: _status(world) == "READY", "it is ready")
    world.invoke("f", 0, qualifier="live")
    world.run(world.runtime.flush_metrics())

    def values(name: str) -> list[list[float]]:
        data = [datum for call in world.engine.asked("cloudwatch", "PutMetricData") for datum in call["MetricData"]]
        return [datum["Values"] for datum in data if datum["MetricName"] == name]

    wait_until(lambda: len(values("ProvisionedConcurrencyUtilization")) == 2, "function and alias have it", 60)
    assert values("ProvisionedConcurrencyUtilization") == [[0.25], [0.25]]
    assert values("ProvisionedConcurrentExecutions") == [[1.0], [1.0]]


def test_it_is_taken_from_the_reserved_concurrency(world: LambdaWorld) -> None:
    """Source: lambda-concurrency#reserved-and-provisioned: where all of it is provisioned, $LATEST is throttled."""
    _published(world, reserved=2)
    with pytest.raises(AwsError, match="should not be greater than the reservedConcurrentExecution"):
        _put(world, 3)
    _put(world, 2)
    wait_until(lambda: _status(world) == "READY", "both are ready")
    assert _how(world) == "provisioned-concurrency"
    with pytest.raises(AwsError) as refused:
        world.invoke("f", 0)
    assert refused.value.fields["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    lower = Request(
        "PUT", "/2017-10-31/functions/f/concurrency", "", Headers([]), b'{"ReservedConcurrentExecutions":1}'
    )
    with pytest.raises(AwsError, match=r"lower than function's total provisioned concurrency \[2\]"):
        world.run(world.runtime.provisioned.check("PutFunctionConcurrency", lower, SCOPE))


def test_a_start_that_fails(world: LambdaWorld) -> None:
    """Source: API_GetProvisionedConcurrencyConfig: Status FAILED, and StatusReason."""
    _published(world, FAILS)
    _put(world, 1)
    wait_until(lambda: _status(world) == "FAILED", "it failed")
    assert _ask(world, "GET", "Qualifier=live")["StatusReason"] == "FUNCTION_ERROR_INIT_FAILURE"
    assert json.loads(world.invoke("f", 0, qualifier="live").payload)["errorMessage"] == "no start"


def test_a_stack_is_told_why_it_does_not_come(world: LambdaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Source: https://github.com/aws/aws-cdk/issues/6016 for what CloudFormation says of the alias."""
    _published(world, FAILS)
    live = f"arn:aws:lambda:{SCOPE.region}:{SCOPE.account}:function:f:live"
    words = "Provisioned Concurrency configuration failed to be applied. Reason: "
    with pytest.raises(AwsError, match=words + "FUNCTION_ERROR_INIT_FAILURE"):
        world.run(world.runtime.provisioned.provide(live, 1, 20))
    _published(world, "import time\ntime.sleep(60)\n" + HOW, Timeout=10)
    with pytest.raises(AwsError, match=words + "it is not ready after 0.2 s"):
        world.run(world.runtime.provisioned.provide(live, 1, 0.2))


def test_no_room_on_this_machine(world: LambdaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: what this machine cannot keep is said."""
    monkeypatch.setattr(limits, "ENVIRONMENTS", 1)
    _published(world)
    _put(world, 2)
    wait_until(lambda: _status(world) == "FAILED", "one is too much")
    assert "at most 1 execution environments" in _ask(world, "GET", "Qualifier=live")["StatusReason"]
    number = "AvailableProvisionedConcurrentExecutions"
    wait_until(lambda: _ask(world, "GET", "Qualifier=live")[number] == 1, "one is there")


def test_one_that_ended_is_replaced_and_none_is_reaped(world: LambdaWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """Source: provisioned-concurrency: Lambda keeps the number that was asked for."""
    monkeypatch.setattr(limits, "REAP_SECONDS", 0.05)
    world.deploy("f", "import os\ndef handler(event, context):\n  return os.getpid() if event else os._exit(1)")
    world.engine.publish("f", "1", "live")
    _put(world, 1)
    wait_until(lambda: _status(world) == "READY", "it is ready")
    first = world.invoke("f", 1, qualifier="live").payload
    world.clock.shift += limits.IDLE_SECONDS + 1
    assert world.invoke("f", 1, qualifier="live").payload == first
    assert world.invoke("f", 0, qualifier="live").function_error
    wait_until(lambda: sum("INIT_START" in line for line in world.log("f")) == 2, "another starts")
    wait_until(lambda: _status(world) == "READY", "it is ready")
    assert world.invoke("f", 1, qualifier="live").payload != first


def test_it_follows_the_alias_and_ends_with_it(world: LambdaWorld) -> None:
    """Source: configuration-aliases: an alias that is updated points to another version, with all that it has."""
    _published(world)
    _put(world, 1)
    wait_until(lambda: _status(world) == "READY", "it is ready")
    world.deploy("f", HOW.replace("return [", "return ['two', "))
    world.engine.publish("f", "2", "live")
    wait_until(lambda: "two" in world.invoke("f", 0, qualifier="live").payload.decode(), "the new version runs")
    wait_until(lambda: sum("[2]" in stream for _, stream in world.engine.log_events) > 0, "it was started")
    wait_until(lambda: _status(world) == "READY", "it is ready again")
    assert _ask(world, "DELETE", "Qualifier=live") == 204
    with pytest.raises(AwsError, match="No Provisioned Concurrency Config found for this function"):
        _status(world)
    assert "on-demand" in world.invoke("f", 0, qualifier="live").payload.decode()


def test_it_survives_a_stop(tmp_path: Path) -> None:
    """Ours: what was asked for is there again after `make down` and `make up`."""
    world = LambdaWorld(tmp_path, pure=True, isolation=False)
    _published(world)
    _put(world, 1)
    wait_until(lambda: _status(world) == "READY", "it is ready")
    world.close()
    again = LambdaWorld(tmp_path, pure=True, isolation=False, engine=world.engine)
    wait_until(lambda: _status(again) == "READY", "it is ready again")
    assert _how(again) == "provisioned-concurrency"
    pid = json.loads(again.invoke("f", 0, qualifier="live").payload)[1]
    world.engine.remove_function("f")
    wait_until(lambda: not alive(pid), "it ended with its function")
    again.close()


# through a running cloud


def test_the_operations_and_their_refusals(functions: Functions) -> None:
    """Source: API_PutProvisionedConcurrencyConfig, API_ListProvisionedConcurrencyConfigs and their errors."""
    api = functions.api
    functions.make("f", HOW)
    api.publish_version(FunctionName="f")
    api.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    api.create_alias(FunctionName="f", Name="draft", FunctionVersion="$LATEST")

    def refused(operation: str, qualifier: str, number: int | None = None) -> str:
        more = {} if number is None else {"ProvisionedConcurrentExecutions": number}
        with pytest.raises(ClientError) as caught:
            getattr(api, operation)(FunctionName="f", Qualifier=qualifier, **more)
        return f"{caught.value.response['Error']['Code']}: {caught.value.response['Error']['Message']}"

    put, get = "put_provisioned_concurrency_config", "get_provisioned_concurrency_config"
    unpublished = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
    for qualifier in ("$LATEST", "draft"):
        assert refused(put, qualifier, 1) == f"InvalidParameterValueException: {unpublished}"
    functions.update("f", HOW + " ")
    api.publish_version(FunctionName="f")
    shared = {"AdditionalVersionWeights": {"2": 0.5}}
    api.create_alias(FunctionName="f", Name="shared", FunctionVersion="1", RoutingConfig=shared)
    assert refused(put, "shared", 1).endswith("Alias with weights can not be used with Provisioned Concurrency")
    assert "below its minimum value of [100]" in refused(put, "live", 901)
    assert "Cannot find alias arn" in refused(get, "nobody")
    assert refused(get, "live").startswith("ProvisionedConcurrencyConfigNotFoundException: No Provisioned")
    api.put_provisioned_concurrency_config(FunctionName="f", Qualifier="live", ProvisionedConcurrentExecutions=1)
    assert refused(put, "1", 1) == "ResourceConflictException: Version is pointed by a Provisioned Concurrency alias"
    with pytest.raises(ClientError, match="lower than function's total provisioned concurrency"):
        api.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)

    def shown() -> Any:
        return api.get_provisioned_concurrency_config(FunctionName="f", Qualifier="live")

    wait_until(lambda: shown()["Status"] == "READY", "it is ready")
    (listed,) = api.list_provisioned_concurrency_configs(FunctionName="f")["ProvisionedConcurrencyConfigs"]
    assert (listed["FunctionArn"].rsplit(":", 2)[1:], listed["Status"]) == (["f", "live"], "READY")
    assert functions.call("f", Qualifier="live")[0] == "provisioned-concurrency"
    assert sum_of(functions.aws, "ProvisionedConcurrencyInvocations", FunctionName="f", Resource="f:live") == 1
    api.delete_provisioned_concurrency_config(FunctionName="f", Qualifier="live")
    assert api.list_provisioned_concurrency_configs(FunctionName="f")["ProvisionedConcurrencyConfigs"] == []


def _template(number: int | None, code: str = HOW) -> str:
    config = {} if number is None else {"ProvisionedConcurrencyConfig": {"ProvisionedConcurrentExecutions": number}}
    function = {
        "Runtime": "python3.11",
        "Handler": "index.handler",
        "InlineCode": code,
        "FunctionName": {"Ref": "AWS::StackName"},
        "AutoPublishAlias": "live",
        **config,
    }
    return json.dumps(
        {
            "Transform": "AWS::Serverless-2016-10-31",
            "Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": function}},
        }
    )


def test_by_a_template_of_sam(functions: Functions) -> None:
    """Source: sam-resource-function: ProvisionedConcurrencyConfig, and AWS::Lambda::Alias: a stack is complete when its
    provisioned concurrency is ready."""
    cfn, name = functions.aws.client("cloudformation"), "provided"
    allowed = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    cfn.create_stack(StackName=name, TemplateBody=_template(1), Capabilities=allowed)
    cfn.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=QUICK)
    shown = functions.api.get_provisioned_concurrency_config(FunctionName=name, Qualifier="live")
    assert (shown["Status"], shown["AvailableProvisionedConcurrentExecutions"]) == ("READY", 1)
    assert functions.call(name, Qualifier="live")[0] == "provisioned-concurrency"
    cfn.update_stack(StackName=name, TemplateBody=_template(None), Capabilities=allowed)
    cfn.get_waiter("stack_update_complete").wait(StackName=name, WaiterConfig=QUICK)
    with pytest.raises(ClientError, match="No Provisioned Concurrency Config found"):
        functions.api.get_provisioned_concurrency_config(FunctionName=name, Qualifier="live")
    cfn.delete_stack(StackName=name)
    cfn.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=QUICK)


def test_a_stack_fails_with_its_provisioned_concurrency(functions: Functions) -> None:
    """Source: https://github.com/aws/aws-cdk/issues/6016 and https://github.com/serverless/serverless/issues/11878: the
    alias is CREATE_FAILED and the stack rolls back. An update goes back to what was provided before."""
    cfn, name = functions.aws.client("cloudformation"), "unprovided"
    allowed = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    why = "Provisioned Concurrency configuration failed to be applied. Reason: FUNCTION_ERROR_INIT_FAILURE"

    def ends_as(status: str) -> None:
        wait_until(lambda: cfn.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == status, status, 60)

    def failed(status: str) -> list[tuple[str, str, str]]:
        events = cfn.describe_stack_events(StackName=name)["StackEvents"]
        shown = ("ResourceType", "LogicalResourceId", "ResourceStatusReason")
        return [(each[shown[0]], each[shown[1]], each[shown[2]]) for each in events if each["ResourceStatus"] == status]

    alias = ("AWS::Lambda::Alias", "FAliaslive", why)
    cfn.create_stack(StackName=name, TemplateBody=_template(1, FAILS), Capabilities=allowed)
    ends_as("ROLLBACK_COMPLETE")
    assert failed("CREATE_FAILED") == [alias]
    cfn.delete_stack(StackName=name)
    cfn.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=QUICK)

    cfn.create_stack(StackName=name, TemplateBody=_template(1), Capabilities=allowed)
    ends_as("CREATE_COMPLETE")
    listed = {each["ResourceType"] for each in cfn.list_stack_resources(StackName=name)["StackResourceSummaries"]}
    assert {each for each in listed if "CloudFormation" in each} == set()
    cfn.update_stack(StackName=name, TemplateBody=_template(1, FAILS), Capabilities=allowed)
    ends_as("UPDATE_ROLLBACK_COMPLETE")
    assert failed("UPDATE_FAILED") == [alias]
    # They start anew when the alias is back; until they are ready, calls run on demand.
    wait_until(lambda: functions.call(name, Qualifier="live")[0] == "provisioned-concurrency", "they are ready again")
