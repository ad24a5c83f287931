"""``AWS_LAMBDA_EXEC_WRAPPER``, and extensions in layers.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html#runtime-wrapper,
https://docs.aws.amazon.com/lambda/latest/dg/lambda-extensions.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.lambda_world import LambdaWorld
from tests.support.packages import archive

WORLDS = {
    "sandbox": {"pure": False, "uv": True, "isolation": True},
    "plain": {"pure": False, "uv": False, "isolation": False},
}

INSERTS = b"""#!/bin/bash
# An option before the last argument, which is the runtime's script; another handler; a variable of its own.
echo "wrapper of $_HANDLER"
export ASKED_HANDLER=$_HANDLER _HANDLER=$OTHER_HANDLER WRAPPED=yes
exec "${@:1:$#-1}" $EXTRA "${@: -1}"
"""

PYTHON = """
import os, sys
def first(event, context): return "not asked"
def second(event, context):
    ours = [name for name in os.environ if "GROUNDCLOUD" in name]
    return [os.environ["ASKED_HANDLER"], os.environ["WRAPPED"], sys._xoptions.get("own"), sys.argv, ours, event]
"""

NODE = """
exports.first = async () => "not asked";
exports.second = async (event) => {
  const { ASKED_HANDLER, WRAPPED } = process.env;
  const ours = Object.keys(process.env).filter((name) => name.includes("GROUNDCLOUD"));
  return [ASKED_HANDLER, WRAPPED, process.execArgv.includes("--expose-gc"), process.argv.length, ours, event];
};
"""


@pytest.fixture(scope="module", params=WORLDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path_factory.mktemp("wrapper"), **WORLDS[request.param])
    yield world
    world.close()


def layer(world: LambdaWorld, files: dict[str, bytes]) -> list[dict[str, str]]:
    """A layer of executable `files`, as a function's configuration names it."""
    world.engine.packages["/layer/tools"] = archive(files, executable=files)
    world.engine.on(
        "lambda", "GetLayerVersionByArn", lambda params, scope: {"Content": {"Location": "http://x/layer/tools"}}
    )
    return [{"Arn": f"arn:aws:lambda:us-east-1:123456789012:layer:tools-{len(files)}:1"}]


def variables(wrapper: str, **more: str) -> dict[str, Any]:
    return {"Variables": {"AWS_LAMBDA_EXEC_WRAPPER": wrapper, **more}}


def test_python(world: LambdaWorld) -> None:
    """The wrapper gets the interpreter and its arguments, adds an option and chooses the handler; from a layer."""
    world.deploy(
        "wrapped",
        PYTHON,
        Handler="app.first",
        Layers=layer(world, {"wrapper": INSERTS}),
        Environment=variables("/opt/wrapper", OTHER_HANDLER="app.second", EXTRA="-Xown=1"),
    )
    assert world.value("wrapped", 1) == ["app.first", "yes", "1", ["bootstrap"], [], 1]
    assert world.value("wrapped", 2)[-1] == 2
    assert any(line == "wrapper of app.first\n" for line in world.log("wrapped"))


def test_node(world: LambdaWorld) -> None:
    """The same, from the function's own package."""
    package = archive({"index.js": NODE.encode(), "wrapper": INSERTS}, executable=["wrapper"])
    environment = variables("/var/task/wrapper", OTHER_HANDLER="index.second", EXTRA="--expose-gc")
    settings: dict[str, Any] = {"Runtime": "nodejs24.x", "Handler": "index.first", "Timeout": 30}
    world.engine.add_function("wrapped-node", package, Environment=environment, **settings)
    assert world.value("wrapped-node", 1) == ["index.first", "yes", True, 2, [], 1]


def test_a_wrapper_that_is_missing(world: LambdaWorld) -> None:
    """Lambda's start script ends with the shell's status."""
    world.deploy("unwrapped", PYTHON, Handler="app.first", Environment=variables("/opt/nowhere"))
    error = world.error("unwrapped")
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("exit status 127")
    assert any("/opt/nowhere" in line for line in world.log("unwrapped"))


def test_external_extensions_are_named(world: LambdaWorld) -> None:
    """Ours: they are not started, and the function's log says which."""
    world.deploy(
        "extended",
        "def handler(event, context): return 1",
        Layers=layer(world, {"extensions/agent": b"#!/bin/sh\n", "extensions/other": b"#!/bin/sh\n"}),
    )
    assert world.value("extended") == 1
    warnings = [line for line in world.log("extended") if line.startswith("WARNING: external extensions")]
    assert len(warnings) == 1
    assert "/opt/extensions/agent, /opt/extensions/other was not started" in warnings[0]
