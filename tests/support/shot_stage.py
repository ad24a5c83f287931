"""What `make shots` takes pictures of: two clouds, one of them with systems, users, tasks and mail, and consoles."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.support.cloud import Cloud
from tests.support.console import Console
from tests.support.hosted_stage import HostedStage
from tests.support.login import Login
from tests.support.mailbox import Mailbox
from tests.support.processes import clean_environ, free_port
from tests.support.systems import CloudTask, Greeting

NEWCOMER, WORKER = "newcomer@example.com", "worker@example.com"
CUSTOMER = "a.customer.with.a.long.name@subdomain.example.com"
FRIEND = "ada"


@dataclass(frozen=True)
class Stage:
    """What the pictures are taken of: a full cloud, an empty one, and a console whose cloud is away."""

    full: Console
    empty: Console
    away: Console
    cloudtask: CloudTask
    greeting: Greeting
    login: Login
    administrator: str
    hosted: HostedStage


def make_stage(stack: ExitStack) -> Stage:
    """Two clouds, one of them with CloudTask, mail and tasks, and three consoles."""
    home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="groundcloud-shots-")))
    full, empty = Cloud(home / "full"), Cloud(home / "empty")
    for cloud in (full, empty):
        stack.callback(cloud.close)
        cloud.start()
    away = clean_environ(GROUNDCLOUD_PORT=str(free_port()), GROUNDCLOUD_HOME=str(home / "away"))

    def console_of(environ: dict[str, str], name: str) -> Console:
        shown = Console(environ, home / f"console-{name}.log")
        stack.callback(shown.stop)
        return shown.start()

    cloudtask = CloudTask(full)
    greeting = Greeting(full)
    greeting.register(Mailbox(full), FRIEND)
    fill(cloudtask)
    login = Login(full)
    stack.callback(login.stop)
    login.new_user("members")
    administrator = login.new_user("admins", "members")
    return Stage(
        full=console_of(full.environ, "full"),
        empty=console_of(empty.environ, "empty"),
        away=console_of(away, "away"),
        cloudtask=cloudtask,
        login=login,
        administrator=administrator,
        greeting=greeting,
        hosted=HostedStage(full),
    )


def fill(cloudtask: CloudTask) -> None:
    """Two users, some tasks, and some mail of each kind."""
    mailbox = Mailbox(cloudtask.cloud)
    cloudtask.new_user(mailbox, NEWCOMER)
    worker = cloudtask.new_user(mailbox, WORKER)
    for title, description, done in (
        ("Read the release notes", "", True),
        ("Renew the certificate of the shop, and tell the people who watch over it", "before the 30th", False),
        ("Buy milk", "two litres, oat", False),
    ):
        task = worker.post("/tasks", {"title": title, "description": description}).raise_for_status().json()
        if done:
            worker.put(f"/tasks/{task['taskId']}", {"done": True}).raise_for_status()
    ses = cloudtask.cloud.client("ses")
    ses.verify_email_identity(EmailAddress="shop@example.com")
    ses.send_email(
        Source="shop@example.com",
        Destination={"ToAddresses": [CUSTOMER]},
        Message={
            "Subject": {"Data": "Your order 4711 is on its way"},
            "Body": {
                "Text": {"Data": "Hello,\n\nyour order 4711 left our house today.\n\nThe shop"},
                "Html": {"Data": "<h1>On its way</h1><p>Your order <b>4711</b> left our house today.</p>"},
            },
        },
    )
