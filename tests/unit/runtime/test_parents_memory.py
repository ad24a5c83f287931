from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import JSONFileLoader, Loader

from groundcloud.runtime.python import compact
from groundcloud.runtime.python.loaders import Files

STATISTICS = """\
Small block threshold = 512, in 32 size classes.

class   size   num pools   blocks in use  avail blocks
-----   ----   ---------   -------------  ------------
    0     16           1              94           927
    1     32          12            6111            21
   31    512           2              40            20

# arenas allocated total           =                   12
"""

FILLS = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("compact", sys.argv[1])
compact = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compact)
junk = [bytes(n % 400) for n in range(50_000)]
kept = junk[::3]
del junk
before = compact.gaps(compact._statistics())
filling = compact.compact()
after = compact.gaps(compact._statistics())
print(json.dumps([sum(size * count for size, count in gaps) for gaps in (before, after)]))
"""


def test_the_gaps_are_read_from_pythons_own_statistics() -> None:
    assert compact.gaps(STATISTICS) == [(16, 927), (32, 21), (512, 20)]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks functions")
def test_gaps_between_objects_are_filled() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FILLS, compact.__file__], capture_output=True, text=True, check=True, timeout=60
    )
    before, after = json.loads(ran.stdout)
    assert before > 1_000_000
    # In each class one pool at most is not full.
    assert after < before / 4


def undocumented(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            name: "" if name == "documentation" and isinstance(value, str) else undocumented(value)
            for name, value in node.items()
        }
    return [undocumented(each) for each in node] if isinstance(node, list) else node


@pytest.mark.parametrize(("service", "kind"), [("dynamodb", "service-2"), ("s3", "paginators-1")])
def test_models_are_botocores_own_but_for_their_documentation(service: str, kind: str) -> None:
    ours = Loader(file_loader=Files()).load_service_model(service, kind)
    theirs = Loader(file_loader=JSONFileLoader()).load_service_model(service, kind)
    assert json.dumps(ours) == json.dumps(undocumented(theirs))


def test_a_model_that_is_not_there_is_nothing(tmp_path: Path) -> None:
    assert Files().load_file(str(tmp_path / "missing")) is None
