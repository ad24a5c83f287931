"""`make bench`: start both clouds, deploy the same template into both, measure by turns, print the table.

Each run starts both afresh. Within a run what is called often is called by turns on the one and the other, a few times
each, so that whatever else the machine does falls on both: its speed may change by half from one second to the next.
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
Figure = Callable[[Subject], Samples]
TURNS = 5
"""How often each cloud has its turn within a run."""


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
    each = -(-count // TURNS)
    figures: list[tuple[Figure, int]] = [
        (lambda subject: first_call.measure(subject, applications[subject]), 1),
        (lambda subject: put_item.measure(subject, applications[subject].table, each * 3), TURNS),
        (lambda subject: calls.measure(subject, applications[subject], each), TURNS),
        (lambda subject: concurrent.measure(subject, applications[subject], each), TURNS),
        (lambda subject: {"memory after calls": [memory.after_calls(subject, applications[subject])]}, 1),
        (lambda subject: reload.measure(subject, role_of(subject), applications[subject].table), 1),
    ]
    for figure, turns in figures:
        result += by_turns(subjects, figure, turns)
    for subject in subjects:
        if isinstance(subject, Groundcloud):
            result.append((subject, floor.measure(subject, applications[subject], count)))
            result.append((subject, request_path.measure(subject, count)))
            result.append((subject, many_functions.measure(subject, applications[subject], count)))
            result.append((subject, hostile.measure(subject, role_of(subject), applications[subject].table, count)))
    return result


def by_turns(subjects: list[Subject], figure: Figure, turns: int) -> list[tuple[Subject, Samples]]:
    """`figure` of each subject, all of its turns together; who begins changes from turn to turn."""
    found: dict[Subject, Samples] = {subject: defaultdict(list) for subject in subjects}
    for turn in range(turns):
        for subject in subjects[:: -1 if turn % 2 else 1]:
            for name, values in figure(subject).items():
                found[subject][name] += values
    return list(found.items())


if __name__ == "__main__":
    main()
