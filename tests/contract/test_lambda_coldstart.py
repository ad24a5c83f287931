"""How environments begin and end: what they are given, what becomes of them when their parent or the cloud dies, and
the ways for hosts and users that may not make sandboxes.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvloop

from groundcloud.ports import Scope
from groundcloud.runtime import bytecode, limits
from groundcloud.runtime.isolation.isolation import Isolation
from tests.fakes import lonely_world
from tests.fakes.fake_engine import SCOPE
from tests.fakes.hostile_world import QUIET, HostileWorld
from tests.fakes.lambda_world import LambdaWorld, alive, wait_until
from tests.support import unprivileged

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")

DRIVER = str(Path(lonely_world.__file__))


@pytest.fixture(scope="module", params=[True, False], ids=["sandbox", "fallback"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileWorld]:
    world = HostileWorld(tmp_path_factory.mktemp("world"), namespaces=request.param)
    if request.param and not world.sandboxed:
        world.close()
        pytest.skip("this host has no sandboxes")
    yield world
    world.close()


def parents(world: HostileWorld) -> list[int]:
    assert isinstance(world.isolation, Isolation)
    return world.isolation.zygotes.pids()


STATE = """
import os, resource, socket, sys
def aim(number):
    try:
        return os.readlink(f"/proc/self/fd/{number}")
    except FileNotFoundError:
        return ""  # The one by which they are listed.
def peer(number):
    found = socket.socket(fileno=os.dup(number))
    with found:
        return "%s:%s" % found.getpeername()
def handler(event, context):
    aims = {number: aim(number) for number in map(int, os.listdir("/proc/self/fd"))}
    mask = os.umask(0)
    os.umask(mask)
    return {
        "files": sorted({text for text in aims.values() if text and not text.startswith(("pipe:", "socket:"))}),
        "pipes": len({text for text in aims.values() if text.startswith("pipe:")}),
        "peers": sorted({peer(number) for number, text in aims.items() if text.startswith("socket:")}),
        "input": aims[0], "umask": mask, "folder": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"],
        "api": os.environ["AWS_LAMBDA_RUNTIME_API"],
        "path": [entry.replace(sys.base_prefix, "PYTHON") for entry in sys.path],
        "limits": [resource.getrlimit(resource.RLIMIT_NOFILE)[0], resource.getrlimit(resource.RLIMIT_CORE)[0]],
        "user": [os.getuid(), os.getgid(), os.path.expanduser("~")],
    }
"""


def test_what_a_process_begins_with(world: HostileWorld) -> None:
    """gettingstarted-limits.html: 1,024 file descriptors; python-package.html#python-package-searchpath: the code, then
    the layers, then the runtime. Of the parent nothing is open: only the log's pipe and the Runtime API."""
    os.umask(umask := os.umask(0o077))
    try:
        os.umask(0o077)
        world.deploy("state", STATE)
        state = world.value("state")
    finally:
        os.umask(umask)
    assert state["files"] == ["/dev/null"]
    assert (state["pipes"], state["input"]) == (1, "/dev/null")
    assert set(state["peers"]) <= {state["api"]}
    assert (state["umask"], state["limits"], state["folder"]) == (0o022, [1024, 0], True)
    if world.sandboxed:
        version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        layers = [f"/opt/python/lib/{version}/site-packages", "/opt/python"]
        library = [entry for entry in state["path"] if entry.startswith("PYTHON")]
        assert state["path"] == ["/var/task", *layers, *library, "/var/runtime"]
        assert state["user"] == [993, 990, "/home/sbx_user1051"]


def test_a_parent_that_dies_is_followed_by_another(world: HostileWorld) -> None:
    """Our own promise: with a parent go its environments, and once that was noticed, calls find another parent."""
    world.deploy("orphan", "import os\ndef handler(event, context): return event")
    assert world.value("orphan", 1) == 1
    before = parents(world)
    assert before
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not world.processes(), "all that it had forked is gone")
    wait_until(lambda: world.invoke("orphan", 2).function_error is None, "another parent has forked")
    assert world.value("orphan", 2) == 2
    assert world.value(QUIET)
    assert not set(parents(world)) & set(before)


