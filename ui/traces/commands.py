"""A recorded request as commands to paste: curl, the AWS CLI, boto3. Pure, but for reading botocore's own models.

What was a secret is a variable of the shell in them. The CLI's and boto3's forms need the parameters of the call, which
are read back from the request as botocore's model of the service says. A body in XML is not read back, and such a call
has no such form.
"""

from __future__ import annotations

import json
import pprint
import re
import shlex
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote

from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, OperationNotFoundError, ServiceModel
from botocore.session import Session

from ui.readers.spans import MASK, Span
from ui.readers.wire import Outgoing
from ui.traces.replay import DATA_PLANES, draft_of

CLI_NAMES = {"s3": "s3api", "config": "configservice", "codedeploy": "deploy"}
"""Where the CLI calls a service otherwise than boto3 does."""


@dataclass(frozen=True)
class Command:
    """One way to send a request again. `missing` says why there is none."""

    name: str
    text: str
    missing: str = ""


def commands_of(span: Span, endpoint: str) -> list[Command]:
    """Ways to send a step again at `endpoint`; none for a step that nobody can send."""
    draft = draft_of(span)
    if draft is None:
        return []
    found = [Command("curl", curl(draft.outgoing, endpoint))]
    call = ("lambda", "Invoke") if not (span.request and span.request.method) else (span.service, span.operation)
    if call[0] in DATA_PLANES:
        return found
    parameters = parameters_of(*call, draft.outgoing)
    if parameters is None:
        missing = "The parameters of this call cannot be read back from its body: use curl."
        return [*found, Command("AWS CLI", "", missing), Command("boto3", "", missing)]
    return [*found, Command("AWS CLI", cli(*call, parameters)), Command("boto3", boto3_lines(*call, parameters))]


def curl(outgoing: Outgoing, endpoint: str) -> str:
    """`*.localhost` leads to this machine by itself; any other Host is sent as a header to the cloud's address."""
    name = outgoing.host.partition(":")[0]
    base = f"http://{outgoing.host}" if name.endswith(".localhost") else endpoint
    parts = [f"curl -X {shlex.quote(outgoing.method)} {_quoted(base + outgoing.url)}"]
    if name and not name.endswith(".localhost") and name not in ("localhost", "127.0.0.1"):
        parts.append(f"-H {_quoted('Host: ' + outgoing.host)}")
    if outgoing.sign_for:
        parts.append(f"--aws-sigv4 {_quoted(f'aws:amz:{outgoing.scope.region}:{outgoing.sign_for}')}")
        parts.append('--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"')
    for header, value in outgoing.headers:
        parts.append(f"-H {_quoted(f'{header}: {value}', _variable(header))}")
    if outgoing.body:
        parts.append(f"--data-raw {_quoted(outgoing.body)}")
    return " \\\n  ".join(parts)


def cli(service: str, operation: str, parameters: dict[str, Any]) -> str:
    """An AWS CLI command; bytes are read from a file ``body.bin``, but those of an invocation stand in it."""
    head = f"aws {CLI_NAMES.get(service, service)} {xform_name(operation, '-')}"
    given = {name: value for name, value in parameters.items() if not isinstance(value, bytes)}
    files = [f"  --{xform_name(name, '-')} body.bin" for name, value in parameters.items() if isinstance(value, bytes)]
    if (service, operation) == ("lambda", "Invoke"):
        payload = parameters.get("Payload", b"")
        text = payload.decode() if isinstance(payload, bytes) else str(payload)
        named = f"--function-name {_quoted(str(given['FunctionName']))}"
        return f"{head} {named} \\\n  --cli-binary-format raw-in-base64-out --payload {_quoted(text)} /dev/stdout"
    if not given and not files:
        return head
    lines = [head, *([f"  --cli-input-json {_quoted(json.dumps(given, ensure_ascii=False))}"] if given else []), *files]
    return " \\\n".join(lines)


