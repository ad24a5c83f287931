"""MOCK integrations: the request template says which status, the integration response of that status answers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html
SAM's `Cors` and CDK's `addCorsPreflight` build preflights of it: the mapped headers are sent and no others.
"""

from __future__ import annotations

import json
import re

from groundcloud.gateway.call import Call
from groundcloud.gateway.errors import configuration_error
from groundcloud.gateway.mapping import Answer, request_payload, respond
from groundcloud.gateway.model import Integration
from groundcloud.gateway.templates import Overrides, TemplateFailure, Templates
from groundcloud.http import Response

_STATUS = re.compile(r"""["']?statusCode["']?\s*:\s*["']?(\d{3})\b""")


def answer(call: Call, integration: Integration, templates: Templates) -> Response:
    """The response of a MOCK method. Raises `GatewayError`."""
    overrides = Overrides()
    try:
        _, output = request_payload(call, integration, templates, overrides)
    except TemplateFailure as failure:
        raise configuration_error() from failure
    subject = _status_code(output.decode("utf-8", "replace"))
    return respond(call, integration, Answer(subject, output, untouched=b""), templates, overrides)


def _status_code(output: str) -> str:
    """`statusCode` of the template's output, which AWS reads leniently (``{statusCode: 200}`` will do)."""
    try:
        document = json.loads(output)
    except ValueError:
        found = _STATUS.search(output)
        code = found[1] if found else None
    else:
        code = document.get("statusCode") if isinstance(document, dict) else None
    if isinstance(code, bool) or not re.fullmatch(r"\d{3}", str(code)):
        raise configuration_error()
    return str(code)