@pytest.mark.parametrize("namespaces", [True, False], ids=["sandbox", "fallback"])
def test_no_end_leaves_a_process(tmp_path: Path, namespaces: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own promise, for an environment that nobody has called for long, and for the stop of the cloud."""
    monkeypatch.setattr(limits, "REAP_SECONDS", 0.05)
    world = HostileWorld(tmp_path, namespaces=namespaces)
    kept, mark = world.processes(), f"62.{uuid.uuid4().int % 10**9}"
    world.misbehave("child", "subprocess.Popen(['sleep', event], start_new_session=True)\nreturn 2")
    assert world.value("child", mark) == 2
    wait_until(lambda: len(world.processes(mark)) == 1, "its child runs")
    world.clock.shift += limits.IDLE_SECONDS + 1
    wait_until(lambda: not world.processes(mark), "its child is gone")
    wait_until(lambda: world.processes() <= kept, "it is gone itself")
    assert world.value("child", mark) == 2
    world.close()
    assert not world.processes(mark)
    assert not world.processes()


def _layers(world: HostileWorld, *contents: dict[str, str]) -> list[dict[str, str]]:
    """Layers of these files, as a function's configuration names them."""
    places = {}
    for number, files in enumerate(contents):
        world.engine.add_function(f"layer-{number}", dict(files))
        arn = f"arn:aws:lambda:us-east-1:123456789012:layer:layer-{number}:1"
        places[arn] = world.engine.functions[SCOPE, f"layer-{number}"]["Code"]["Location"]

    def found(params: dict[str, Any], scope: Scope) -> dict[str, Any]:
        return {"Content": {"Location": places[params["Arn"]]}}

    world.engine.on("lambda", "GetLayerVersionByArn", found)
    return [{"Arn": arn} for arn in places]


def test_layers_are_merged_in_their_order(world: HostileWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/adding-layers.html: each is unpacked into /opt, a later one over the
    earlier; programs in bin are on PATH."""
    both = _layers(
        world,
        {"python/first.py": "WORD = 'one'", "python/both.py": "WORD = 'one'", "share/first.txt": "1"},
        {"python/second.py": "WORD = 'two'", "python/both.py": "WORD = 'two'", "share/second.txt": "2"},
    )
    code = (
        "import os, first, second\n"
        "def handler(event, context):\n"
        "    import both\n"
        "    shared = sorted(os.listdir('/opt/share')) if os.path.isdir('/opt/share') else None\n"
        "    try:\n        open('/opt/python/x', 'w')\n"
        "    except OSError as error:\n        shared = [shared, error.errno]\n"
        "    return [first.WORD, second.WORD, both.WORD, shared]\n"
    )
    world.deploy("merged", code, Layers=both)
    first, second, later, shared = world.value("merged")
    assert (first, second) == ("one", "two")
    if world.sandboxed:
        assert (later, shared) == ("two", [["first.txt", "second.txt"], 30])


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that any user may reach; pytest's own are closed to others."""
    reason = unprivileged.reason_not_to()
    if reason:
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="groundcloud-user-"))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("namespaces", [True, False], ids=["permitted", "forbidden"])
def test_a_user_who_is_not_root(home: Path, namespaces: bool) -> None:
    """Our own promise: the cloud needs no root. Where user namespaces are permitted its functions have sandboxes, else
    the fallback: the cloud says so, and functions are bounded and ended all the same."""
    mark = f"64.{uuid.uuid4().int % 10**9}"
    program = [sys.executable, DRIVER, str(home / "world"), mark]
    done = subprocess.run(
        unprivileged.command(program, home, namespaces=namespaces),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert facts["user"] not in (0, None)
    assert facts["error"]["errorType"] == "Runtime.ExitError"
    sandboxed = facts["seen"]["folder"] == "/var/task"
    if namespaces and "no sandbox" in done.stderr:
        pytest.skip(done.stderr)
    assert sandboxed is namespaces
    assert 900 < facts["threads"] <= 1024
    if sandboxed:
        assert (facts["seen"]["user"], facts["seen"]["refused"]) == (993, "OSError")
    else:
        assert "this host gives functions no sandbox" in done.stderr
        assert (facts["seen"]["user"], facts["seen"]["refused"]) == (facts["user"], "PermissionError")
    assert not _running(mark)


@pytest.mark.parametrize("way", ["sandbox", "plain"])
def test_a_cloud_that_is_killed_leaves_no_process(tmp_path: Path, way: str) -> None:
    """Our own promise, where nobody is left to keep it but the kernel."""
    mark = f"65.{uuid.uuid4().int % 10**9}"
    program = [sys.executable, DRIVER, str(tmp_path / "world"), mark, "stay", way]
    with subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as cloud:
        assert cloud.stdout is not None
        assert json.loads(cloud.stdout.readline())["seen"]
        # The cloud itself and the child.
        wait_until(lambda: len(_running(mark)) == 2, "one child runs")
        cloud.kill()
        cloud.wait()
    wait_until(lambda: not _running(mark), "the function's child is gone")
    assert not alive(cloud.pid)


def _running(mark: str) -> set[int]:
    found = set()
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in entry.read_bytes():
                found.add(int(entry.parent.name))
        except OSError:
            continue
    return found


def test_modules_of_a_large_package_are_compiled_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: a package is read-only in a sandbox, so each start would compile it anew."""
    monkeypatch.setattr(bytecode, "DELAY_SECONDS", 0.0)
    world = LambdaWorld(tmp_path, pure=False)
    large = "TABLE = [\n" + "    'some text of a module',\n" * 5000 + "]\n"
    code = "import own.large\ndef handler(event, context): return [own.large.__cached__, own.large.__file__]"
    world.engine.add_function("large", {"app.py": code, "own/large.py": large, "own/__init__.py": ""}, Timeout=60)
    world.engine.add_function("small", {"app.py": "def handler(event, context): return 1"})
    assert world.value("small") == 1
    cached, file = world.value("large")
    wait_until(lambda: len(list((tmp_path / "work" / "code").rglob("large.*.pyc"))) == 1, "the module is compiled", 60)
    assert Path(cached).parent == Path(file).parent / "__pycache__"
    assert len(list((tmp_path / "work" / "code").rglob("app.*.pyc"))) <= 1, "what is small is not"
    world.close()


def test_a_stop_ends_a_compilation_that_is_under_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: its process is gone, and waited for, before the loop it was started from may close."""
    monkeypatch.setattr(bytecode, "DELAY_SECONDS", 0.0)
    (tmp_path / "large.py").write_text("#" * bytecode.LEAST_BYTES)
    slow = tmp_path / "interpreter"
    slow.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 600\n")
    slow.chmod(0o755)

    async def begin_and_stop() -> int:
        compiler = bytecode.Bytecode()
        compiler.compile([tmp_path], slow, "3.11.7")
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            await asyncio.sleep(0.01)
        await compiler.close()
        return int((tmp_path / "pid").read_text())

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        pid = runner.run(asyncio.wait_for(begin_and_stop(), 30))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_process_of_node_is_ready_before_the_first_function_is_called(tmp_path: Path) -> None:
    """Ours: the first start of a Node.js function is as quick as the next ones."""
    world = LambdaWorld(tmp_path, pure=False, isolation=False)
    files: dict[str, str | bytes] = {"index.mjs": "export const handler = () => 1"}
    world.engine.add_function("never-called", files, Runtime="nodejs24.x", Handler="index.handler")
    wait_until(lambda: bool(list((tmp_path / "work" / "blank").glob("blank-*"))), "a process is made ready", 60)
    world.close()
    assert not (tmp_path / "work" / "blank").exists()
