"""How many short calls run at a time."""

from __future__ import annotations

import asyncio

from groundcloud.runtime.function import read_function
from groundcloud.runtime.lanes import Lane, Lanes, processors
from groundcloud.runtime.room import Pool
from tests.fakes.fake_engine import SCOPE

_NEVER = 3600.0


def test_lanes_are_given_in_order_as_others_end() -> None:
    async def scenario() -> list[str]:
        lanes, given = Lanes(2, _NEVER), []
        first, second = lanes.take(), lanes.take()
        assert first is not None and second is not None

        async def call(name: str) -> None:
            lane = await lanes.wait()
            given.append(name)
            await asyncio.sleep(0)
            lanes.end(lane)

        waiting = [asyncio.create_task(call(name)) for name in "abc"]
        await asyncio.sleep(0)
        assert (lanes.take(), lanes.waiting, given) == (None, 3, [])
        lanes.end(first)
        lanes.end(first)
        assert lanes.waiting == 2, "what is ended twice makes room once"
        await asyncio.gather(*waiting)
        lanes.end(second)
        both = [lanes.take(), lanes.take()]
        assert all(both) and lanes.take() is None
        return given

    assert asyncio.run(scenario()) == ["a", "b", "c"]


def test_nobody_waits_long_for_one_that_takes_long() -> None:
    async def scenario() -> None:
        lanes = Lanes(1, 0.001)
        assert lanes.take() is not None
        got = [await lanes.wait() for _ in range(3)]
        assert len(set(got)) == 3

    asyncio.run(scenario())


def test_who_goes_away_leaves_the_line_or_gives_the_lane_back() -> None:
    async def scenario() -> None:
        lanes = Lanes(1, _NEVER)
        first = lanes.take()
        assert first is not None
        gone, granted, last = (asyncio.create_task(lanes.wait()) for _ in range(3))
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        assert lanes.waiting == 2
        lanes.end(first)
        granted.cancel()  # in the moment in which its lane came
        await asyncio.gather(granted, return_exceptions=True)
        lane: Lane = await last
        lanes.end(lane)
        assert lanes.take() is not None

    asyncio.run(scenario())


def test_a_function_is_quick_as_long_as_its_calls_are() -> None:
    pool = Pool(read_function({"FunctionName": "quick"}, SCOPE))
    assert not pool.is_brief, "nothing is known of it"
    pool.took(40.0)
    assert not pool.is_brief
    pool.took(0.0)
    pool.took(40.0)
    assert pool.is_brief, "one that took longer may have waited for the others"
    for _ in range(20):
        pool.took(40.0)
    assert not pool.is_brief


def test_there_is_a_processor() -> None:
    assert processors() >= 1
