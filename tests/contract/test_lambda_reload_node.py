"""Hot reload of Node.js functions: what `test_lambda_reload.py` holds of Python ones. Ours; AWS has no such thing.

Source: issue 3, part 8; groundcloud/runtime/reload/README.md
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundcloud.http import Request
from tests.fakes.fake_engine import SCOPE
from tests.fakes.lambda_world import LambdaWorld

PUT = ("PUT", "/functions/sources")


def answering(value: object) -> str:
    return f"export const handler = async () => ({json.dumps(value)});\n"


class Developer:
    """Has Node.js functions deployed from folders, and saves files."""

    def __init__(self, world: LambdaWorld, root: Path) -> None:
        self.world = world
        self.root = root

    def deploy(self, name: str, files: dict[str, str]) -> Path:
        folder = self.root / name
        for file, text in files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_text(text)
        config = {"Runtime": "nodejs24.x", "Handler": "index.handler", "Timeout": 10}
        self.world.engine.add_function(name, dict(files), **config)
        arn = f"arn:aws:lambda:{SCOPE.region}:{SCOPE.account}:function:{name}"
        body = {"sources": [{"functionArn": arn, "folder": str(folder), "handler": "index.handler"}]}
        [route] = [route for route in self.world.runtime.routes() if (route.method, route.path) == PUT]
        answer = self.world.run(route.handler(Request("PUT", "", body=json.dumps(body).encode()), {}))
        assert answer.status == 200, answer.body
        return folder


@pytest.fixture(scope="module", params=[True, False], ids=["sandbox", "plain"])
def dev(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Developer]:
    folder = tmp_path_factory.mktemp("reload-node")
    world = LambdaWorld(folder, pure=False, isolation=request.param)
    yield Developer(world, folder / "src")
    world.close()


def test_a_saved_file_is_what_the_next_call_runs(dev: Developer) -> None:
    """Written in place, again and again, called at once each time: never an old answer."""
    folder = dev.deploy("saved", {"index.mjs": answering("deployed")})
    assert dev.world.value("saved") == "deployed"
    for number in range(3):
        (folder / "index.mjs").write_text(answering(f"save {number}"))
        assert dev.world.value("saved") == f"save {number}"


def test_an_editor_that_renames(dev: Developer) -> None:
    """Vim and VS Code's safe save: a new file takes the place of the old one; CommonJS as well."""
    code = "exports.handler = async () => '{}';\n"
    folder = dev.deploy("renamed", {"index.js": code.format("deployed")})
    assert dev.world.value("renamed") == "deployed"
    (folder / ".index.js.swp").write_text(code.format("by rename"))
    (folder / ".index.js.swp").rename(folder / "index.js")
    assert dev.world.value("renamed") == "by rename"


def test_modules_beside_it(dev: Developer) -> None:
    """The whole folder counts, not the handler's file: a module that it imports is changed, then is gone."""
    index = "import {word} from './lib/words.mjs';\nexport const handler = async () => word;\n"
    folder = dev.deploy("grows", {"index.mjs": index, "lib/words.mjs": "export const word = 'one';\n"})
    assert dev.world.value("grows") == "one"
    (folder / "lib" / "words.mjs").write_text("export const word = 'two';\n")
    assert dev.world.value("grows") == "two"
    (folder / "lib" / "words.mjs").unlink()
    # Lambda's own type for what an ES module misses: Node.js says ERR_MODULE_NOT_FOUND, which it hands on.
    assert "words.mjs" in dev.world.error("grows")["errorMessage"]


def test_a_syntax_error_names_file_and_line(dev: Developer) -> None:
    """Answered and logged, with the file as the developer knows it; the last good code never runs in its place, and the
    next save mends it."""
    folder = dev.deploy("broken", {"index.mjs": answering("good")})
    assert dev.world.value("broken") == "good"
    (folder / "index.mjs").write_text("export const other = 1;\nexport const handler = async ( => 1;\n")
    for _ in range(2):
        error = dev.world.error("broken")
        assert error["errorType"] == "Runtime.UserCodeSyntaxError"
        assert f"{folder}/index.mjs:2" in json.dumps(error)
    assert f"{folder}/index.mjs:2" in "".join(dev.world.log("broken"))
    (folder / "index.mjs").write_text("import './lib/late.mjs';\n" + answering("not yet"))
    (folder / "lib").mkdir()
    (folder / "lib" / "late.mjs").write_text("\n\nconst = 1;\n")
    assert f"{folder}/lib/late.mjs:3" in json.dumps(dev.world.error("broken"))
    (folder / "index.mjs").write_text(answering("mended"))
    assert dev.world.value("broken") == "mended"


def test_an_error_of_the_handler_names_the_saved_file(dev: Developer) -> None:
    """Its trace leads to the file that the developer has open."""
    folder = dev.deploy("raises", {"index.mjs": answering("good")})
    assert dev.world.value("raises") == "good"
    (folder / "index.mjs").write_text("export const handler = async () => {\n  return nowhere.to;\n};\n")
    error = dev.world.error("raises")
    assert error["errorType"] == "ReferenceError"
    assert f"{folder}/index.mjs:2:" in json.dumps(error)


def test_reload_off(tmp_path: Path) -> None:
    """RELOAD=0: the deployed package runs, whatever is saved."""
    world = LambdaWorld(tmp_path, pure=False, reload=False)
    folder = Developer(world, tmp_path / "src").deploy("off", {"index.mjs": answering("deployed")})
    (folder / "index.mjs").write_text(answering("saved"))
    assert world.value("off") == "deployed"
    world.close()
