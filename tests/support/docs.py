"""What the Markdown pages say: links, headings and fenced blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tests.support.tree import ROOT, tracked_files

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```\s*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"!?\[[^\]]*\]\(<?(?P<target>[^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
_HEADING = re.compile(r"^#{1,6}\s+(?P<title>.+?)\s*#*$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """One fenced block. `info` is what follows the fence: ``sh test`` is run by a test."""

    page: Path
    info: tuple[str, ...]
    body: str


def pages() -> list[Path]:
    """Every Markdown page of the repository, relative to its root."""
    return [path for path in tracked_files() if path.suffix == ".md"]


def text_of(page: Path) -> str:
    return (ROOT / page).read_text()


def blocks(page: Path) -> list[Block]:
    return [Block(page, tuple(found["info"].split()), found["body"]) for found in _FENCE.finditer(text_of(page))]


def links(page: Path) -> list[str]:
    """The targets of the links outside fenced blocks."""
    prose = re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text_of(page)))
    return [found["target"] for found in _LINK.finditer(prose)]


def anchors(page: Path) -> set[str]:
    """The fragments that GitHub makes of the page's headings."""
    titles = [found["title"] for found in _HEADING.finditer(_FENCE.sub("", text_of(page)))]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
