"""What a reset of the engine would import."""

from __future__ import annotations

import asyncio

from groundcloud.engines.embedded.ahead import Uses, not_imported_yet


def test_a_cloud_that_was_not_used_needs_nothing() -> None:
    assert not_imported_yet({"ministack.app", "ministack.services.sqs"}) == []


def test_what_is_loaded_needs_its_libraries_until_they_are_there() -> None:
    loaded = {"ministack.services.appsync", "ministack.core.appsync_js"}
    assert not_imported_yet(loaded) == ["ministack.core.appsync_graphql"]
    assert not_imported_yet(loaded | {"ministack.core.appsync_graphql"}) == []


def test_it_is_told_once_of_each_service_that_is_new() -> None:
    async def story() -> list[bool]:
        uses = Uses()
        told = [await is_told(uses)]
        for service in ("sqs", "sqs", "cloudformation", "", ""):
            uses.note(service)
            told.append(await is_told(uses))
        return told

    assert asyncio.run(story()) == [False, True, False, True, True, False]


async def is_told(uses: Uses) -> bool:
    waiting = asyncio.ensure_future(uses.more())
    await asyncio.sleep(0)
    waiting.cancel()
    return waiting.done()
