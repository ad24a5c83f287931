"""A door to AWS that answers from a script and remembers what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from groundcloud.deploy.doors import AwsDoor
from groundcloud.errors import AwsError

Answer = Any | Callable[..., Any]


class FakeDoor(AwsDoor):
    """`answers` maps ``"service.operation"`` to a response, an exception, or a function of the parameters. An operation
    that is not in it fails the test, as does one that should not have been called."""

    region = "us-east-1"

    def __init__(self, **answers: Answer) -> None:
        self._answers = {name.replace("__", ".", 1): answer for name, answer in answers.items()}
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def call(self, service: str, operation: str, **params: Any) -> dict[str, Any]:
        found: dict[str, Any] = self._answer(service, operation, params)
        return found

    def pages(self, service: str, operation: str, key: str, **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._answer(service, operation, params)
        return found if isinstance(found, list) else found.get(key, [])

    def called(self, name: str) -> list[dict[str, Any]]:
        """The parameters of each call of ``"service.operation"``."""
        return [params for called, params in self.calls if called == name]

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def _answer(self, service: str, operation: str, params: dict[str, Any]) -> Any:
        name = f"{service}.{operation}"
        self.calls.append((name, params))
        assert name in self._answers, f"{name} was not expected"
        answer = self._answers[name]
        answer = answer(**params) if callable(answer) else answer
        if isinstance(answer, Exception):
            raise answer
        return answer


def in_turn(*answers: Any) -> Callable[..., Any]:
    """Answers one after the other; the last one for ever."""
    left = list(answers)

    def answer(**_: Any) -> Any:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer


def no_stack(name: str = "app") -> AwsError:
    """What DescribeStacks answers for a stack that does not exist."""
    return AwsError("ValidationError", f"Stack with id {name} does not exist")


def stacks(status: str, **more: Any) -> dict[str, Any]:
    """A DescribeStacks response with one stack called ``app``."""
    stack = {"StackName": "app", "StackId": "arn:aws:cloudformation:us-east-1:000000000000:stack/app/1", **more}
    return {"Stacks": [{**stack, "StackStatus": status}]}
