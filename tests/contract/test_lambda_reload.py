"""Hot reload: a saved file is what the next call runs. Ours; AWS has no such thing, so each test names what it holds.

Source: issue 3, part 8; groundcloud/runtime/reload/README.md
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from groundcloud.http import Request
from groundcloud.runtime import Runtime
from tests.fakes.fake_engine import SCOPE, zipped
from tests.fakes.lambda_world import CLIENTS, LambdaWorld, wait_until

HANDLER = "def handler(event, context):\n    return {!r}\n"


class Developer:
    """Has functions deployed from folders, and saves files."""

    def __init__(self, world: LambdaWorld, root: Path) -> None:
        self.world = world
        self.root = root

    def deploy(self, name: str, files: dict[str, str], *, build: str = "none", more: Any = None, **config: Any) -> Path:
        """Deploy `files` (and `more`, which a build would add) and register the folder, as `make deploy` does."""
        folder = self.root / name
        for file, text in files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text)
        self.world.engine.add_function(name, {**files, **(more or {})}, **config)
        self.register(name, build=build)
        return folder

    def register(self, name: str, **entry: Any) -> None:
        arn = f"arn:aws:lambda:{SCOPE.region}:{SCOPE.account}:function:{name}"
        body = {"sources": [{"functionArn": arn, "folder": str(self.root / name), "handler": "app.handler", **entry}]}
        [route] = [route for route in self.world.runtime.routes() if (route.method, route.path) == PUT]
        answer = self.world.run(route.handler(Request("PUT", "", body=json.dumps(body).encode()), {}))
        assert answer.status == 200, answer.body


PUT = ("PUT", "/functions/sources")


@pytest.fixture(scope="module", params=CLIENTS)
def dev(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Developer]:
    folder = tmp_path_factory.mktemp("reload")
    world = LambdaWorld(folder, **CLIENTS[request.param])
    yield Developer(world, folder / "src")
    world.close()


def test_a_saved_file_is_what_the_next_call_runs(dev: Developer) -> None:
    """Written in place, again and again, called at once each time: never an old answer."""
    folder = dev.deploy("saved", {"app.py": HANDLER.format("deployed")})
    assert dev.world.value("saved") == "deployed"
    for number in range(5):
        (folder / "app.py").write_text(HANDLER.format(f"save {number}"))
        assert dev.world.value("saved") == f"save {number}"


def test_an_editor_that_renames(dev: Developer) -> None:
    """Vim and VS Code's safe save: a new file takes the place of the old one."""
    folder = dev.deploy("renamed", {"app.py": HANDLER.format("deployed")})
    assert dev.world.value("renamed") == "deployed"
    (folder / ".app.py.swp").write_text(HANDLER.format("by rename"))
    (folder / ".app.py.swp").rename(folder / "app.py")
    assert dev.world.value("renamed") == "by rename"


def test_new_modules_folders_and_deletions(dev: Developer) -> None:
    """The whole folder counts, not the handler's file."""
    folder = dev.deploy("grows", {"app.py": HANDLER.format("deployed")})
    assert dev.world.value("grows") == "deployed"
    (folder / "lib").mkdir()
    (folder / "lib" / "words.py").write_text("WORD = 'from a module'")
    (folder / "app.py").write_text("from lib.words import WORD\ndef handler(event, context):\n    return WORD\n")
    assert dev.world.value("grows") == "from a module"
    shutil.rmtree(folder / "lib")
    assert dev.world.error("grows")["errorType"] == "Runtime.ImportModuleError"


def test_back_to_what_was_deployed(dev: Developer) -> None:
    """A folder equal to the package runs the package, whatever its stamps say."""
    folder = dev.deploy("undone", {"app.py": "import os\ndef handler(event, context):\n    return __file__\n"})
    deployed = dev.world.value("undone")
    original = (folder / "app.py").read_text()
    (folder / "app.py").write_text(HANDLER.format("other"))
    assert dev.world.value("undone") == "other"
    (folder / "app.py").write_text(original)
    assert dev.world.value("undone") == deployed
    (folder / "app.py").touch()
    assert dev.world.value("undone") == deployed


