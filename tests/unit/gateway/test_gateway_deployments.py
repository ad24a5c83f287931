"""What a deployment froze goes on being served, whatever the API becomes."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.fakes.fake_gateway_world import FUNCTION_URI, HOME, GatewayWorld


def deployed(file: Path | None = None) -> GatewayWorld:
    world = GatewayWorld(file)
    world.api.proxy("GET", "/x")
    assert world.ask("GET", "/x").status == 200
    return world


@pytest.mark.parametrize("api", ["abc1234567", None])
def test_a_method_added_later_needs_a_deployment(api: str | None) -> None:
    world = deployed()
    world.changing(api)
    world.api.proxy("POST", "/x")
    assert world.ask("POST", "/x").status == 403
    assert world.ask("GET", "/x").status == 200
    world.changing(api)
    world.api.deploy("dep2")
    assert world.ask("POST", "/x").status == 200


def test_a_method_removed_later_stays_until_a_deployment() -> None:
    world = deployed()
    world.changing()
    del world.api.resources["/x"]
    assert world.ask("GET", "/x").status == 200
    world.changing()
    world.api.deploy("dep2")
    assert world.ask("GET", "/x").status == 403


def test_a_stage_goes_back_to_an_earlier_deployment() -> None:
    world = deployed()
    world.changing()
    world.api.proxy("POST", "/x")
    world.changing()
    world.api.deploy("dep2")
    world.changing()
    world.api.stages[0]["deploymentId"] = "dep1"
    assert world.ask("POST", "/x").status == 403


def test_stage_variables_are_live_and_gateway_responses_are_not() -> None:
    world = GatewayWorld()
    world.api.proxy("GET", "/x", FUNCTION_URI.replace(":Echo/", ":${stageVariables.name}/"))
    world.changing()
    world.api.stages[0]["variables"] = {"name": "Echo"}
    world.api.gateway_responses.append({"responseType": "DEFAULT_4XX", "statusCode": "418"})
    assert world.ask("GET", "/x").status == 200
    assert world.ask("GET", "/gone").status == 403


def test_snapshots_outlive_the_process(tmp_path: Path) -> None:
    file = tmp_path / "state" / "deployments.sqlite"
    world = deployed(file)
    world.changing()
    world.api.proxy("POST", "/x")
    asyncio.run(world.gateway.close())
    world.gateway = world.new_gateway(file)
    assert world.ask("POST", "/x").status == 403
    assert world.ask("GET", "/x").status == 200


def test_a_deployment_from_before_a_restart_is_kept_at_the_first_change(tmp_path: Path) -> None:
    file = tmp_path / "deployments.sqlite"
    world = deployed(file)
    asyncio.run(world.gateway.close())
    world.gateway = world.new_gateway(file)
    world.changing()
    world.api.proxy("POST", "/x")
    assert world.ask("POST", "/x").status == 403


def test_a_snapshot_is_taken_once_and_forgotten_with_its_deployment() -> None:
    world = deployed()
    for _ in range(3):
        world.changing()
    taken = world.engine.calls["GetResources"]
    world.api.proxy("POST", "/x")
    world.changing()
    assert world.engine.calls["GetResources"] == taken
    world.api.deployments.clear()
    world.changing()
    world.api.deployments.append("dep1")
    assert world.ask("POST", "/x").status == 200


def test_an_id_used_again_does_not_find_the_old_snapshot() -> None:
    world = deployed()
    world.changing()
    world.engine.apis.clear()
    world.changing()
    world.engine.apis.append(world.api)
    world.api.proxy("POST", "/x")
    assert world.ask("POST", "/x").status == 200


def test_a_freeze_that_fails_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    world = deployed()
    for broken in ("GetRestApis", "GetDeployments", "GetResources"):
        world.engine.broken = broken
        world.changing()
    assert caplog.text.count("could not be") == 3
    world.engine.broken = None
    asyncio.run(world.gateway.freeze(HOME, "nobody"))
    assert caplog.text.count("could not be") == 3


def test_two_changes_at_once_wait_for_one_snapshot() -> None:
    async def story() -> None:
        world = GatewayWorld()
        world.api.proxy("GET", "/x")
        world.engine.gate = asyncio.Event()
        freezes = [asyncio.create_task(world.gateway.freeze(HOME, world.api.api_id)) for _ in range(3)]
        await asyncio.sleep(0)
        world.engine.gate.set()
        await asyncio.gather(*freezes)
        assert world.engine.calls["GetResources"] == 1

    asyncio.run(story())


def test_what_no_method_refers_to_is_not_asked_for() -> None:
    world = deployed()
    world.ask("GET", "/x")
    asked = {"GetModels", "GetRequestValidators", "GetAuthorizers"}
    assert not asked & set(world.engine.calls)
    resource = next(iter(world.api.resources.values()))
    method = next(iter(resource["resourceMethods"].values()))
    method.update(requestValidatorId="v", authorizerId="a")
    world.changes.bump("apigateway")
    world.ask("GET", "/x")
    assert asked <= set(world.engine.calls)
