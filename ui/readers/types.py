"""The plain values that readers hand to views."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from groundcloud.errors import GroundcloudError
from groundcloud.settings import Settings
from ui.readers.kept import Kept

if TYPE_CHECKING:
    from ui.readers.aws import AwsDoor
    from ui.readers.control import Control
    from ui.readers.stacks import StackReader
    from ui.readers.wire import Wire


class CloudUnavailable(GroundcloudError):
    """The cloud does not answer, or answers what it must not: the whole page gives way to a page that says so."""


class NotOnAws(CloudUnavailable):
    """What was asked for is only in a cloud on this machine: real AWS has no such thing."""


class CloudRefused(GroundcloudError):
    """A control route refuses what was asked, in its own words: the answer is a page with the same status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Console:
    """What the views work with: the settings and the doors to the cloud: its control routes, AWS's APIs, and plain HTTP
    for what was recorded and is sent again; and what was read before and stays true."""

    settings: Settings
    control: Control
    aws: AwsDoor
    wire: Wire
    stacks: StackReader
    kept: Kept = field(default_factory=Kept)

    @property
    def writable(self) -> bool:
        """Whether this console may change anything: on real AWS only when it was started so."""
        return self.settings.profile != "aws" or self.settings.ui_aws_writes


@dataclass(frozen=True)
class Scope:
    """Whose resources: a 12-digit account and a region."""

    account: str
    region: str


@dataclass(frozen=True)
class Status:
    """What runs. `started_at` is epoch seconds, `start_seconds` the time from start to healthy."""

    profile: str
    endpoint: str
    ui_url: str
    region: str
    account: str
    pid: int
    started_at: float
    start_seconds: float
    memory_bytes: int
    engine: str
    engine_version: str
    scopes: tuple[Scope, ...] = ()


@dataclass(frozen=True)
class Message:
    """One mail or text message that the cloud sent. `created` is epoch seconds, `code` the confirmation code in it."""

    id: str
    kind: str
    sender: str
    recipient: str
    subject: str
    text: str
    html: str
    created: float
    source: str
    code: str | None = None


@dataclass(frozen=True)
class Remedy:
    """One change that would allow what was denied: `statement` (JSON) to add to a policy of this kind, or to `remove`
    from the one that is named."""

    kind: str
    statement: str
    remove: bool = False
    policy: str = ""


@dataclass(frozen=True)
class Matched:
    """The statement (JSON) that decided, and the policy it stands in; `kind` as the control route names it."""

    kind: str
    policy: str
    statement: str


@dataclass(frozen=True)
class Decision:
    """One decision. `time` is epoch seconds; in mode audit what is not `allowed` is not `refused`. `request_id` leads
    to the trace."""

    number: int
    time: float
    principal: str
    action: str
    resource: str
    message: str
    mode: str
    refused: bool
    allowed: bool
    request_id: str
    remedies: tuple[Remedy, ...] = ()
    matched: Matched | None = None


@dataclass(frozen=True)
class Log:
    """One line that a function logged. `time` is epoch seconds; `level` is ``ERROR``, ``WARN``, ``INFO``, ``DEBUG``,
    ``PLATFORM`` (what Lambda itself writes) or "" where a line says none."""

    time: float
    level: str
    message: str
    function: str
    request_id: str


@dataclass(frozen=True)
class Address:
    """A URL on this machine and what answers there."""

    what: str
    url: str


@dataclass(frozen=True)
class Output:
    """One output of a stack; `local` is the address on this machine when `value` is an AWS address."""

    key: str
    value: str
    description: str = ""
    local: str | None = None


@dataclass(frozen=True)
class Resource:
    """One resource of a stack."""

    logical_id: str
    type: str
    physical_id: str
    status: str


@dataclass(frozen=True)
class Stack:
    """One deployed stack. Times are epoch seconds."""

    name: str
    status: str
    reason: str
    changed: float
    outputs: tuple[Output, ...] = ()
    resources: tuple[Resource, ...] = ()
    addresses: tuple[Address, ...] = field(default=())

    @property
    def health(self) -> str:
        return health_of(self.status)


def health_of(status: str) -> str:
    """How to show a status of CloudFormation: ``good``, ``busy`` or ``bad``."""
    if status.endswith("_IN_PROGRESS"):
        return "busy"
    return "bad" if "FAILED" in status or "ROLLBACK" in status else "good"
