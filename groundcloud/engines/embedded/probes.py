"""Large libraries that the engine imports only to see whether they are there.

Athena's module imports DuckDB (17 MB, 40 ms) with the first template that is deployed, though only a query uses it, and
imports it itself then: so it is imported while DuckDB is made out to be there. The Docker SDK (5 MB and 0.1 s, with
`requests` and more) is imported by what could run in containers. The engine has none: functions run in our own runtime.
So it is made out not to be there for as long as the engine runs. Of the HTTP server that it is shipped with it changes
some answers, in case it is started by that; here it is not (wsproto, HTTP/2 and more: 25 ms and 2 MB).
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType

HTTP_SERVER: Mapping[str, Collection[str]] = {
    "hypercorn.config": ("Config",),
    "hypercorn.protocol.events": ("EndBody", "Response"),
    "hypercorn.protocol.h11": ("H11Protocol",),
    "hypercorn.protocol.ws_stream": ("WSStream",),
}
"""What the engine's application changes of it. The engine's version is pinned; another one's import would fail."""


@contextmanager
def empty(modules: Mapping[str, Collection[str]]) -> Iterator[None]:
    """Meanwhile these modules have the classes that are named, of which none does anything; but one that is loaded
    already is itself."""
    made = {name: ModuleType(name) for name in modules if name not in sys.modules}
    for name, module in made.items():
        for each in modules[name]:
            setattr(module, each, type(each, (), {}))
    sys.modules.update(made)
    try:
        yield
    finally:
        for name in made:
            del sys.modules[name]


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
