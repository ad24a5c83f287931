"""Who gives way on a busy machine, who no longer does, and who would starve."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from groundcloud.runtime import limits
from groundcloud.runtime.process_tree import Usage
from groundcloud.runtime.turns import Turns
from groundcloud.scheduling import LAST, LATE, NORMAL

ROOT = 7
OWN = (ROOT, 8)


class Machine:
    """A clock, and a kernel that notes the niceness it was asked for; `busy`, it wants to be asked again."""

    def __init__(self) -> None:
        self.time = 0.0
        self.busy = False
        self.asked: list[tuple[tuple[int, ...], int]] = []

    def grant(self, pids: Iterable[int], niceness: int) -> bool:
        self.asked.append((tuple(pids), niceness))
        return not self.busy

    def turns(self) -> Turns:
        return Turns(ROOT, grant=self.grant, now=lambda: self.time)

    @property
    def niceness(self) -> int:
        return self.asked[-1][1] if self.asked else NORMAL


def used(processor: float, *, tasks: int = 2, waited: float | None = 0.0, pids: tuple[int, ...] = OWN) -> Usage:
    return Usage(1, tasks, processor, waited, pids)


@pytest.mark.parametrize(
    ("looks", "starting", "niceness"),
    [
        pytest.param([used(5.0), used(5.1)], False, NORMAL, id="what-came-before-does-not-count"),
        pytest.param([used(5.0), used(6.0)], False, LAST, id="computes"),
        pytest.param([used(5.0), used(6.0)], True, NORMAL, id="starts"),
        pytest.param([used(0.0, tasks=limits.CROWD)], False, NORMAL, id="many"),
        pytest.param([used(0.0, tasks=limits.CROWD + 1)], True, LAST, id="crowd"),
    ],
)
def test_what_computes_for_long_or_is_a_crowd_gives_way(looks: list[Usage], starting: bool, niceness: int) -> None:
    machine = Machine()
    turns = machine.turns()
    turns.begin(starting=starting)
    for look in looks:
        turns.seen(look)
    assert (machine.niceness, turns.gives_way) == (niceness, niceness == LAST)


def test_after_a_call_that_did_nothing_it_is_as_any_other() -> None:
    machine = Machine()
    turns = machine.turns()
    turns.begin(starting=False)
    turns.seen(used(0.0))
    turns.seen(used(1.0))
    turns.begin(starting=False)
    assert machine.niceness == LAST, "the call before computed"
    turns.begin(starting=False)
    assert machine.niceness == NORMAL, "the call before was too short to be looked at"
    assert not turns.gives_way


def test_a_suspect_is_last_from_its_start_to_the_end_of_its_first_call() -> None:
    machine = Machine()
    turns = machine.turns()
    turns.suspect()
    turns.begin(starting=True)
    turns.begin(starting=False)
    assert machine.asked == [((ROOT,), LAST)]
    turns.begin(starting=False)
    assert machine.niceness == NORMAL


def test_what_made_a_session_of_its_own_gives_way_too() -> None:
    machine = Machine()
    turns = machine.turns()
    turns.suspect()
    turns.seen(used(0.0))
    assert machine.asked == [((ROOT,), LAST)], "two processes are one session"
    turns.seen(used(0.0, tasks=3, pids=(*OWN, 9)))
    assert machine.asked[-1] == ((*OWN, 9), LAST)


def test_a_kernel_that_is_busy_is_asked_again() -> None:
    machine = Machine()
    turns = machine.turns()
    machine.busy = True
    turns.suspect()
    machine.busy = False
    turns.seen(used(0.0))
    turns.seen(used(0.0))
    assert [niceness for _, niceness in machine.asked] == [LAST, LAST]


@pytest.mark.parametrize(
    ("processor", "waited", "niceness"),
    [
        pytest.param(0.0, None, LATE, id="is-gone-and-its-children-are-not"),
        pytest.param(0.0, limits.STARVING_SECONDS, LATE, id="waits-for-a-turn"),
        pytest.param(0.0, 0.0, LAST, id="waits-for-something-else"),
        pytest.param(limits.STARVING_SECONDS, limits.STARVING_SECONDS, LAST, id="has-its-turns"),
    ],
)
def test_who_gets_no_turn_at_all_gives_way_less(processor: float, waited: float | None, niceness: int) -> None:
    machine = Machine()
    turns = machine.turns()
    turns.suspect()
    turns.begin(starting=False)
    turns.seen(used(1.0, waited=2.0))
    machine.time += limits.STARVING_SECONDS
    waited = None if waited is None else 2.0 + waited
    turns.seen(used(1.0 + processor, waited=waited))
    assert machine.niceness == niceness
    machine.time += limits.STARVING_SECONDS
    turns.seen(used(2.0 + processor, waited=waited))
    assert machine.niceness == niceness, "for the rest of the call"


def test_who_is_killed_may_end_soon() -> None:
    machine = Machine()
    turns = machine.turns()
    turns.hurry()
    assert machine.asked == []
    turns.suspect()
    turns.seen(used(0.0))
    turns.hurry()
    assert machine.asked[-1] == (OWN, NORMAL)
