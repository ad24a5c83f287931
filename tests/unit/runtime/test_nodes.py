"""Which Node.js runs a function: pure choices."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundcloud.errors import AwsError
from groundcloud.runtime.nodes import Installed, choose

N20 = Installed(Path("/usr/bin/node"), (20, 20, 2))
N24 = Installed(Path("/wheel/bin/node"), (24, 19, 0))


def sdk(folder: Path) -> Path:
    (folder / "node_modules" / "@aws-sdk").mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    ("runtime", "found", "expected", "warned"),
    [
        ("nodejs24.x", [N20, N24], N24, ()),
        ("nodejs20.x", [N20, N24], N20, ("AWS has deprecated nodejs20.x",)),
        ("nodejs22.x", [N20, N24], N24, ("Node.js 22 is not installed here; it runs on Node.js 24",)),
        ("nodejs18.x", [N24], N24, ("AWS has deprecated nodejs18.x", "Node.js 18 is not installed here")),
        ("nodejs26.x", [N20, N24], N24, ("Node.js 26 is not installed here",)),
    ],
)
def test_the_nearest_is_taken_and_said(
    tmp_path: Path, runtime: str, found: list[Installed], expected: Installed, warned: tuple[str, ...]
) -> None:
    node = choose(runtime, found, sdk(tmp_path))
    assert node.executable == expected.executable
    assert node.warning.count("WARNING") == len(warned)
    for text in warned:
        assert text in node.warning


def test_what_aws_switches_off_is_switched_off(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html (experimental features)"""
    folder = sdk(tmp_path)
    require, detect = "--no-experimental-require-module", "--no-experimental-detect-module"
    assert choose("nodejs20.x", [N20], folder).flags == (require,)
    assert choose("nodejs22.x", [N24], folder).flags == (require, detect)
    assert choose("nodejs24.x", [N24], folder).flags == ()


def test_callbacks_end_with_22(tmp_path: Path) -> None:
    folder = sdk(tmp_path)
    assert choose("nodejs22.x", [N24], folder).callbacks
    assert not choose("nodejs24.x", [N24], folder).callbacks


@pytest.mark.parametrize(("runtime", "found"), [("nodejs16.x", [N24]), ("nodejs24.x", []), ("nodejs", [N24])])
def test_what_cannot_run_is_refused(tmp_path: Path, runtime: str, found: list[Installed]) -> None:
    with pytest.raises(AwsError, match="not supported") as caught:
        choose(runtime, found, tmp_path)
    assert caught.value.code == "InvalidRuntimeException"


def test_a_missing_sdk_is_said(tmp_path: Path) -> None:
    assert "run `make install`" in choose("nodejs24.x", [N24], tmp_path).warning
