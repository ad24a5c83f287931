"""The cloud's settings: read once, from an environ that is handed in, into a frozen value.

Precedence: a `GROUNDCLOUD_*` variable, else its line in the working folder's `.env`, else the default below. A
variable of that prefix that nobody knows, or a value that does not parse, stops the start: a mistyped setting must
never be ignored.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from dotenv import dotenv_values

from groundcloud.errors import UserError

PREFIX = "GROUNDCLOUD_"
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
PROFILES = ("embedded", "localstack", "aws")
IAM_MODES = ("enforce", "audit", "off")
ENGINES = ("", "compose", "host")


@dataclass(frozen=True)
class Settings:
    """Everything that can be set from outside.

    `host` and `ui_host` are the addresses by which the cloud and the console are known; `bind` is the one that both
    listen on where that is another (in a container), and `url` how a process beside the cloud reaches it where that is
    not the cloud's own address. `home` is the working folder (state, logs, run files); `app_root` the folder under
    which function sources may be registered, which run as they are saved when `reload` is on; `function_memory` MB for
    all running functions together, 0 for half of the machine's; `allowed_hosts` further Host names the edge answers to.
    `iam` says whether what IAM denies is refused (``enforce``), only recorded (``audit``) or not looked at (``off``).
    On profile ``localstack``, `localstack_url` is where LocalStack answers, and `engine` how `make up` starts it: by
    ``compose`` (also when it is empty), or ``host``, without Docker.
    `traces` are kept up to `traces_spans` spans, `traces_disk` MB and an age of `traces_hours`, with up to
    `traces_memory` MB waiting to be written, and pushed to the OpenTelemetry collector at `otlp_endpoint`, if any.
    On profile ``aws``, `aws_profile` names the AWS profile to take credentials from, `aws_accounts`, when given, are
    the only accounts that may be deployed to, and the console only reads unless `ui_aws_writes` is on.
    """

    host: str = "127.0.0.1"
    port: int = 4566
    ui_host: str = "127.0.0.1"
    ui_port: int = 8080
    bind: str = ""
    url: str = ""
    home: Path = Path(".groundcloud")
    app_root: Path = Path()
    profile: str = "embedded"
    region: str = "us-east-1"
    account: str = "000000000000"
    access_key_id: str = "test"
    secret_access_key: str = "test"
    persist: bool = True
    reload: bool = True
    function_memory: int = 0
    log_level: str = "WARNING"
    allowed_hosts: tuple[str, ...] = ()
    iam: str = "enforce"
    engine: str = ""
    localstack_url: str = "http://127.0.0.1:4567"
    traces: bool = True
    traces_spans: int = 100_000
    traces_disk: int = 512
    traces_memory: int = 32
    traces_hours: int = 168
    otlp_endpoint: str = ""
    aws_profile: str = ""
    aws_accounts: tuple[str, ...] = ()
    python: str = ""
    ui_aws_writes: bool = False

    @property
    def endpoint(self) -> str:
        """The one address of every AWS API, for the user and for functions."""
        return f"http://{self.host}:{self.port}"

    @property
    def reached_at(self) -> str:
        """The same cloud from where this process is."""
        return self.url or self.endpoint

    @property
    def ui_url(self) -> str:
        return f"http://{self.ui_host}:{self.ui_port}"

    @property
    def state_dir(self) -> Path:
        """What survives a stop. LocalStack's profile has its own: it is forgotten when LocalStack forgets."""
        return self.home / ("state-localstack" if self.profile == "localstack" else "state")


def with_file(environ: Mapping[str, str], file: Path) -> dict[str, str]:
    """`environ`, and below it the settings that `file` (quotes, comments and `export` as in any `.env`) has.

    Raises `UserError` when the file is there but cannot be read."""
    try:
        found = dotenv_values(file, interpolate=False) if file.is_file() else {}
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"Cannot read {file}: {error}", "Mend the file, or remove it") from error
    return {name: text or "" for name, text in found.items() if name.startswith(PREFIX)} | dict(environ)


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings an environ asks for. Raises `UserError` with a hint on an unknown name or a bad value."""
    known = {PREFIX + field.name.upper(): field.name for field in fields(Settings)}
    values: dict[str, Any] = {}
    for name, text in environ.items():
        if not name.startswith(PREFIX):
            continue
        if name not in known:
            raise UserError(f"Unknown setting {name}", f"Known settings: {', '.join(sorted(known))}")
        values[known[name]] = _parse(name, known[name], text)
    return Settings(**values)


def _parse(name: str, key: str, text: str) -> Any:
    parser = _PARSERS.get(key)
    if parser is None:
        return text
    try:
        return parser(text)
    except ValueError as error:
        raise UserError(f"{name}={text!r} is not usable: {error}", f"Unset {name} to use the default") from error


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ValueError("a port is a number from 1 to 65535")
    return int(text)


def _megabytes(text: str) -> int:
    megabytes = int(text)
    if megabytes != 0 and megabytes < 64:
        raise ValueError("use at least 64 MB, or 0 for half of the machine's memory")
    return megabytes


def _positive(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ValueError("use a whole number above 0")
    return int(text)


def _boolean(text: str) -> bool:
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off"):
        return False
    raise ValueError("use 1 or 0")


def _matching(pattern: str, what: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(what)
        return text

    return parse


def _hosts(text: str) -> tuple[str, ...]:
    return tuple(name.strip().lower() for name in text.split(",") if name.strip())


def _accounts(text: str) -> tuple[str, ...]:
    accounts = tuple(part.strip() for part in text.split(",") if part.strip())
    if not all(re.fullmatch(r"\d{12}", account) for account in accounts):
        raise ValueError("use 12-digit account numbers, separated by commas")
    return accounts


def _path(text: str) -> Path:
    if not text:
        raise ValueError("a folder is needed")
    return Path(text)


def _address(text: str) -> str:
    if text:
        ipaddress.ip_address(text)
    return text


def _url(text: str) -> str:
    if text and not re.fullmatch(r"https?://[^/\s]+/?", text):
        raise ValueError("an address looks like http://cloud:4566")
    return text.rstrip("/")


def _collector(text: str) -> str:
    if text and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", text):
        raise ValueError("a collector's address looks like http://127.0.0.1:4318")
    return text


_PARSERS: dict[str, Callable[[str], Any]] = {
    "port": _port,
    "ui_port": _port,
    "bind": _address,
    "url": _url,
    "home": _path,
    "app_root": _path,
    "profile": _matching("|".join(PROFILES), f"use one of {', '.join(PROFILES)}"),
    "region": _matching(r"[a-z]{2}(-[a-z]+)+-\d", "an AWS region looks like us-east-1"),
    "account": _matching(r"\d{12}", "an AWS account is 12 digits"),
    "persist": _boolean,
    "reload": _boolean,
    "ui_aws_writes": _boolean,
    "function_memory": _megabytes,
    "traces": _boolean,
    "traces_spans": _positive,
    "traces_disk": _positive,
    "traces_memory": _positive,
    "traces_hours": _positive,
    "otlp_endpoint": _collector,
    "iam": _matching("|".join(IAM_MODES), f"use one of {', '.join(IAM_MODES)}"),
    "engine": _matching("|".join(ENGINES), "use compose or host"),
    "localstack_url": _matching(r"https?://[^/\s]+", "an address looks like http://127.0.0.1:4567"),
    "log_level": _matching("|".join(LOG_LEVELS), f"use one of {', '.join(LOG_LEVELS)}"),
    "allowed_hosts": _hosts,
    "aws_accounts": _accounts,
}
