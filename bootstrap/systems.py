"""The systems that plain `make up` brings up, in order. `docs/adding-a-system.md` says how to add one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class System:
    """One system. `site` names the output with the address of its site, `hints` are lines of what to try."""

    name: str
    template: Path
    parameters: dict[str, str] = field(default_factory=dict)
    site: str = ""
    hints: tuple[str, ...] = ()


SYSTEMS = (
    System(
        "cloudtask",
        ROOT / "services" / "cloudtask" / "template.yaml",
        site="DistributionDomain",
        hints=(
            "Open the site and sign up with any e-mail address: nothing is really mailed",
            "Read the code in the console's inbox ({console}/mail) or with `.venv/bin/ground mail`",
            "Confirm, sign in, and add a task",
        ),
    ),
    System(
        "todo",
        ROOT / "services" / "todo" / "template.yaml",
        hints=(
            "Add a to-do: make invoke FUNCTION=CreateTodo EVENT=services/todo/tests/events/create-todo.json",
            "List them: make invoke FUNCTION=ListTodos EVENT='{{}}'",
            "By its URL, with a signature: services/todo/README.md",
            "The same by hand, step by step: services/todo/walkthrough.sh",
        ),
    ),
    System(
        "intake",
        ROOT / "services" / "intake" / "template.yaml",
        hints=("Three failures, made and mended on screen: services/intake/README.md",),
    ),
    System(
        "greeting",
        ROOT / "services" / "greeting" / "template.yaml",
        site="DistributionDomain",
        hints=("Register, be greeted, and keep files with temporary credentials: services/greeting/README.md",),
    ),
)
