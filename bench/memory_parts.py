"""Where the memory goes after the calls of the memory figure: the cloud's process, the parents of functions, and their
environments. `python -m bench.memory_parts`; Linux only.

"Own" are pages that no other process has; the rest of a share is what several have together, in proportion.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import click

from bench.figures import memory
from bench.scenario import deploy, sign_in
from bench.subject import Groundcloud

KINDS = ("the cloud", "parents of functions", "inits of environments", "functions")


@click.command()
def main() -> None:
    """Measure once and print."""
    subject = Groundcloud()
    try:
        subject.start()
        _, outputs = deploy(subject)
        total = memory.after_calls(subject, sign_in(subject, outputs))
        parts: dict[str, list[tuple[float, float]]] = {kind: [] for kind in KINDS}
        for depth, pid in subject.processes():
            parts[KINDS[min(depth, len(KINDS) - 1)]].append(_megabytes(pid))
    finally:
        subject.stop()
        shutil.rmtree(subject.home, ignore_errors=True)
    for kind, found in parts.items():
        share, own = (sum(values) for values in zip(*found, strict=True)) if found else (0.0, 0.0)
        click.echo(f"{kind:24}{len(found):4} processes  share {share:7.1f} MB, own {own:7.1f} MB")
    click.echo(f"{'together':24}{'':15} share {total:7.1f} MB")


def _megabytes(pid: int) -> tuple[float, float]:
    """Share and own memory."""
    found = {"Pss": 0, "Private_Dirty": 0, "Private_Clean": 0}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, value = line.partition(":")
        if name in found:
            found[name] = int(value.split()[0])
    return found["Pss"] / 1024, (found["Private_Dirty"] + found["Private_Clean"]) / 1024


if __name__ == "__main__":
    main()
