"""Shows a deployment on the terminal: the plan as a table, progress as one live line, failures as they happen."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.status import Status
from rich.table import Table

from groundcloud.deploy.deployer import Deployment
from groundcloud.deploy.plan import Change, Plan
from groundcloud.deploy.report import StackEvent

_COLOURS = {"Add": "green", "Modify": "yellow", "Remove": "red", "Import": "cyan"}
_ROWS = 60


class TerminalReporter:
    """Use it as a context manager: the live line ends with it. Without a terminal, steps are plain lines."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._status = Status("", console=self.console)
        self._step = ""
        self._done = 0

    def __enter__(self) -> TerminalReporter:
        if self.console.is_terminal:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._status.stop()

    def step(self, text: str) -> None:
        self._step, self._done = text, 0
        if self.console.is_terminal:
            self._status.update(escape(text))
        else:
            self.console.print(escape(text))

    def note(self, text: str) -> None:
        self.console.print(f"[green]✓[/] {escape(text)}")

    def warn(self, text: str) -> None:
        self.console.print(f"[yellow]![/] {escape(text)}")

    def plan(self, plan: Plan) -> None:
        self.console.print(plan_table(plan))
        if plan.kind == "UPDATE" and plan.replaces:
            self.console.print("[yellow]![/] Resources that are removed or replaced lose what they hold")

    def event(self, event: StackEvent) -> None:
        if event.failed and not event.is_stack:
            self.console.print(f"[red]✗[/] {escape(event.logical_id)} ({event.type}): {escape(event.reason)}")
        elif event.status == "UPDATE_COMPLETE" and event.reason and not event.is_stack:
            # LocalStack's, for what it could not change.
            self.warn(f"{event.logical_id} ({event.type}): {event.reason}")
        if event.status.endswith("_COMPLETE") and not event.is_stack:
            self._done += 1
        if self.console.is_terminal:
            self._status.update(
                f"{escape(self._step)}: {self._done} done, now {escape(event.logical_id)} {event.status}"
            )

    def ask(self, question: str) -> str:
        """Ask, with the live line out of the way."""
        self._status.stop()
        return self.console.input(f"{escape(question)}: ")


def plan_table(plan: Plan) -> Table:
    """The plan, one row a resource; a long one is cut and says so."""
    table = Table(title=f"{plan.kind.capitalize()} stack {plan.stack_name}: {plan.summary()}", title_justify="left")
    for heading in ("Action", "Resource", "Type", "Replaced"):
        table.add_column(heading)
    for change in plan.changes[:_ROWS]:
        table.add_row(*_row(change))
    if len(plan.changes) > _ROWS:
        table.add_row("…", f"{len(plan.changes) - _ROWS} more", "", "")
    return table


def _row(change: Change) -> tuple[str, str, str, str]:
    colour = _COLOURS.get(change.action, "white")
    replaced = {"True": "[red]yes[/]", "Conditional": "[yellow]maybe[/]", "False": "no"}.get(change.replacement, "")
    return f"[{colour}]{change.action}[/]", escape(change.logical_id), change.type, replaced


def show_deployment(console: Console, deployment: Deployment) -> None:
    """How it ended, in which time, and what can be opened."""
    name, status = deployment.stack.name, deployment.stack.status
    told = f"Stack {name} is deployed ({status})" if deployment.changed else f"Stack {name} is unchanged: nothing to do"
    console.print(f"[green]✓[/] {escape(told)} [dim]{deployment.seconds:.2f} s[/]")
    if deployment.published:
        console.print(f"[green]✓[/] Site published: {len(deployment.published)} files changed")
    addresses = {link.label for link in deployment.links}
    for label, value in deployment.stack.outputs.items():
        if label not in addresses:
            console.print(f"  {escape(label)}  {escape(value)}", soft_wrap=True)
    for link in deployment.links:
        console.print(f"  {escape(link.label)}  [link={link.url}]{escape(link.url)}[/link]", soft_wrap=True)
