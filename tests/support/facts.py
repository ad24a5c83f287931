"""What the contract tests hold, read from their source: each test's name and the pages that its docstring names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname

_URL = re.compile(r"https?://[^\s,;()`\"']+")
_PAGE = re.compile(r"(?<![\w/.-])(…/)?([\w.-]+(?:/[\w.-]+)*\.html(?:#[\w.-]*\w)?)")
_BASE = re.compile(r"\bbelow\s+(https?://\S+?)/?\.?(?=\s|$)")
_MARKER = "unsupported"
_OF_THE_SHARED_CLOUD = frozenset(
    {"cloud", "clouds", "aws", "http", "mailbox", "console", "cloudtask", "greeting", "deployed", "invoke", "traces"}
    | {"functions"}
)
"""Fixtures of tests/conftest.py, tests/contract/conftest.py and the test kit that need the cloud."""


@dataclass(frozen=True)
class Fact:
    """`holds` is a sentence; `unsupported` the feature that the test finds refused; `sources` are addresses. `test` is
    the test's name, and `shared` whether it runs on the cloud that tests share."""

    holds: str
    sources: tuple[str, ...]
    unsupported: str | None = None
    test: str = ""
    shared: bool = False


@dataclass(frozen=True)
class Module:
    """A module of tests: what it is called, its facts in their order, and the names of everything it calls."""

    name: str
    facts: tuple[Fact, ...]
    calls: frozenset[str]


def read(path: Path) -> Module:
    """Tests whose docstring, and whose module's, name no page are ours and no facts of AWS."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    described = ast.get_docstring(tree) or ""
    base = _base(described)
    pages = sources_of(_BASE.sub("", described), base)
    facts: list[Fact] = []
    fixtures = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    for test in _tests(tree):
        text = ast.get_docstring(test) or ""
        sources = facts[-1].sources if facts and "same page" in text.lower() else ()
        sources = sources_of(text, base) or sources or pages
        if sources:
            unsupported, is_shared = _unsupported(test), bool(_wanted(test, fixtures) & _OF_THE_SHARED_CLOUD)
            facts.append(Fact(_sentence(test.name), sources, unsupported, test.name, is_shared))
    called = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return Module(path.stem.removeprefix("test_"), tuple(facts), frozenset(called))


def unshared(path: Path) -> list[str]:
    """The tests of a module that do not use the shared cloud, nor one like it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    fixtures = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return [test.name for test in _tests(tree) if not _wanted(test, fixtures) & _OF_THE_SHARED_CLOUD]


def sources_of(text: str, base: str) -> tuple[str, ...]:
    """The addresses in `text`; a page's mere name is below `base`, or with ``…/`` beside the address before it."""
    joined = re.sub(r"/\n\s*", "/", text)
    found: list[str] = []
    for part in re.split(r"(?=https?://)", joined):
        url = _URL.match(part)
        if url is not None:
            found.append(url[0].rstrip(".:"))
            part = part[url.end() :]
        beside = dirname(found[-1]) if found else base
        for page in _PAGE.finditer(part):
            place = beside if page[1] or not base else base
            if place:
                found.append(f"{place}/{page[2]}")
    return tuple(dict.fromkeys(one for one in found if not one.endswith("/") and "{" not in one))


def _base(described: str) -> str:
    """What the pages that tests name are below: said so, or an address of a folder."""
    said = _BASE.search(described)
    folder = re.search(r"(https?://\S+)/\.?(?=\s|$)", described)
    return said[1] if said else folder[1] if folder else ""


def _tests(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node


def _wanted(function: ast.FunctionDef, known: Mapping[str, ast.FunctionDef]) -> set[str]:
    """The fixtures that a test asks for, and those that they ask for in its module."""
    found: set[str] = set()
    waiting = [function]
    while waiting:
        for name in {argument.arg for argument in waiting.pop().args.args} - found:
            found.add(name)
            waiting += [known[name]] if name in known else []
    return found


def _sentence(name: str) -> str:
    words = name.removeprefix("test_").replace("_", " ")
    return words[0].upper() + words[1:]


def _unsupported(test: ast.FunctionDef) -> str | None:
    for decorator in test.decorator_list:
        if isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute):
            argument = decorator.args[0] if decorator.args else None
            if decorator.func.attr == _MARKER and isinstance(argument, ast.Constant):
                return str(argument.value)
    return None
