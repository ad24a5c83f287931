"""How traces look on a terminal, with rich. Plain text where there is no terminal."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

_COLOURS = {"ok": "green", "error": "red", "denied": "magenta"}
_BAR = 24
_WIDE = 110
"""Columns of a terminal that has room for everything of a trace in one row."""
_ID = 35
"""Characters of a trace's id, which is there to be copied."""


def show_traces(found: dict[str, Any], out: Console) -> None:
    """A row a trace, the newest last, where the eye is. Where columns do not fit beside each other, what it was about
    and its id stand below each other."""
    wide = out.width >= _WIDE
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("time", no_wrap=True)
    table.add_column("ms", justify="right", no_wrap=True)
    table.add_column("status", overflow="fold", max_width=None if wide else 18)
    table.add_column("what", overflow="fold", min_width=0 if wide else _ID)
    if wide:
        table.add_column("resource", overflow="fold")
        table.add_column("spans", justify="right")
        table.add_column("trace", no_wrap=True)
    for trace in reversed(found["traces"]):
        ident = Text(trace["traceId"], style="dim")
        cells = [Text(_moment(trace["startedAt"])), Text(f"{trace['durationMs']:.1f}"), _outcome(trace)]
        if wide:
            cells += [_what(trace), _about(trace), Text(str(trace["spans"])), ident]
        else:
            cells.append(Text("\n").join(part for part in (_what(trace), _about(trace), ident) if part))
        table.add_row(*cells)
    out.print(table)


def show_trace(found: dict[str, Any], out: Console, *, width: int = _BAR) -> None:
    """The waterfall of one trace, with what was denied, what failed and what was logged."""
    spans = found["spans"]
    begun = min(span["startedAt"] for span in spans)
    whole = max(span["startedAt"] + span["durationMs"] / 1000 for span in spans) - begun or 1e-9
    known = {span["spanId"] for span in spans}
    below: dict[str, list[dict[str, Any]]] = {}
    for span in spans:
        parent = span["parentId"] if span["parentId"] in known else ""
        below.setdefault(parent, []).append(span)

    def grow(tree: Tree, parent: str) -> None:
        for span in below.get(parent, []):
            branch = tree.add(_span(span, begun, whole, width))
            for line in span["logs"]:
                if line["level"] != "PLATFORM":
                    branch.add(Text(line["message"].rstrip(), style="red" if line["level"] == "ERROR" else "dim"))
            grow(branch, span["spanId"])

    tree = Tree(Text(f"{found['traceId']}  {_moment(begun)}", style="bold"), guide_style="dim")
    grow(tree, "")
    out.print(tree, soft_wrap=True)


def _span(span: dict[str, Any], begun: float, whole: float, width: int) -> Text:
    start = int((span["startedAt"] - begun) / whole * width)
    length = max(1, round(span["durationMs"] / 1000 / whole * width))
    bar = (" " * start + "█" * length)[:width].ljust(width)
    text = Text.assemble((bar, _COLOURS[span["outcome"]]), f" {span['durationMs']:8.1f} ms  ", _what(span))
    if span["resource"]:
        text.append(f"  {span['resource']}")
    if span["coldStart"]:
        text.append(f"  cold {span['initMs']:.0f} ms", style="cyan")
    if span["error"]:
        text.append(f"  {span['error']['code']}: {span['error']['message']}", style=_COLOURS[span["outcome"]])
    decision = span.get("decision")
    if decision and not decision["allowed"] and decision["missing"]:
        text.append(f"  missing: {decision['action']} on {decision['resource']}", style="magenta")
    return text


def _what(one: dict[str, Any]) -> Text:
    function = one.get("function") or ""
    return Text.assemble((one["service"], "bold"), " ", one["operation"], f" {function}" if function else "")


def _about(trace: dict[str, Any]) -> Text:
    """The resource, or the functions that were called where the request named none."""
    return Text(trace["resource"] or ", ".join(trace["functions"]))


def _outcome(trace: dict[str, Any]) -> Text:
    code = trace["error"]["code"] if trace["error"] else ""
    return Text(f"{trace['status']} {code}".strip(), style=_COLOURS[trace["outcome"]])


def _moment(epoch: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(epoch)) + f".{int(epoch % 1 * 1000):03d}"
