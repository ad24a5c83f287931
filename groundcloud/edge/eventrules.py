"""What EventBridge refuses of a rule and the engine takes.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html; its words as its clients report them.
"""

from __future__ import annotations

from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.ports import Scope
from groundcloud.stacks.schedulerules import schedule_problem


class EventRules:
    """Implements `edge.services.CheckingPart`."""

    def knows(self, operation: str) -> bool:
        return operation == "PutRule"

    async def check(self, operation: str, request: Request, scope: Scope) -> None:
        """Raises `AwsError` ValidationException."""
        asked = request.json_object()
        schedule = asked.get("ScheduleExpression")
        if not schedule and not asked.get("EventPattern"):
            raise _invalid("Parameter(s) EventPattern or ScheduleExpression must be specified.")
        if not isinstance(schedule, str) or not schedule:
            return
        problem = schedule_problem(schedule)
        if problem is not None:
            raise _invalid(problem)

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None:
        return None


def _invalid(message: str) -> AwsError:
    return AwsError("ValidationException", message, 400)
