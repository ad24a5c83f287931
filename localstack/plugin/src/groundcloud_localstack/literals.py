"""``${!Name}`` in `Fn::Sub`, which stands for the text ``${Name}``: LocalStack 4.14 takes it for a variable. Pure.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-sub.html
"""

from __future__ import annotations

import re
from typing import Any

_SUB = "Fn::Sub"
_LITERAL = re.compile(r"\$\{!([^}]*)\}")
_NAME = "GroundcloudLiteral"


def with_literals(node: Any) -> Any:
    """A template, or a part of one, in which every such literal is a variable whose value is the text."""
    if isinstance(node, list):
        return [with_literals(item) for item in node]
    if not isinstance(node, dict):
        return node
    if len(node) == 1 and _SUB in node:
        return {_SUB: _substitution(node[_SUB])}
    return {name: with_literals(value) for name, value in node.items()}


def _substitution(argument: Any) -> Any:
    pair = isinstance(argument, list) and len(argument) == 2
    text, variables = (argument[0], with_literals(argument[1])) if pair else (argument, {})
    if not isinstance(text, str) or not isinstance(variables, dict) or not _LITERAL.search(text):
        return [text, variables] if pair else argument
    literals: dict[str, str] = {}

    def named(found: re.Match[str]) -> str:
        name = f"{_NAME}{len(literals)}"
        literals[name] = f"${{{found[1]}}}"
        return f"${{{name}}}"

    return [_LITERAL.sub(named, text), {**variables, **literals}]
