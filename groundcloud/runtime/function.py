"""What a function is, read from the control plane's configuration: pure data."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from groundcloud.ports import Scope
from groundcloud.runtime import errors, limits
from groundcloud.runtime.local import Local

_REFERENCE = re.compile(
    r"(?:arn:aws[a-zA-Z-]*:lambda:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d):)?"
    r"(?:(?P<account>\d{12}):)?(?:function:)?"
    r"(?P<name>[a-zA-Z0-9_-]{1,64})"
    r"(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]{1,128}))?"
)

# What an environment is made from; a change of anything else leaves running environments alone.
_ENVIRONMENT_KEYS = (
    "CodeSha256",
    "Environment",
    "EphemeralStorage",
    "Handler",
    "Layers",
    "LoggingConfig",
    "MemorySize",
    "PackageType",
    "Role",
    "Runtime",
    "Timeout",
    "TracingConfig",
)


class Reference(NamedTuple):
    """Which function a caller means. `qualifier` is a version, an alias or None."""

    scope: Scope
    name: str
    qualifier: str | None

    @property
    def alias(self) -> str | None:
        """The qualifier, if it is an alias."""
        qualifier = self.qualifier
        return None if qualifier is None or qualifier == "$LATEST" or qualifier.isdecimal() else qualifier

    @property
    def resource(self) -> str:
        """How metrics name an alias or a version: ``function:qualifier``, or ""."""
        return f"{self.name}:{self.qualifier}" if self.qualifier else ""

    @property
    def arn(self) -> str:
        arn = f"arn:aws:lambda:{self.scope.region}:{self.scope.account}:function:{self.name}"
        return f"{arn}:{self.qualifier}" if self.qualifier else arn


@lru_cache(maxsize=4096)
def parse_reference(text: str, scope: Scope, qualifier: str | None = None) -> Reference:
    """Read a name, partial ARN or ARN, with or without a qualifier of its own. Raises `AwsError`.

    https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestSyntax
    """
    match = _REFERENCE.fullmatch(text)
    if match is None:
        raise errors.invalid_function_name(text)
    own = match["qualifier"]
    if own and qualifier and own != qualifier:
        raise errors.invalid_parameter(
            "The derived qualifier from the function name does not match the specified qualifier."
        )
    place = Scope(match["account"] or scope.account, match["region"] or scope.region)
    return Reference(place, match["name"], qualifier or own)


@dataclass(frozen=True)
class Function:
    """One version of one function, as the control plane describes it. Times are seconds, memory and
    storage (of /tmp) are MB. `provided_for` is the alias or version of whose provisioned concurrency it is, or "".

    `fingerprint` is equal for two descriptions that make the same environment; `code_sha` is the package's SHA-256
    in Base64, or "" when the control plane does not know it; `modified` epoch seconds, 0 when unknown; `local` is what
    runs here in place of what was deployed. Log levels are "" where the function asks for none.
    """

    scope: Scope
    name: str
    version: str
    runtime: str
    handler: str
    role: str
    timeout: int
    memory: int
    storage: int
    variables: dict[str, str]
    layers: tuple[str, ...]
    code_sha: str
    package_type: str
    state: str
    log_group: str
    fingerprint: str
    reserved: int | None = None
    code_url: str = field(default="", compare=False)
    dead_letter: str = ""
    weights: tuple[tuple[str, float], ...] = ()
    modified: float = field(default=0.0, compare=False)
    log_format: str = "Text"
    application_log_level: str = ""
    system_log_level: str = ""
    local: Local | None = None
    provided_for: str = ""

    @cached_property
    def key(self) -> tuple[Scope, str, str]:
        """One version of one function, however it is called."""
        return (self.scope, self.name, self.version)

    @property
    def initialization(self) -> str:
        """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html: AWS_LAMBDA_INITIALIZATION_TYPE"""
        return "provisioned-concurrency" if self.provided_for else "on-demand"

    @cached_property
    def pool_key(self) -> tuple[Scope, str, str, str]:
        """What shares environments: every alias of a version; but each provisioned concurrency has its own."""
        return (self.scope, self.name, self.version, self.provided_for)


def read_function(
    config: dict[str, Any],
    scope: Scope,
    *,
    reserved: int | None = None,
    code_url: str = "",
    weights: tuple[tuple[str, float], ...] = (),
) -> Function:
    """A `Function` from `FunctionConfiguration` as Lambda's API returns it."""
    name = config["FunctionName"]
    logging = config.get("LoggingConfig") or {}
    return Function(
        scope=scope,
        name=name,
        version=config.get("Version") or "$LATEST",
        runtime=config.get("Runtime") or "",
        handler=config.get("Handler") or "",
        role=config.get("Role") or "",
        timeout=int(config.get("Timeout") or 3),
        memory=int(config.get("MemorySize") or 128),
        storage=int((config.get("EphemeralStorage") or {}).get("Size") or limits.TEMPORARY_MB),
        variables=dict((config.get("Environment") or {}).get("Variables") or {}),
        layers=tuple(layer["Arn"] if isinstance(layer, dict) else layer for layer in config.get("Layers") or ()),
        code_sha=_sha(config.get("CodeSha256") or ""),
        package_type=config.get("PackageType") or "Zip",
        state=_state(config),
        log_group=logging.get("LogGroup") or f"/aws/lambda/{name}",
        fingerprint=_fingerprint(config),
        reserved=reserved,
        code_url=code_url,
        dead_letter=(config.get("DeadLetterConfig") or {}).get("TargetArn") or "",
        weights=weights,
        modified=_modified(config.get("LastModified")),
        log_format=logging.get("LogFormat") or "Text",
        application_log_level=logging.get("ApplicationLogLevel") or "",
        system_log_level=logging.get("SystemLogLevel") or "",
    )


def choose(main: str, weights: tuple[tuple[str, float], ...], chance: float) -> str:
    """The version that serves a call of an alias: each further one has its share of `chance` (0 ≤ x < 1), `main` the
    rest."""
    for version, weight in weights:
        if chance < weight:
            return version
        chance -= weight
    return main


def scope_of_config(config: dict[str, Any], default: Scope) -> Scope:
    """The account and region in the configuration's ARN."""
    parts = str(config.get("FunctionArn") or "").split(":")
    return Scope(parts[4], parts[3]) if len(parts) >= 7 else default


def _state(config: dict[str, Any]) -> str:
    """A function that is being updated stays active on AWS, and its calls go on; the engine says ``Pending``.

    https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
    """
    state = config.get("State") or "Active"
    return "Active" if config.get("StateReasonCode") == "Updating" else str(state)


def _modified(text: object) -> float:
    """``2026-11-21T10:15:00.123+0000`` in epoch seconds; a time without a fraction counts to the end of its second."""
    try:
        moment = datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return 0.0
    return moment if moment % 1 else moment + 0.999


def _sha(text: str) -> str:
    return text if len(text) == 44 else ""


def _fingerprint(config: dict[str, Any]) -> str:
    kept = {key: config[key] for key in _ENVIRONMENT_KEYS if config.get(key)}
    kept["Environment"] = (config.get("Environment") or {}).get("Variables") or {}
    return json.dumps(kept, sort_keys=True, default=str)