def test_git_checkout_of_many_files(dev: Developer) -> None:
    """The tree that runs is of one commit, though calls come while git writes its files."""
    names = [f"part{number}.py" for number in range(60)]

    def version(word: str) -> dict[str, str]:
        return dict.fromkeys(names, f"WORD = {word!r}\n")

    handler = "import importlib\ndef handler(event, context):\n    "
    handler += "return sorted({importlib.import_module(f'part{n}').WORD for n in range(60)})\n"
    folder = dev.deploy("checkout", {"app.py": handler, **version("first")})

    def git(*arguments: str) -> None:
        command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    git("init", "-b", "first")
    git("add", ".")
    git("commit", "-m", "first")
    git("checkout", "-b", "second")
    for name, text in version("second").items():
        (folder / name).write_text(text)
    git("commit", "-am", "second")
    assert dev.world.value("checkout") == ["second"]
    for branch in ("first", "second", "first"):
        thread = threading.Thread(target=git, args=("checkout", branch))
        thread.start()
        while thread.is_alive():
            assert len(dev.world.value("checkout")) == 1
        thread.join()
        assert dev.world.value("checkout") == [branch]


def test_a_call_that_runs_finishes_on_the_old_code(dev: Developer) -> None:
    """A save during a call: that one ends as it began, the next one is new."""
    code = "import time, pathlib\ndef handler(event, context):\n    "
    code += "print('begun', event)\n    time.sleep(event)\n    import late\n    return late.WORD\n"
    folder = dev.deploy("running", {"app.py": code, "late.py": "WORD = 'old'\n"}, Timeout=10)
    assert dev.world.value("running", 0) == "old"
    (folder / "app.py").write_text(code + "# changed\n")
    future = asyncio.run_coroutine_threadsafe(dev.world.calling("running", 0.5), dev.world.loop)
    wait_until(lambda: "begun 0.5\n" in dev.world.log("running"), "the call runs")
    (folder / "late.py").write_text("WORD = 'new'\n")
    assert dev.world.value("running", 0) == "new"
    assert json.loads(future.result(60).payload) == "old"


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        ("def handler(event, context)\n    return 1\n", "Runtime.UserCodeSyntaxError", "line 1"),
        ("import nowhere\ndef handler(event, context): return 1\n", "Runtime.ImportModuleError", "nowhere"),
        ("def other(event, context): return 1\n", "Runtime.HandlerNotFound", "handler"),
        ("raise ValueError('at import')\n", "ValueError", "at import"),
    ],
)
def test_broken_code_is_answered_and_never_the_last_good(dev: Developer, code: str, kind: str, message: str) -> None:
    """As Lambda answers, with the file as the developer knows it; the log says the same; the next save mends it."""
    name = f"broken-{kind.rpartition('.')[2]}"
    folder = dev.deploy(name, {"app.py": HANDLER.format("good")})
    assert dev.world.value(name) == "good"
    (folder / "app.py").write_text(code)
    for _ in range(2):
        error = dev.world.error(name)
        assert error["errorType"] == kind
        assert message in error["errorMessage"]
    shown = json.dumps(error)
    if kind in ("Runtime.UserCodeSyntaxError", "ValueError"):
        assert str(folder / "app.py") in shown
    log = "".join(dev.world.log(name))
    assert kind in log
    assert kind != "Runtime.UserCodeSyntaxError" or str(folder / "app.py") in log
    (folder / "app.py").write_text(HANDLER.format("mended"))
    assert dev.world.value(name) == "mended"


def test_an_error_of_the_handler_names_the_saved_file(dev: Developer) -> None:
    """stackTrace leads to the file that the developer has open."""
    folder = dev.deploy("raises", {"app.py": HANDLER.format("good")})
    assert dev.world.value("raises") == "good"
    (folder / "app.py").write_text("def handler(event, context):\n    return 1 / 0\n")
    error = dev.world.error("raises")
    assert error["errorType"] == "ZeroDivisionError"
    assert f'File "{folder}/app.py", line 2' in error["stackTrace"][0]


def test_a_function_with_requirements(dev: Developer) -> None:
    """Changed source runs over the built package; changed requirements ask for a deployment, in log and answer."""
    folder = dev.deploy(
        "built",
        {"app.py": "import dep\ndef handler(event, context):\n    return dep.WORD\n", "requirements.txt": "dep==1\n"},
        more={"dep/__init__.py": "WORD = 'from the build'\n"},
        build="pip",
    )
    assert dev.world.value("built") == "from the build"
    (folder / "app.py").write_text("import dep\ndef handler(event, context):\n    return dep.WORD.upper()\n")
    assert dev.world.value("built") == "FROM THE BUILD"
    (folder / "requirements.txt").write_text("dep==1\nother==2\n")
    assert dev.world.value("built") == "FROM THE BUILD"
    assert "WARNING: requirements.txt changed: run `make deploy`\n" in dev.world.log("built")
    (folder / "app.py").write_text("import other\ndef handler(event, context):\n    return 1\n")
    error = dev.world.error("built")
    assert error["errorType"] == "Runtime.ImportModuleError"
    assert error["errorMessage"].endswith("(requirements.txt changed: run `make deploy`)")


