"""The Python handlers of a system in `services/`, imported as Lambda imports them, and its sample events."""

from __future__ import annotations

import importlib
import json
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.processes import ROOT

SERVICES = ROOT / "services"


def handlers(system: str, **variables: str) -> SimpleNamespace:
    """The modules of the system's `functions` by name, imported under those variables; their folder is the root of
    their imports. Systems have modules of the same name: each gets its own."""
    folder = SERVICES / system / "functions"
    names = sorted(path.stem for path in folder.glob("*.py"))
    others = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"AWS_DEFAULT_REGION": "us-east-1", **variables}.items():
            patch.setenv(name, value)
        patch.syspath_prepend(str(folder))
        modules = SimpleNamespace(**{name: importlib.import_module(name) for name in names})
    for name in names:
        del sys.modules[name]
    sys.modules.update(others)
    return modules


def sample_event(system: str, name: str) -> dict[str, Any]:
    """The event `tests/events/{name}.json` of the system; the caller's to change."""
    event: dict[str, Any] = json.loads((SERVICES / system / "tests" / "events" / f"{name}.json").read_text())
    return event
