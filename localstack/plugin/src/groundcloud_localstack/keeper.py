"""Makes, changes and deletes the stacks of one in the cloud's engine, and waits for their ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from groundcloud_localstack import onestack
from groundcloud_localstack.errors import ResourceError
from groundcloud_localstack.onestack import Model, Resource

SECONDS = 900.0
"""How long a resource may take: a database server starts a process."""

POLL_SECONDS = 0.05
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]
_DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE")


class CloudFormation(Protocol):
    """The operations used, as boto3's client has them."""

    def create_stack(self, **parameters: Any) -> Any: ...
    def update_stack(self, **parameters: Any) -> Any: ...
    def delete_stack(self, **parameters: Any) -> Any: ...
    def describe_stacks(self, **parameters: Any) -> Any: ...
    def describe_stack_events(self, **parameters: Any) -> Any: ...


class Keeper:
    """The resources of one account and region. `absent` remembers, by type, the attributes that the engine has not."""

    def __init__(
        self,
        client: CloudFormation,
        absent: dict[str, set[str]],
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client, self._absent = client, absent
        self._monotonic, self._sleep = monotonic, sleep

    def create(self, stack: str, resource: Resource) -> Model:
        """Make a resource of LocalStack's `stack`; its model. Raises `ResourceError` with the engine's reason, and
        leaves nothing behind."""
        name = onestack.stack_name(stack)
        self._call(
            self._client.create_stack,
            StackName=name,
            TemplateBody=onestack.template(resource, ()),
            Capabilities=_CAPABILITIES,
        )
        try:
            self._wait(name)
        except ResourceError:
            self.delete({onestack.STACK: name})
            raise
        return self._learn(name, resource)

    def update(self, resource: Resource, before: Model) -> Model:
        """Change a resource; its model. Raises `ResourceError`; the resource is then as it was."""
        name = str(before[onestack.STACK])
        self._change(name, onestack.template(resource, ()))
        return self._learn(name, resource)

    def delete(self, before: Model) -> None:
        """Delete a resource, and wait until it is gone."""
        name = before.get(onestack.STACK)
        if not name:
            # It was never made.
            return
        self._call(self._client.delete_stack, StackName=name)
        self._wait_until_gone(str(name))

    def _learn(self, name: str, resource: Resource) -> Model:
        """Ask for every attribute of the type's schema. The engine refuses a template that asks for one it has not and
        names it; the resource stays as it is."""
        absent = self._absent.setdefault(resource.kind, set())
        while True:
            wanted = [attribute for attribute in onestack.attributes_of(resource.known) if attribute not in absent]
            try:
                outputs = self._change(name, onestack.template(resource, wanted))
            except ResourceError as error:
                lacking = onestack.unknown_attribute(str(error))
                if lacking not in wanted:
                    raise
                absent.add(str(lacking))
            else:
                return onestack.model(resource.properties, name, outputs)

    def _change(self, name: str, template: str) -> list[dict[str, str]]:
        try:
            self._client.update_stack(StackName=name, TemplateBody=template, Capabilities=_CAPABILITIES)
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise ResourceError(_message(error)) from error
        except BotoCoreError as error:
            raise ResourceError(str(error)) from error
        return self._wait(name)

    def _wait(self, name: str) -> list[dict[str, str]]:
        """Wait for the end; the outputs."""
        deadline = self._monotonic() + SECONDS
        while True:
            stack = self._call(self._client.describe_stacks, StackName=name)["Stacks"][0]
            status = str(stack["StackStatus"])
            if status in _DONE:
                outputs: list[dict[str, str]] = stack.get("Outputs", [])
                return outputs
            if not status.endswith("_IN_PROGRESS"):
                raise ResourceError(self._reason(name) or str(stack.get("StackStatusReason") or status))
            self._pause(name, deadline)

    def _wait_until_gone(self, name: str) -> None:
        deadline = self._monotonic() + SECONDS
        while True:
            try:
                stack = self._client.describe_stacks(StackName=name)["Stacks"][0]
            except ClientError as error:
                if "does not exist" in str(error):
                    return
                raise ResourceError(_message(error)) from error
            if stack["StackStatus"] == "DELETE_COMPLETE":
                return
            if stack["StackStatus"] == "DELETE_FAILED":
                raise ResourceError(self._reason(name) or "It could not be deleted")
            self._pause(name, deadline)

    def _pause(self, name: str, deadline: float) -> None:
        if self._monotonic() > deadline:
            raise ResourceError(f"Stack {name} of the cloud's engine did not end within {SECONDS:.0f} seconds")
        self._sleep(POLL_SECONDS)

    def _reason(self, name: str) -> str:
        """Why it failed: what was said of the newest failure, or of the rollback."""
        events = self._call(self._client.describe_stack_events, StackName=name)["StackEvents"]
        told = [event for event in events if event.get("ResourceStatusReason")]
        failed = [event for event in told if str(event["ResourceStatus"]).endswith("_FAILED")]
        rolled = [event for event in told if "ROLLBACK_IN_PROGRESS" in str(event["ResourceStatus"])]
        return next((str(event["ResourceStatusReason"]) for event in (*failed, *rolled)), "")

    def _call(self, operation: Callable[..., Any], **parameters: Any) -> Any:
        try:
            return operation(**parameters)
        except ClientError as error:
            raise ResourceError(_message(error)) from error
        except BotoCoreError as error:
            raise ResourceError(f"The cloud's engine cannot be asked: {error}") from error


def _message(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message") or error)
