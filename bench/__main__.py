"""`make bench`: start both clouds, deploy the same template into both, measure by turns, print the table.

Each run starts both afresh; within a run every figure is measured on one and then on the other, so that whatever else
the machine does falls on both.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable

import click

from bench import report
from bench.figures import (
    calls,
    concurrent,
    first_call,
    floor,
    hostile,
    many_functions,
    memory,
    put_item,
    reload,
    request_path,
)
from bench.functions import role_of
from bench.peers.ministack import Ministack
from bench.scenario import deploy, sign_in
from bench.subject import Groundcloud, Subject

Samples = dict[str, list[float]]


@click.command()
@click.option("--runs", default=5, show_default=True, help="Interleaved runs.")
@click.option("--calls", "count", default=100, show_default=True, help="Calls a figure and run.")
@click.option("--write/--no-write", default=True, help="Keep the raw figures in bench/results/.")
def main(runs: int, count: int, write: bool) -> None:
    """Measure Groundcloud against ministack alone."""
    collected: report.Runs = {name: defaultdict(list) for name in (report.OURS, report.PEER)}
    for number in range(runs):
        click.echo(f"run {number + 1} of {runs}", err=True)
        subjects: list[Subject] = [Groundcloud(), Ministack()]
        if number % 2:
            subjects.reverse()
        try:
            for subject, samples in one_run(subjects, count):
                for figure, values in samples.items():
                    collected[subject.name][figure].append(values)
        finally:
            for subject in subjects:
                subject.stop()
                shutil.rmtree(subject.home, ignore_errors=True)
    found = report.rows(collected)
    report.show(found, runs)
    if write:
        click.echo(f"raw figures: {report.write(found, collected, runs)}")


def one_run(subjects: list[Subject], count: int) -> list[tuple[Subject, Samples]]:
    """Every figure of one run, by turns on each subject."""
    result: list[tuple[Subject, Samples]] = []
    for subject in subjects:
        result.append((subject, {"start to healthy": [subject.start() * 1000]}))
        result.append((subject, {"memory idle": [subject.memory_mb()]}))
    applications = {}
    for subject in subjects:
        seconds, outputs = deploy(subject)
        result.append((subject, {"deploy": [seconds * 1000]}))
        applications[subject] = sign_in(subject, outputs)
    figures: list[Callable[[Subject], Samples]] = [
        lambda subject: first_call.measure(subject, applications[subject]),
        lambda subject: put_item.measure(subject, applications[subject].table, count * 3),
        lambda subject: calls.measure(subject, applications[subject], count),
        lambda subject: concurrent.measure(subject, applications[subject], count // 2),
        lambda subject: {"memory after calls": [memory.after_calls(subject, applications[subject])]},
        lambda subject: reload.measure(subject, role_of(subject), applications[subject].table),
    ]
    for figure in figures:
        result += [(subject, figure(subject)) for subject in subjects]
    for subject in subjects:
        if isinstance(subject, Groundcloud):
            result.append((subject, floor.measure(subject, applications[subject].table, count)))
            result.append((subject, request_path.measure(subject, count)))
            result.append((subject, many_functions.measure(subject, applications[subject], count)))
            result.append((subject, hostile.measure(subject, role_of(subject), applications[subject].table, count)))
    return result


if __name__ == "__main__":
    main()
