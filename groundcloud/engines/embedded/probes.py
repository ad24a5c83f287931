"""Large libraries that the engine imports only to see whether they are there.

Athena's module imports DuckDB (17 MB, 40 ms) with the first template that is deployed, though only a query uses it, and
imports it itself then: so it is imported while DuckDB is made out to be there. The Docker SDK (5 MB and 0.1 s, with
`requests` and more) is imported by what could run in containers. The engine has none: functions run in our own runtime.
So it is made out not to be there for as long as the engine runs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType


@contextmanager
def not_loaded(name: str) -> Iterator[None]:
    """Meanwhile an import of the library `name` succeeds, but loads nothing; where it is not installed, it fails."""
    if name in sys.modules or find_spec(name) is None:
        yield
        return
    sys.modules[name] = ModuleType(name)
    try:
        yield
    finally:
        del sys.modules[name]


@contextmanager
def not_there(name: str) -> Iterator[None]:
    """Meanwhile an import of the library `name` fails, as where it is not installed."""
    if name in sys.modules:
        yield
        return
    # https://docs.python.org/3/reference/import.html#the-module-cache: None forces the import to fail.
    sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[name]
