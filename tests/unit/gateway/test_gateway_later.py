"""What is done in batches: not at once, not twice, and one last time at the end."""

from __future__ import annotations

import asyncio

from groundcloud.gateway.later import Later


def test_it_is_done_once_however_often_it_was_wanted_and_again_when_it_is_wanted_again() -> None:
    async def story() -> None:
        done = asyncio.Semaphore(0)
        times = 0

        async def work() -> None:
            nonlocal times
            times += 1
            done.release()

        later = Later(work, 0.001)
        for round_ in (1, 2):
            later.want()
            later.want()
            assert times == round_ - 1
            await asyncio.wait_for(done.acquire(), 60)
            assert times == round_
        later.want()
        await later.close()
        assert times == 3
        await asyncio.sleep(0.01)
        assert times == 3

    asyncio.run(story())


def test_the_end_waits_for_what_is_under_way() -> None:
    async def story() -> list[str]:
        told: list[str] = []
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def work() -> None:
            told.append("begins")
            begun.set()
            await go_on.wait()
            told.append("ends")

        later = Later(work, 0.001)
        later.want()
        await asyncio.wait_for(begun.wait(), 60)
        closing = asyncio.ensure_future(later.close())
        await asyncio.sleep(0)
        go_on.set()
        await closing
        return told

    assert asyncio.run(story()) == ["begins", "ends", "begins", "ends"]
