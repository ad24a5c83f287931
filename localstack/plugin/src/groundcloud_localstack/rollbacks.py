"""Updates that fail go back. LocalStack 4.14 leaves them there: UpdateStack ends as UPDATE_COMPLETE whatever failed,
a change set as ROLLBACK_COMPLETE, which tells tools to delete the stack with all that it holds.

States of a stack whose update fails, as on AWS: UPDATE_IN_PROGRESS → UPDATE_ROLLBACK_IN_PROGRESS →
UPDATE_ROLLBACK_COMPLETE, or UPDATE_ROLLBACK_FAILED when a resource would not go back.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

from __future__ import annotations

from typing import Any

from localstack.aws.api.cloudformation import ChangeAction, ChangeSetType, ResourceStatus, StackStatus
from localstack.services.cloudformation.engine.v2.change_set_model_executor import (
    ChangeSetModelExecutor,
    ChangeSetModelExecutorResult,
)
from localstack.services.cloudformation.engine.v2.change_set_model_preproc import PreprocProperties
from localstack.services.cloudformation.resource_provider import OperationStatus
from localstack.services.cloudformation.v2 import provider
from localstack.services.cloudformation.v2.entities import ChangeSet, Stack
from localstack.utils.patch import Patch, patch

from groundcloud_localstack.errors import ResourceError
from groundcloud_localstack.goingback import Step, may_become, steps


def roll_failed_updates_back() -> None:
    """Have LocalStack's CloudFormation execute updates so, and keep its own states of failed ones to itself."""
    Patch(provider, "ChangeSetModelExecutor", Executor).apply()

    @patch(Stack.set_stack_status)
    def set_stack_status(original: Any, self: Stack, status: StackStatus, reason: str | None = None) -> None:
        if may_become(str(self.status), str(status)):
            original(self, status, reason)


class Executor(ChangeSetModelExecutor):
    """Executes one change set. What an update has no more of is deleted after everything else has succeeded."""

    def __init__(self, change_set: ChangeSet) -> None:
        super().__init__(change_set)
        self._plan = change_set
        self._processed = False

    def execute(self) -> ChangeSetModelExecutorResult:
        stack = self._plan.stack
        if stack.status != StackStatus.UPDATE_IN_PROGRESS:
            return super().execute()
        try:
            super().process()
        # Whatever a provider raises fails the update, as everywhere in LocalStack.
        except Exception as error:  # noqa: BLE001
            return self._failed(stack, str(getattr(error, "reason", None) or error))
        self._processed = True
        return super().execute()

    def process(self) -> None:
        if not self._processed:
            super().process()

    def _failed(self, stack: Stack, reason: str) -> ChangeSetModelExecutorResult:
        """Go back; `reason` is why. Raises `ResourceError` for UpdateStack, which takes every answer for success."""
        stack.set_stack_status(StackStatus.UPDATE_ROLLBACK_IN_PROGRESS, reason)
        stack.resolved_resources, stuck = self._back(dict(stack.resolved_resources))
        self._keep_the_template(stack)
        if stuck:
            told = f"The following resource(s) did not go back: {', '.join(stuck)}"
            stack.set_stack_status(StackStatus.UPDATE_ROLLBACK_FAILED, told)
        else:
            stack.set_stack_status(StackStatus.UPDATE_ROLLBACK_COMPLETE)
        if self._plan.change_set_type == ChangeSetType.CREATE:
            raise ResourceError(reason)
        return ChangeSetModelExecutorResult(stack.resolved_resources, stack.resolved_outputs, reason)

    def _back(self, resources: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
        """The stack's resources once they went back, and the names of those that did not."""
        stuck = []
        for step in steps(dict(resources), self.resources):
            self._tell(step, OperationStatus.IN_PROGRESS)
            try:
                resources.update(self._take_back(step))
            # The others go back all the same.
            except Exception as error:  # noqa: BLE001
                stuck.append(step.name)
                self._tell(step, OperationStatus.FAILED, str(error))
            else:
                self._tell(step, OperationStatus.SUCCESS)
        return resources, stuck

    def _take_back(self, step: Step) -> dict[str, Any]:
        """The resource as it is then, by its name; nothing for one that is no more, or was kept."""
        if step.made is not None:
            self._act(ChangeAction.Remove, step, step.made["Properties"])
        if step.before is None or step.made is not None:
            return {}
        was = step.before["Properties"]
        now = step.now["Properties"] if step.now.get("PhysicalResourceId") else was
        made = self._act(ChangeAction.Modify, step, now, step.before.get("SpecifiedProperties", was))
        return {step.name: {**step.before, **made}}

    def _act(self, action: ChangeAction, step: Step, now: Any, wanted: Any = None) -> dict[str, Any]:
        """What LocalStack keeps of the resource then."""
        provider = self.resource_provider_executor.try_load_resource_provider(step.type)
        payload = self.create_resource_provider_payload(
            action=action,
            logical_resource_id=step.name,
            resource_type=step.type,
            before_properties=PreprocProperties(now),
            after_properties=PreprocProperties(wanted) if wanted is not None else None,
        )
        kept: dict[str, Any] = {}
        event = self.resource_provider_executor.deploy_loop(provider, kept, payload)
        if event.status != OperationStatus.SUCCESS:
            raise ResourceError(str(event.custom_context.get("exception") or event.message))
        return kept

    def _tell(self, step: Step, state: OperationStatus, reason: str | None = None) -> None:
        """The stack's event."""
        ended = "COMPLETE" if state == OperationStatus.SUCCESS else state.name
        self._plan.stack.set_resource_status(
            logical_resource_id=step.name,
            physical_resource_id=(step.before or step.now).get("PhysicalResourceId"),
            resource_type=step.type,
            status=ResourceStatus(f"{step.verb}_{ended}"),
            resource_status_reason=reason,
        )

    def _keep_the_template(self, stack: Stack) -> None:
        """LocalStack gives a stack the template of its last change set, whatever became of that."""
        plan = self._plan
        plan.template, plan.template_body = stack.template, stack.template_body
        plan.processed_template, plan.resolved_parameters = stack.processed_template, stack.resolved_parameters
