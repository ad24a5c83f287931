"""Making a function cold, for those who want to see a first call. Ours: Lambda has no such operation."""

from __future__ import annotations

import json
from pathlib import Path

from tests.fakes.lambda_world import LambdaWorld

PATH = "/functions/{name}/environments"
COUNTS = "calls = 0\ndef handler(event, context):\n    global calls\n    calls += 1\n    return calls"


def test_a_function_that_was_made_cold_starts_anew(tmp_path: Path) -> None:
    world = LambdaWorld(tmp_path, pure=False)
    world.deploy("counts", COUNTS)
    assert [world.value("counts"), world.value("counts")] == [1, 2]
    assert json.loads(world.control("GET", PATH, "counts").body) == {"idle": 1, "busy": 0}
    assert json.loads(world.control("DELETE", PATH, "counts").body) == {"ended": 1, "busy": 0}
    assert json.loads(world.control("GET", PATH, "counts").body) == {"idle": 0, "busy": 0}
    assert world.value("counts") == 1
    assert world.control("DELETE", PATH, "other").status == 404
    world.close()
