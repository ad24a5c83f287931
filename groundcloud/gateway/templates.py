"""Mapping templates: the one door to the VTL library.

`airspeed-ext` renders; what `$input`, `$util`, `$context` and `$stageVariables` mean is here.
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
Overrides: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-override-request-response-parameters.html
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import airspeed

from groundcloud.errors import GroundcloudError
from groundcloud.gateway.call import Call
from groundcloud.gateway.event import request_context
from groundcloud.gateway.jsonpath import MISSING, BadPath, find
from groundcloud.gateway.vtl_values import Map, Text, java_text, json_text, wrap

_TEMPLATES_KEPT = 512
_TEMPLATE_BUGS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What a template's own mistakes raise inside the library."""


_PYTHONS_OWN = re.compile(r"\.__\w|\.format(_map)?\(|#\{?evaluate\b")
"""What would lead from a value to the interpreter, as text from a client might, evaluated: Velocity's names begin with
a letter, and Java's strings have no such method."""

_QUOTED = str.maketrans({"'": "\\'", "/": "\\/"})


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
            "input": template_input(call, body),
            "util": TEMPLATE_UTIL,
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
            if _PYTHONS_OWN.search(source):
                raise TemplateFailure(
                    "Mapping template failed: names begin with a letter, and Groundcloud does not support #evaluate"
                )
            if len(self._parsed) >= _TEMPLATES_KEPT:
                self._parsed.clear()
            parsed = self._parsed[source] = airspeed.Template(source)
        return parsed


def template_input(call: Call, body: str) -> Map:
    """``$input``. Functions in a map: a template reaches nothing else of ours."""

    def document() -> Any:
        try:
            return json.loads(body) if body else {}
        except (ValueError, RecursionError) as error:
            raise TemplateFailure(f"$input of a body that is not JSON: {error}") from error

    def as_json(path: str) -> str:
        """The JSON text of what `path` finds; of what is not there, an empty JSON string."""
        found = find(document(), path)
        return Text('""' if found is MISSING else json_text(found))

    def at_path(path: str) -> Any:
        """The value that `path` finds in the JSON body, or None."""
        found = find(document(), path)
        return None if found is MISSING else wrap(found)

    return Map(body=Text(body), json=as_json, path=at_path, params=lambda name=None: _params(call, name))


def _params(call: Call, name: str | None) -> Any:
    """Without name: ``{"path", "querystring", "header"}``. With one: looked for in that order, else ""."""
    request = call.request
    path = (call.match.parameters or {}) if call.match else {}
    if name is None:
        return wrap({"path": path, "querystring": dict(request.query), "header": dict(request.headers.items)})
    return Text(path.get(name) or request.query_value(name) or request.headers.get(name) or "")


def _escaped(text: str) -> str:
    """By JavaScript's rules for strings: quotes of both kinds and the slash, too."""
    return json.dumps(text, ensure_ascii=False)[1:-1].translate(_QUOTED)


def _form_encoded(text: str) -> str:
    """``application/x-www-form-urlencoded`` as Java's `URLEncoder` writes it: all but letters, digits and ``.-*_``."""
    return quote_plus(text, safe="*").replace("~", "%7E")


def _from_base64(text: str) -> str:
    """Without its padding, too."""
    return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace")


_UTIL: dict[str, Callable[[str], Any]] = {
    "escapeJavaScript": _escaped,
    "parseJson": lambda text: wrap(json.loads(text)),
    "urlEncode": _form_encoded,
    "urlDecode": unquote_plus,
    "base64Encode": lambda text: base64.b64encode(text.encode()).decode("ascii"),
    "base64Decode": _from_base64,
}


def _of_text(function: Callable[[str], Any]) -> Callable[[Any], Any]:
    """`function` for whatever a template hands it; what is not there gives nothing."""

    def called(value: Any) -> Any:
        if value is None:
            return None
        made = function(java_text(value))
        return Text(made) if isinstance(made, str) else made

    return called


TEMPLATE_UTIL = Map({name: _of_text(function) for name, function in _UTIL.items()})
"""``$util``."""
