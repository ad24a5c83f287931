"""Policy variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and the escapes `${*}`, `${?}`, `${$}`.

Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html. Documents of Version 2008-10-17
have none: there `${…}` are characters like any other. What a variable stands for is never read as a wildcard.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_VARIABLE = re.compile(r"\$\{([*?$]|[A-Za-z0-9][^${}',]*)(?:,\s*'([^']*)')?\}")

Keys = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Variable:
    """The name of a context key in lower case, and what stands for it when the request has none."""

    key: str
    default: str | None


Piece = str | Variable
"""A text, in which `*` and `?` may be wildcards, or a variable."""


@dataclass(frozen=True)
class Template:
    """A value of a policy, cut at its variables. `fixed` marks the texts that came from an escape: no wildcards."""

    pieces: tuple[Piece, ...]
    fixed: frozenset[int]

    @property
    def has_variables(self) -> bool:
        return any(isinstance(piece, Variable) for piece in self.pieces)

    def resolve(self, keys: Keys) -> tuple[tuple[str, bool], ...] | None:
        """(text, may hold wildcards) in order, or None when a variable has no value and no default.

        A key of several values cannot be a variable ("Single-valued vs. multivalued context keys", key points).
        """
        resolved: list[tuple[str, bool]] = []
        for position, piece in enumerate(self.pieces):
            if isinstance(piece, str):
                resolved.append((piece, position not in self.fixed))
                continue
            values = keys.get(piece.key, ())
            value = values[0] if len(values) == 1 else piece.default
            if value is None:
                return None
            resolved.append((value, False))
        return tuple(resolved)


def template(text: str, *, with_variables: bool) -> Template:
    """Cut `text` at its variables; `with_variables` False (Version 2008-10-17) takes it as it is."""
    if not with_variables or "${" not in text:
        return Template((text,), frozenset())
    pieces: list[Piece] = []
    fixed: set[int] = set()
    end = 0
    for found in _VARIABLE.finditer(text):
        if found.start() > end:
            pieces.append(text[end : found.start()])
        name, default = found.groups()
        if name in "*?$":
            fixed.add(len(pieces))
            pieces.append(name)
        else:
            pieces.append(Variable(name.strip().lower(), default))
        end = found.end()
    if end < len(text) or not pieces:
        pieces.append(text[end:])
    return Template(tuple(pieces), frozenset(fixed))
