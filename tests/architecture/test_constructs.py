"""What the code may not do, or only in named places."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.support.tree import ROOT, dotted, imported_modules, naming, python_files, syntax, tracked_files

ENVIRONMENT_USERS = {
    # entries of a process, which hand their environment on
    "groundcloud/cli.py",
    "groundcloud/settings.py",
    "groundcloud/testing/process.py",
    "ui/__main__.py",
    "tests/prepare.py",
    "tests/support/browser.py",
    "tests/support/processes.py",
    # a process that stands for LocalStack, told like the engine that it runs
    "tests/fakes/fake_localstack.py",
    # a function's own process, where the environment is Lambda's interface
    "groundcloud/runtime/python/guard.py",
    "groundcloud/runtime/python/invalid_entrypoint.py",
    "groundcloud/runtime/python/debug.py",
    "groundcloud/runtime/python/launch.py",
    "groundcloud/runtime/python/wrapped.py",
    "groundcloud/runtime/python/preload.py",
    "groundcloud/runtime/python/transport.py",
    "groundcloud/runtime/python/zygote.py",
    "groundcloud/runtime/python/pure_client.py",
    # the one place that tells the engine its settings, the only way it can be told
    "groundcloud/engines/embedded/environment.py",
    # LocalStack's process, which our plugin is a guest of
    "localstack/plugin/src/groundcloud_localstack/process.py",
}

BORDERS = {
    "groundcloud/cli.py": 1,
    "groundcloud/edge/chain.py": 1,
    # background work that must outlive one turn
    "groundcloud/metrics/watch.py": 1,
    "groundcloud/runtime/asynchronous/queue.py": 1,
    "groundcloud/runtime/service.py": 1,
    "groundcloud/trace/writer.py": 1,
    # the environment's loop: whatever a handler raises, at import, in the call or while its result is read, is a result
    "groundcloud/runtime/python/pure_client.py": 3,
    # whatever a signal's handler raises in the middle of a request is botocore's error, as urllib3 has it
    "groundcloud/runtime/python/transport.py": 1,
    # whatever one of LocalStack's providers raises fails the update, and keeps no other resource from going back
    "localstack/plugin/src/groundcloud_localstack/rollbacks.py": 2,
}
"""Where any exception may be caught, and how often."""

ASIDE = ("services/", "bench/", "examples/")
"""Real handlers read their environment; bench and examples are not part of the product."""


def ours(word: str) -> list[Path]:
    return [path for path in naming(word) if not str(path).startswith(ASIDE)]


def test_the_environment_is_read_at_entries_only() -> None:
    readers = {
        str(path)
        for word in ("environ", "getenv")
        for path in ours(word)
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Attribute) and dotted(node) in ("os.environ", "os.getenv", "os.environb")
    }
    assert readers - ENVIRONMENT_USERS == set()


def test_broad_excepts_stand_at_borders_only() -> None:
    found: dict[str, int] = {}
    for path in ours("except"):
        handlers = [node for node in ast.walk(syntax(path)) if isinstance(node, ast.ExceptHandler)]
        broad = [each for each in handlers if each.type is None or dotted(each.type) in ("Exception", "BaseException")]
        if broad:
            found[str(path)] = len(broad)
    assert {path: count for path, count in found.items() if count > BORDERS.get(path, 0)} == {}


def test_no_mocks_are_patched_in() -> None:
    users = [
        str(path)
        for path in naming("unittest")
        if any(each.startswith("unittest.mock") for each in imported_modules(path))
    ]
    assert users == []


def test_tests_never_sleep() -> None:
    """Waiting is polling with a deadline (`tests/support/processes.py`) or the cloud's own wait route."""
    sleepers = [
        f"{path}:{node.lineno}"
        for path in naming("sleep", "tests")
        if str(path) != "tests/support/processes.py"
        for node in ast.walk(syntax(path))
        if isinstance(node, ast.Call) and dotted(node.func) == "time.sleep"
    ]
    assert sleepers == []


def test_test_modules_have_names_of_their_own() -> None:
    names = [path.name for path in python_files("tests") if path.name.startswith("test_")]
    assert sorted(names) == sorted(set(names))


def test_no_file_names_the_workplace_it_was_written_in() -> None:
    """Paths and tools of the machine on which this was written mean nothing to who clones it."""
    work = "/" + "work" + "/"
    private = (f".{'library'}/", f"{work}main", f"{work}shared")
    wrong = []
    for path in tracked_files():
        text = (ROOT / path).read_bytes().decode(errors="replace")
        wrong += [f"{path} names {each}" for each in private if each in text]
    assert wrong == []