def boto3_lines(service: str, operation: str, parameters: dict[str, Any]) -> str:
    """A script of a single call."""
    arguments = pprint.pformat(parameters, width=100, sort_dicts=False)
    called = f"**{arguments}" if parameters else ""
    return f"import boto3\n\nboto3.client({service!r}).{xform_name(operation)}({called})"


def parameters_of(service: str, operation: str, outgoing: Outgoing) -> dict[str, Any] | None:
    """The parameters as boto3 takes them, or None when they cannot be read back."""
    try:
        model = _model(service)
        found = model.operation_model(operation)
    except (UnknownServiceError, OperationNotFoundError):
        return None
    protocol = model.metadata["protocol"]
    if protocol == "json":
        return _object(outgoing.body)
    if protocol == "rest-json" or protocol == "rest-xml":
        return _rest(found, outgoing, protocol)
    return None if protocol in ("ec2", "smithy-rpc-v2-cbor") else _form(outgoing.body or outgoing.url.partition("?")[2])


@lru_cache(maxsize=64)
def _model(service: str) -> ServiceModel:
    model: ServiceModel = Session().get_service_model(service)
    return model


def _object(text: str) -> dict[str, Any] | None:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _rest(model: OperationModel, outgoing: Outgoing, protocol: str) -> dict[str, Any] | None:
    shape = model.input_shape
    if shape is None:
        return {}
    path, _, query = outgoing.url.partition("?")
    labels = _labels(model.http["requestUri"].partition("?")[0], path)
    if labels is None:
        return None
    pairs = dict(parse_qsl(query, keep_blank_values=True))
    headers = {name.lower(): value for name, value in outgoing.headers}
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        where, called = member.serialization.get("location"), member.serialization.get("name", name)
        source = {"uri": labels, "querystring": pairs, "header": headers}.get(where or "", {})
        value = source.get(called.lower() if where == "header" else called)
        if value is not None:
            found[name] = _typed(member.type_name, value)
    body = _rest_body(shape, outgoing.body, protocol)
    return None if body is None else found | body


def _rest_body(shape: Any, body: str, protocol: str) -> dict[str, Any] | None:
    payload = shape.serialization.get("payload")
    if not body:
        return {}
    if payload and shape.members[payload].type_name in ("blob", "string"):
        return {payload: body.encode()}
    if protocol == "rest-xml":
        return None
    found = _object(body)
    if found is None:
        return None
    if payload:
        return {payload: found}
    names = {member.serialization.get("name", name): name for name, member in shape.members.items()}
    return {names.get(key, key): value for key, value in found.items()}


def _labels(template: str, path: str) -> dict[str, str] | None:
    pattern = re.sub(r"\\{(\w+)(\\\+)?\\}", lambda m: f"(?P<{m[1]}>{'.+' if m[2] else '[^/]+'})", re.escape(template))
    found = re.fullmatch(pattern.rstrip("/") + "/?", path)
    return {name: unquote(value) for name, value in found.groupdict().items()} if found else None


def _form(text: str) -> dict[str, Any]:
    """``A.member.1.B=x`` as ``{"A": [{"B": "x"}]}``."""
    root: dict[str, Any] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name in ("Action", "Version"):
            continue
        at, parts = root, [part for part in name.split(".") if part not in ("member", "entry")]
        for part in parts[:-1]:
            at = at.setdefault(part, {})
        at[parts[-1]] = value
    return {name: _listed(value) for name, value in root.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_listed(value[key]) for key in sorted(value, key=int)]
    return {key: _listed(each) for key, each in value.items()}


def _typed(kind: str, value: str) -> Any:
    if kind in ("integer", "long") and value.lstrip("-").isdigit():
        return int(value)
    return value == "true" if kind == "boolean" else value


def _quoted(text: str, variable: str = "SECRET") -> str:
    """For a shell; what was masked becomes a variable to be set."""
    quoted = shlex.quote(text)
    return quoted.replace(MASK, f"'\"${variable}\"'").removesuffix("''") if MASK in text else quoted


def _variable(header: str) -> str:
    return re.sub(r"\W", "_", header).upper()
