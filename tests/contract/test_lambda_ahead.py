"""An environment that is forked before anybody needs it: nobody can tell it from one that is forked for him.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html; how: `runtime/python/zygote.py`.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from groundcloud.runtime.isolation.isolation import Isolation
from tests.fakes.lambda_world import LambdaWorld, alive, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")

LOOK = """
import gc, os, random, resource, sys
ROOT = random.random()
def handler(event, context):
    seen = {
        "modules": sorted(sys.modules), "path": sys.path, "variables": sorted(os.environ), "folder": os.getcwd(),
        "files": sorted(os.listdir("/proc/self/fd")), "root": sorted(os.listdir("/")), "tmp": os.listdir("/tmp"),
        "mounts": sorted(line.split()[1] for line in open("/proc/self/mounts")),
        "ids": [os.getuid(), os.getgid(), os.getpid(), os.getppid(), os.getsid(0)],
        "limits": [resource.getrlimit(each) for each in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC)],
        "signals": open("/proc/self/status").read().split("SigPnd")[1].split("Cpus_allowed")[0],
        "sessions": sorted(type(each).__name__ for each in gc.get_objects() if type(each).__name__ == "Session"),
    }
    open("/tmp/mine", "w").close()
    return [seen, ROOT]
"""


class World(LambdaWorld):
    def parents(self) -> list[int]:
        assert isinstance(self.isolation, Isolation)
        return self.isolation.zygotes.pids()

    def children(self) -> set[int]:
        """Of the parent: the first process of each environment, and of the spare one."""
        return set(_children(self.parents()))

    def spare(self) -> int:
        """The first process of the environment that waits, once it waits and nothing else is there."""
        wait_until(lambda: len(self.children()) == 1 and len(_children(self.children())) == 1, "one is forked ahead")
        (pid,) = self.children()
        return pid


def _children(pids: Iterable[int]) -> list[int]:
    found = []
    for pid in pids:
        try:
            found += [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            continue
    return found


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    if not Isolation().sandboxed():
        pytest.skip("this host has no sandboxes")
    world = World(tmp_path, pure=False, isolation=Isolation())
    yield world
    world.close()


def seen(world: World, name: str) -> tuple[dict[str, Any], float]:
    found, number = world.value(name)
    return found, number


def test_it_looks_like_one_that_is_forked_for_a_function(world: World) -> None:
    for name in ("ahead", "asked"):
        world.deploy(name, LOOK, Timeout=60)
    spare = world.spare()
    first, number = seen(world, "ahead")
    assert spare in world.children()
    # Another state of /tmp is not the spare's: this one is forked, whether a spare waits again or not.
    world.deploy("asked", LOOK, Timeout=60, EphemeralStorage={"Size": 513})
    second, other = seen(world, "asked")
    assert first == second
    assert number != other


def test_it_serves_one_function_only(world: World) -> None:
    """What one leaves in its memory and /tmp, the next does not find."""
    for name in ("one", "two"):
        world.deploy(name, LOOK, Timeout=60)
    spare = world.spare()
    found = [seen(world, "one")]
    wait_until(lambda: len(world.children() - {spare}) == 1, "another one is forked ahead")
    (again,) = world.children() - {spare}
    found.append(seen(world, "two"))
    assert again in world.children()
    assert [each["tmp"] for each, _ in found] == [[], []]
    assert found[0][1] != found[1][1]


def test_another_size_of_tmp_is_not_its_own(world: World) -> None:
    """gettingstarted-limits.html: /tmp of 512 MB, or what the function asks for up to 10,240."""
    code = (
        "import os\ndef handler(event, context):\n    f = os.statvfs('/tmp')\n    return f.f_blocks * f.f_frsize >> 20"
    )
    world.deploy("large", code, Timeout=60, EphemeralStorage={"Size": 600})
    world.deploy("usual", code, Timeout=60)
    world.spare()
    assert world.value("large") == 600
    assert world.value("usual") == 512


@pytest.mark.parametrize("which", ["first", "second"])
def test_one_that_died_is_nobodys(world: World, which: str) -> None:
    """Whichever of its two processes was killed while it waited, by the kernel for want of memory say: the next
    function starts all the same."""
    world.deploy("next", "def handler(event, context): return event", Timeout=60)
    spare = world.spare()
    victim = spare if which == "first" else _children({spare})[0]
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: not alive(victim), "it is dead")
    assert world.value("next", 1) == 1


def test_it_goes_with_the_cloud(world: World) -> None:
    spare = world.spare()
    processes = [*world.parents(), spare, *_children({spare})]
    world.isolation.close()  # type: ignore[union-attr]
    wait_until(lambda: not any(alive(pid) for pid in processes), "nothing is left")


def test_none_where_none_is_wanted(tmp_path: Path) -> None:
    if not Isolation().sandboxed():
        pytest.skip("this host has no sandboxes")
    world = World(tmp_path, pure=False, isolation=Isolation(ahead=False))
    try:
        world.deploy("only", "def handler(event, context): return event", Timeout=60)
        assert world.value("only", 1) == 1
        assert len(world.children()) == 1
    finally:
        world.close()