def test_a_package_that_another_hand_deployed_is_newer(dev: Developer) -> None:
    """`UpdateFunctionCode` supersedes what was saved before it, and the next save supersedes that."""
    folder = dev.deploy("twice", {"app.py": HANDLER.format("deployed")})
    assert dev.world.value("twice") == "deployed"
    (folder / "app.py").write_text(HANDLER.format("saved"))
    assert dev.world.value("twice") == "saved"
    dev.world.engine.add_function("twice", {"app.py": HANDLER.format("by another hand")})
    assert dev.world.value("twice") == "by another hand"
    (folder / "app.py").write_text(HANDLER.format("saved again"))
    assert dev.world.value("twice") == "saved again"
    dev.world.engine.add_function("twice", {"app.py": HANDLER.format("saved again")})
    dev.register("twice")
    assert dev.world.value("twice") == "saved again"


def test_published_versions_run_what_was_published(dev: Developer) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html: the code of a version never changes"""
    folder = dev.deploy("published", {"app.py": HANDLER.format("version one")})
    dev.world.engine.publish("published", "1")
    (folder / "app.py").write_text(HANDLER.format("saved"))
    assert dev.world.invoke("published", qualifier="1").payload == b'"version one"'
    assert dev.world.value("published") == "saved"


def test_a_folder_that_is_gone(dev: Developer) -> None:
    """The deployed package runs, and the log says why."""
    folder = dev.deploy("gone", {"app.py": HANDLER.format("deployed")})
    (folder / "app.py").write_text(HANDLER.format("saved"))
    assert dev.world.value("gone") == "saved"
    shutil.rmtree(folder)
    assert dev.world.value("gone") == "deployed"
    assert any("is gone; the deployed code runs" in line for line in dev.world.log("gone"))
    folder.mkdir()
    (folder / "app.py").write_text(HANDLER.format("back"))
    assert dev.world.value("gone") == "back"


def test_dependencies_in_the_folder_are_watched(dev: Developer) -> None:
    """`node_modules` is not looked at on every call: the watcher sees it."""
    handler = "import pathlib\nTEXT = pathlib.Path(__file__).with_name('node_modules').joinpath('m').read_text()\n"
    folder = dev.deploy("deps", {"app.py": handler + "def handler(event, context): return TEXT", "node_modules/m": "1"})
    assert dev.world.value("deps") == "1"
    (folder / "node_modules" / "m").write_text("2")
    wait_until(lambda: dev.world.value("deps") == "2", "the change in node_modules is seen")


def test_what_cannot_be_read_is_answered(dev: Developer) -> None:
    """No older code runs in its place. (Root reads everything: nothing to hold then.)"""
    if os.geteuid() == 0:
        pytest.skip("root reads every file")
    folder = dev.deploy("secret", {"app.py": HANDLER.format("deployed")})
    (folder / "app.py").chmod(0)
    assert "cannot be read" in str(dev.world.together(dev.world.calling("secret"))[0])


def test_reload_off(tmp_path: Path) -> None:
    """RELOAD=0: the deployed package runs, whatever is saved."""
    world = LambdaWorld(tmp_path, pure=False, reload=False)
    dev = Developer(world, tmp_path / "src")
    folder = dev.deploy("off", {"app.py": HANDLER.format("deployed")})
    (folder / "app.py").write_text(HANDLER.format("saved"))
    assert world.value("off") == "deployed"
    world.close()


def test_what_was_decided_outlives_a_restart(tmp_path: Path) -> None:
    """A package by another hand stays newer than what was saved before it."""
    archive = zipped({"app.py": HANDLER.format("by another hand")})
    answers = []
    for start in range(2):
        world = LambdaWorld(tmp_path, pure=False)
        dev = Developer(world, tmp_path / "src")
        if not start:
            folder = dev.deploy("kept", {"app.py": HANDLER.format("deployed")})
            (folder / "app.py").write_text(HANDLER.format("saved"))
            assert world.value("kept") == "saved"
        world.engine.add_function("kept", archive)
        answers.append(world.value("kept"))
        world.close()
    assert answers == ["by another hand"] * 2


def test_from_save_to_new_answer(dev: Developer, record_property: Any) -> None:
    """Figures are printed by `make bench`; here only that a save costs no more than a few cold starts."""
    folder = dev.deploy("quick", {"app.py": HANDLER.format("deployed")})
    dev.world.value("quick")
    began = time.monotonic()
    (folder / "app.py").write_text(HANDLER.format("x"))
    dev.world.value("quick")
    record_property("seconds", time.monotonic() - began)
    assert isinstance(dev.world.runtime, Runtime)
