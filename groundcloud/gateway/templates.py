"""Mapping templates: the one door to the VTL library.

`airspeed-ext` renders; what `$input`, `$util`, `$context` and `$stageVariables` mean is here.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
Overrides: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import airspeed

from groundcloud.errors import GroundcloudError
from groundcloud.gateway.call import Call
from groundcloud.gateway.event import request_context
from groundcloud.gateway.jsonpath import MISSING, BadPath, find
from groundcloud.gateway.vtl_values import List, Map, Text, json_text, wrap

_TEMPLATES_KEPT = 512
_TEMPLATE_BUGS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a template's own mistakes raise inside the library."""


class TemplateFailure(GroundcloudError):
    """A template that cannot be parsed or rendered."""


class Overrides:
    """What a template sets on ``$context.requestOverride`` and ``$context.responseOverride``: these win over the
    mapped parameters. A response template sees what the request's left."""

    def __init__(self) -> None:
        self.request = Map(header=Map(), querystring=Map(), path=Map())
        self.response = Map(header=Map())

    @property
    def status(self) -> int | None:
        """The status that a template asks for. Raises `TemplateFailure` for what is none."""
        status = self.response.get("status")
        if status is None:
            return None
        if not str(status).isdecimal() or not 100 <= int(status) <= 599:
            raise TemplateFailure(f"$context.responseOverride.status is no status: {status!r}")
        return int(status)


class Templates:
    """Renders mapping templates, keeping them parsed."""

    def __init__(self) -> None:
        self._parsed: dict[str, Any] = {}

    def render(
        self,
        source: str,
        call: Call,
        body: str,
        extra: Mapping[str, Any] | None = None,
        overrides: Overrides | None = None,
    ) -> str:
        """The text `source` makes of `call`; `body` is what ``$input`` reads, `extra` is added to ``$context``, and
        what the template overrides is left in `overrides`. Raises `TemplateFailure`."""
        if "$" not in source and "#" not in source:
            return source
        overrides = overrides or Overrides()
        context = wrap({**request_context(call), **(extra or {})})
        context["requestOverride"], context["responseOverride"] = overrides.request, overrides.response
        names = {
            "input": TemplateInput(call, body),
            "util": TemplateUtil(),
            "context": context,
            "stageVariables": wrap(dict(call.stage.variables)),
        }
        try:
            return str(self._template(source).merge(names))
        except (airspeed.TemplateError, BadPath, *_TEMPLATE_BUGS) as error:
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
        self.body = Text(body)

    def json(self, path: str) -> str:
        """The JSON text of what `path` finds; of what is not there, an empty JSON string."""
        found = find(self._document(), path)
        return Text('""' if found is MISSING else json_text(found))

    def path(self, path: str) -> Any:
        """The value that `path` finds in the JSON body, or None."""
        found = find(self._document(), path)
        return None if found is MISSING else wrap(found)

    def params(self, name: str | None = None) -> Any:
        """Without name: ``{"path", "querystring", "header"}``. With one: looked for in that order, else ""."""
        request = self._call.request
        path = (self._call.match.parameters or {}) if self._call.match else {}
        if name is None:
            headers = dict(request.headers.items)
            return wrap({"path": path, "querystring": dict(request.query), "header": headers})
        return Text(path.get(name) or request.query_value(name) or request.headers.get(name) or "")

    def _document(self) -> Any:
        try:
            return json.loads(self.body) if self.body else {}
        except (ValueError, RecursionError) as error:
            raise TemplateFailure(f"$input of a body that is not JSON: {error}") from error


class TemplateUtil:
    """``$util``."""

    def escapeJavaScript(self, text: Any) -> str:
        return Text(json.dumps(_plain(text), ensure_ascii=False)[1:-1].replace("'", "\\'").replace("/", "\\/"))

    def parseJson(self, text: Any) -> Any:
        return wrap(json.loads(_plain(text)))

    def urlEncode(self, text: Any) -> str:
        return Text(quote_plus(_plain(text)))

    def urlDecode(self, text: Any) -> str:
        return Text(unquote_plus(_plain(text)))

    def base64Encode(self, text: Any) -> str:
        return Text(base64.b64encode(_plain(text).encode()).decode("ascii"))

    def base64Decode(self, text: Any) -> str:
        return Text(base64.b64decode(_plain(text)).decode("utf-8", "replace"))


def _plain(value: Any) -> str:
    return json_text(value) if isinstance(value, List) else str(value)
