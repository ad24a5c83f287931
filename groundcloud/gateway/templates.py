"""Mapping templates: the one door to the VTL library.

`airspeed-ext` renders; what `$input`, `$util`, `$context` and `$stageVariables` mean is here.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
Seam: `$input.path` and `$input.json` know plain paths (``$.a.b[0]['c']``); others raise `TemplateFailure`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import airspeed

from groundcloud.errors import GroundcloudError
from groundcloud.gateway.call import Call
from groundcloud.gateway.event import request_context

_TEMPLATES_KEPT = 512
_TEMPLATE_BUGS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a template's own mistakes raise inside the library."""

_STEP = re.compile(r"\.([A-Za-z_$][\w$-]*)|\[(\d+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]")


class TemplateFailure(GroundcloudError):
    """A template that cannot be parsed or rendered."""


class Templates:
    """Renders mapping templates, keeping them parsed."""

    def __init__(self) -> None:
        self._parsed: dict[str, Any] = {}

    def render(self, source: str, call: Call, body: str, extra: Mapping[str, Any] | None = None) -> str:
        """The text `source` makes of `call`; `body` is what ``$input`` reads. Raises `TemplateFailure`."""
        if "$" not in source and "#" not in source:
            return source
        names = {
            "input": TemplateInput(call, body),
            "util": TemplateUtil(),
            "context": {**request_context(call), **(extra or {})},
            "stageVariables": dict(call.stage.variables),
        }
        try:
            return str(self._template(source).merge(names))
        except (airspeed.TemplateError, *_TEMPLATE_BUGS) as error:
            raise TemplateFailure(f"Mapping template failed: {error}") from error

    def _template(self, source: str) -> Any:
        parsed = self._parsed.get(source)
        if parsed is None:
            if len(self._parsed) >= _TEMPLATES_KEPT:
                self._parsed.clear()
            parsed = self._parsed[source] = airspeed.Template(source)
        return parsed


class TemplateInput:
    """``$input``."""

    def __init__(self, call: Call, body: str) -> None:
        self._call = call
        self.body = body

    def json(self, path: str) -> str:
        """The JSON text of what `path` finds."""
        return json.dumps(self.path(path), separators=(",", ":"), ensure_ascii=False)

    def path(self, path: str) -> Any:
        """The value that `path` finds in the JSON body, or None."""
        try:
            document = json.loads(self.body) if self.body else {}
        except ValueError as error:
            raise TemplateFailure(f"$input.path of a body that is not JSON: {error}") from error
        return find_path(document, path)

    def params(self, name: str | None = None) -> Any:
        """Without name: ``{"path", "querystring", "header"}``. With one: looked for in that order, else ""."""
        request = self._call.request
        path = (self._call.match.parameters or {}) if self._call.match else {}
        if name is None:
            headers = dict(request.headers.items)
            return {"path": path, "querystring": dict(request.query), "header": headers}
        return path.get(name) or request.query_value(name) or request.headers.get(name) or ""


class TemplateUtil:
    """``$util``."""

    def escapeJavaScript(self, text: str) -> str:
        return json.dumps(str(text), ensure_ascii=False)[1:-1].replace("'", "\\'").replace("/", "\\/")

    def parseJson(self, text: str) -> Any:
        return json.loads(text)

    def urlEncode(self, text: str) -> str:
        return quote_plus(str(text))

    def urlDecode(self, text: str) -> str:
        return unquote_plus(str(text))

    def base64Encode(self, text: str) -> str:
        return base64.b64encode(str(text).encode()).decode("ascii")

    def base64Decode(self, text: str) -> str:
        return base64.b64decode(str(text)).decode("utf-8", "replace")


def find_path(document: Any, path: str) -> Any:
    """What a plain JSONPath finds in `document`, or None. Raises `TemplateFailure` for a path of another kind."""
    if not path.startswith("$"):
        raise TemplateFailure(f"JSONPath must begin with $: {path!r}")
    value, position = document, 1
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            raise TemplateFailure(f"JSONPath not supported yet: {path!r}")
        position = step.end()
        key = next(group for group in step.groups() if group is not None)
        if step[2] is not None:
            index = int(key)
            value = value[index] if isinstance(value, list) and index < len(value) else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value
