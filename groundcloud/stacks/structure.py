"""Reading the structure of a definition whose parts may be intrinsic functions.

Values stay as they are, for CloudFormation to resolve. Structure (which paths and methods there are) must be known
before the resources for it are made; it can depend on parameters, mappings and conditions only, which are.
"""

from __future__ import annotations

from typing import Any

from groundcloud.stacks.errors import validation_error
from groundcloud.stacks.intrinsics import NO_VALUE, UNKNOWN, Evaluator


class Structure:
    """Unwraps the functions around parts of one document; `where` names it in errors."""

    def __init__(self, evaluator: Evaluator, where: str) -> None:
        self._evaluator = evaluator
        self._where = where

    def unwrap(self, node: Any) -> Any:
        """`node` without the function around it: the branch of `Fn::If` that holds, the value of any other function.
        None for `AWS::NoValue`. Raises `ValidationError` when it depends on what is known at the deployment only."""
        while isinstance(node, dict) and len(node) == 1:
            (name, argument), *_ = node.items()
            if name == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
                holds = self._evaluator.condition(argument[0])
                if holds is None:
                    raise self._unknowable(f"condition {argument[0]}")
                node = argument[1] if holds else argument[2]
            elif name == "Ref" or name.startswith("Fn::"):
                value = self._evaluator.value(node)
                if value is UNKNOWN:
                    raise self._unknowable(name)
                return None if value is NO_VALUE else value
            else:
                break
        return node

    def mapping(self, node: Any) -> dict[str, Any]:
        """The members of an object whose values are objects too, unwrapped; what is absent is left out."""
        node = self.unwrap(node)
        if not isinstance(node, dict):
            return {}
        members = {str(key): self.unwrap(value) for key, value in node.items()}
        return {key: value for key, value in members.items() if value is not None}

    def sequence(self, node: Any) -> list[Any]:
        """The items of a list, unwrapped; what is absent is left out."""
        node = self.unwrap(node)
        items = [self.unwrap(item) for item in node] if isinstance(node, list) else []
        return [item for item in items if item is not None]

    def _unknowable(self, what: str) -> Exception:
        return validation_error(
            f"Template format error: {self._where}: its structure depends on {what}, which is not known before the "
            "deployment. Groundcloud needs paths, methods and security schemes to depend on parameters only."
        )
