"""A recorded request as commands to paste: curl, the AWS CLI, boto3. Pure, but for reading botocore's own models.

What was a secret is a variable in them, and no command runs until it is set. The CLI's and boto3's forms need the
parameters of the call, which are read back from the request as botocore's model of the service says. Every form names
the cloud's address: pasted into a shell that was set up for real AWS, it stays on this machine.
"""

from __future__ import annotations

import base64
import json
import pprint
import re
import shlex
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from botocore.model import OperationModel

from ui.readers.spans import MASK, Span
from ui.readers.wire import Outgoing
from ui.traces.parameters import operation_of, parameters_of
from ui.traces.replay import draft_of, is_of_data_plane

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
    if span.request and span.request.method and is_of_data_plane(span):
        return found
    call = (span.service, span.operation) if span.request and span.request.method else ("lambda", "Invoke")
    model, parameters = operation_of(*call), parameters_of(*call, draft.outgoing)
    if model is None or parameters is None:
        missing = "The parameters of this call cannot be read back from its body: use curl."
        return [*found, Command("AWS CLI", "", missing), Command("boto3", "", missing)]
    members = model.input_shape.members if model.input_shape else {}
    # A masked idempotency token is made anew by those who send it.
    parameters = {
        name: value
        for name, value in parameters.items()
        if value != MASK or not (name in members and members[name].metadata.get("idempotencyToken"))
    }
    region = draft.outgoing.scope.region
    return [
        *found,
        Command("AWS CLI", cli(model, parameters, endpoint, region)),
        Command("boto3", boto3_lines(model, parameters, endpoint, region)),
    ]


def curl(outgoing: Outgoing, endpoint: str) -> str:
    """`*.localhost` leads to this machine by itself; any other Host is sent as a header to the cloud's address."""
    name = outgoing.host.partition(":")[0]
    base = f"http://{outgoing.host}" if name.endswith(".localhost") else endpoint
    # curl waits for the body of an answer to a HEAD that it was not told about.
    method = "--head" if outgoing.method == "HEAD" else f"-X {shlex.quote(outgoing.method)}"
    parts = [f"curl {method} {_quoted(base + (_canonical(outgoing.url) if outgoing.sign_for else outgoing.url))}"]
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


def cli(model: OperationModel, parameters: dict[str, Any], endpoint: str, region: str) -> str:
    """An AWS CLI command, for its versions 1 and 2. Bytes come from standard input, or from a file where the CLI takes
    only files: its two versions read bytes that stand in the command differently."""
    service = model.service_model.service_name
    blob = next((name for name, value in parameters.items() if isinstance(value, bytes)), "")
    given = {name: value for name, value in parameters.items() if name != blob}
    lines = [f"aws {CLI_NAMES.get(service, service)} {xform_name(model.name, '-')}"]
    lines.append(f"--endpoint-url {_quoted(endpoint)} --region {_quoted(region)}")
    if given and model.has_streaming_output:
        # With a file to write to, the CLI does not look for what is required in the JSON.
        flags = (f"--{xform_name(name, '-')} {_quoted(_flag(value))}" for name, value in given.items())
        lines.append(" ".join(flags))
    elif given:
        lines.append(f"--cli-input-json {_quoted(json.dumps(given, ensure_ascii=False, default=_in_base64))}")
    before = ""
    if blob:
        is_file = model.input_shape.members[blob].serialization.get("streaming")
        lines.append(f"--{xform_name(blob, '-')} {'body.bin' if is_file else 'fileb:///dev/stdin'}")
        text = parameters[blob].decode(errors="replace")
        before = f"printf %s {_quoted(text)} {'> body.bin &&' if is_file else '|'} \\\n"
    if model.has_streaming_output:
        lines.append("/dev/stdout")
    return before + " \\\n  ".join(lines)


def boto3_lines(model: OperationModel, parameters: dict[str, Any], endpoint: str, region: str) -> str:
    """A script of a single call."""
    arguments = pprint.pformat(parameters, width=100, sort_dicts=False)
    called = f"**{arguments}" if parameters else ""
    service = model.service_model.service_name
    client = f"client = boto3.client({service!r}, endpoint_url={endpoint!r}, region_name={region!r})"
    script = f"import boto3\n\n{client}\nprint(client.{xform_name(model.name)}({called}))"
    if repr(MASK) in script:
        script = "import os\n\n" + script.replace(repr(MASK), 'os.environ["SECRET"]')
    return script


def _canonical(url: str) -> str:
    """The query in the order, and with the equals signs, in which it is signed: older curls sign it as it stands."""
    path, mark, query = url.partition("?")
    return (
        f"{path}?{'&'.join(sorted(each if '=' in each else each + '=' for each in query.split('&')))}" if mark else url
    )


def _flag(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=_in_base64)


def _in_base64(value: Any) -> str:
    return base64.b64encode(value).decode()


def _quoted(text: str, variable: str = "SECRET") -> str:
    """For a shell; what was masked becomes a variable, without which the command does not run."""
    value = f"${{{variable}:?is not set: it was a secret}}"
    return shlex.quote(text).replace(MASK, f"'\"{value}\"'").removesuffix("''")


def _variable(header: str) -> str:
    return re.sub(r"\W", "_", header).upper()
