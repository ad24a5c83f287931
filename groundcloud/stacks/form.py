"""The parameters of CloudFormation's query protocol: flat names and text, lists as ``Name.member.1``.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from groundcloud.http import Headers, Request

_CONTENT_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Form:
    """One call's parameters, in order, first value wins. Immutable: `replaced` makes another. `signed` is the request
    as it came from a caller whom only the engine can judge."""

    pairs: tuple[tuple[str, str], ...]
    signed: Request | None = None

    def get(self, name: str) -> str | None:
        """The value of `name`; None when it is absent or empty."""
        return next((value for key, value in self.pairs if key == name and value), None)

    def members(self, name: str) -> list[str]:
        """A list of strings (``Capabilities.member.1``…)."""
        return [value for key, value in self.pairs if key.startswith(f"{name}.member.") and value]

    def has(self, name: str) -> bool:
        """Whether the list `name` has members."""
        return any(key.startswith(f"{name}.member.") for key, _value in self.pairs)

    def given_parameters(self) -> dict[str, str]:
        """The stack's parameters that the call gives a value for, by name."""
        values = dict(self.pairs)
        given = {}
        for prefix, key in self._parameters():
            if values.get(prefix + "UsePreviousValue", "").lower() != "true":
                given[key] = values.get(prefix + "ParameterValue", "")
        return given

    def named_parameters(self) -> list[str]:
        """All that the call names, those that keep their value among them."""
        return [key for _prefix, key in self._parameters()]

    def _parameters(self) -> Iterator[tuple[str, str]]:
        values = dict(self.pairs)
        for number in range(1, len(self.pairs) + 1):
            prefix = f"Parameters.member.{number}."
            key = values.get(prefix + "ParameterKey")
            if key is None:
                break
            yield prefix, key

    def replaced(self, *removed: str, **changed: str) -> Form:
        """Without the names in `removed`, and with `changed` set."""
        kept = [(key, value) for key, value in self.pairs if key not in removed and key not in changed]
        return Form((*kept, *changed.items()), self.signed)

    def request(self) -> Request:
        """The unsigned request that makes this call."""
        headers = Headers([("Content-Type", f"{_CONTENT_TYPE}; charset=utf-8")])
        return Request("POST", "/", headers=headers, body=urlencode(self.pairs).encode())


def read_form(request: Request, signed: Request | None = None) -> Form:
    """The call that `request` makes, from its body and its query."""
    body = request.body.decode("utf-8", errors="replace") if _is_form(request) else ""
    return Form((*parse_qsl(body, keep_blank_values=True), *request.query), signed)


def _is_form(request: Request) -> bool:
    return (request.headers.get("content-type") or _CONTENT_TYPE).startswith(_CONTENT_TYPE)
