"""Runs a plan, telling the stack's events as they come, and leaves no half-made stack behind."""

from __future__ import annotations

from groundcloud.deploy.changeset import drop
from groundcloud.deploy.doors import AwsDoor
from groundcloud.deploy.failure import Failure, failures_of
from groundcloud.deploy.plan import Plan
from groundcloud.deploy.report import Reporter, StackEvent
from groundcloud.deploy.stack import GOOD, EventReader, Stack, Waiter, find_stack, stack_resources, wait_until_gone
from groundcloud.errors import AwsError, UserError

_OUTDATED = ("ChangeSetNotFound", "InvalidChangeSetStatus", "InvalidChangeSetStatusException")


class DeployFailed(UserError):
    """A stack operation that failed; `failures` are its causes."""

    def __init__(self, message: str, hint: str, failures: tuple[Failure, ...]) -> None:
        super().__init__(message, hint)
        self.failures = failures


def execute(door: AwsDoor, waiter: Waiter, plan: Plan, reporter: Reporter) -> Stack:
    """Run `plan` to its end and return the stack. Raises `DeployFailed` when CloudFormation rolled back."""
    reader = EventReader(door, plan.stack_id)
    try:
        door.call("cloudformation", "execute_change_set", ChangeSetName=plan.change_set_id)
    except AwsError as error:
        if error.code not in _OUTDATED:
            drop(door, plan)
            raise UserError(
                f"CloudFormation does not run the plan for {plan.stack_name}: {error.message}",
                "Correct what it names and deploy again; nothing was changed",
            ) from error
        raise UserError(
            f"Stack {plan.stack_name} was changed by someone else since the plan was made",
            "Deploy again: a new plan is made",
        ) from error
    stack, events = watch(door, waiter, plan.stack_id, reader, reporter)
    if stack is None:
        raise UserError(f"Stack {plan.stack_name} was deleted by someone else meanwhile", "Deploy again")
    if stack.status not in GOOD:
        raise _failed(door, waiter, plan, stack, events)
    return stack


def watch(
    door: AwsDoor, waiter: Waiter, stack_id: str, reader: EventReader, reporter: Reporter
) -> tuple[Stack | None, list[StackEvent]]:
    """Follow a stack until its operation has ended; the stack (None: it is gone) and every event on the way."""
    events: list[StackEvent] = []

    def look() -> tuple[Stack | None] | None:
        stack = find_stack(door, stack_id)
        fresh = reader.new()
        events.extend(fresh)
        for event in fresh:
            reporter.event(event)
        return None if stack is not None and (stack.busy or stack.status == "REVIEW_IN_PROGRESS") else (stack,)

    found = waiter.until(look)
    return (found[0] if found else None), events


def _failed(door: AwsDoor, waiter: Waiter, plan: Plan, stack: Stack, events: list[StackEvent]) -> DeployFailed:
    failures = tuple(failures_of(door, stack.id, events))
    lines = [f"{failure.path} ({failure.type}): {failure.reason}" for failure in failures]
    told = "\n  ".join(
        [f"Stack {plan.stack_name} could not be {'created' if plan.stack_is_new else 'updated'}", *lines]
    )
    advice = [failure.advice for failure in failures[:1]]
    return DeployFailed(told, ". ".join([*advice, _aftermath(door, waiter, plan, stack)]), failures)


def _aftermath(door: AwsDoor, waiter: Waiter, plan: Plan, stack: Stack) -> str:
    """Clean up after a failure, and say how things stand. Only a new stack is ever deleted."""
    if not plan.stack_is_new:
        if stack.status == "UPDATE_ROLLBACK_COMPLETE":
            return f"The earlier version of {stack.name} stands"
        return f"It is {stack.status}: mend it with `aws cloudformation continue-update-rollback`"
    if stack.status == "ROLLBACK_COMPLETE":
        door.call("cloudformation", "delete_stack", StackName=stack.id)
        if wait_until_gone(door, waiter, stack.id) is None:
            return "Nothing of the stack is left"
    names = ", ".join(resource.logical_id for resource in stack_resources(door, stack.id))
    return f"Still there: {names or 'the stack'}; `make destroy STACK={stack.name}` removes it"
