"""Deletes a stack, after emptying what would block it, and tells what stays."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from groundcloud.deploy.deployer import Deployer
from groundcloud.deploy.doors import AwsDoor
from groundcloud.deploy.execute import DeployFailed, watch
from groundcloud.deploy.failure import failures_of
from groundcloud.deploy.guard import confirm, confirm_loss
from groundcloud.deploy.limits import DELETE_BATCH
from groundcloud.deploy.stack import EventReader, StackResource, find_stack, stack_resources
from groundcloud.deploy.template import parse_template_text
from groundcloud.errors import AwsError, UserError


@dataclass(frozen=True)
class Destroyed:
    """How it ended. `existed` is False when there was no such stack; `retained` names what the template keeps."""

    stack_name: str
    existed: bool
    retained: tuple[str, ...] = ()


def destroy(deployer: Deployer, name: str) -> Destroyed:
    """Delete stack `name`. Buckets are emptied, versions too, unless their DeletionPolicy keeps them. Raises
    `UserError` when it is protected or something else holds on to it."""
    door, reporter = deployer.door, deployer.reporter
    caller = deployer.caller()
    stack = find_stack(door, name)
    if stack is None:
        return Destroyed(name, existed=False)
    if stack.protected:
        raise UserError(
            f"Stack {name} is protected against deletion",
            "`aws cloudformation update-termination-protection --no-enable-termination-protection` lifts it",
        )
    if stack.busy:
        raise UserError(f"Stack {name} is {stack.status}: another operation is running", "Wait for its end")
    resources = stack_resources(door, stack.id)
    question = f"delete stack {name} with its {len(resources)} resources and what they hold"
    if deployer.profile.local:
        confirm_loss(question, deployer.consent, deployer.ask)
    confirm(deployer.profile, caller, door.region, question, deployer.consent, deployer.ask)
    reporter.step(f"Deleting {name}")
    kept = _kept_by_policy(door, stack.id)
    for bucket in _buckets(door, resources, kept):
        reporter.step(f"Emptying {bucket}")
        empty_bucket(door, bucket)
    reader = EventReader(door, stack.id)
    door.call("cloudformation", "delete_stack", StackName=stack.id)
    left, events = watch(door, deployer.waiter, stack.id, reader, reporter)
    if left is not None:
        failures = tuple(failures_of(door, stack.id, events))
        told = [f"{failure.path} ({failure.type}): {failure.reason}" for failure in failures]
        raise DeployFailed(
            "\n  ".join([f"Stack {name} could not be deleted", *told]), "Remove what it names, then try again", failures
        )
    skipped = [f"{event.logical_id} ({event.physical_id})" for event in events if event.status == "DELETE_SKIPPED"]
    return Destroyed(name, existed=True, retained=tuple(skipped))


def empty_bucket(door: AwsDoor, bucket: str) -> int:
    """Delete every object, every version and every delete marker; how many."""
    try:
        versions = door.pages("s3", "list_object_versions", "Versions", Bucket=bucket)
        markers = door.pages("s3", "list_object_versions", "DeleteMarkers", Bucket=bucket)
    except AwsError as error:
        if error.code == "NoSuchBucket":
            return 0
        raise
    doomed = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in (*versions, *markers)]
    for start in range(0, len(doomed), DELETE_BATCH):
        batch = {"Objects": doomed[start : start + DELETE_BATCH], "Quiet": True}
        refused = door.call("s3", "delete_objects", Bucket=bucket, Delete=batch).get("Errors", [])
        if refused:
            first = refused[0]
            raise UserError(
                f"Bucket {bucket} cannot be emptied: {first.get('Key')}: {first.get('Message') or first.get('Code')}",
                "Remove the lock or the policy that keeps it, then try again",
            )
    return len(doomed)


def _buckets(door: AwsDoor, resources: list[StackResource], kept: frozenset[str]) -> list[str]:
    """The stack's buckets and those of its nested stacks."""
    found = []
    for resource in resources:
        if resource.type == "AWS::S3::Bucket" and resource.physical_id and resource.logical_id not in kept:
            found.append(resource.physical_id)
        if resource.type == "AWS::CloudFormation::Stack" and resource.physical_id:
            inner = stack_resources(door, resource.physical_id)
            found += _buckets(door, inner, _kept_by_policy(door, resource.physical_id))
    return found


def _kept_by_policy(door: AwsDoor, stack_id: str) -> frozenset[str]:
    """Logical ids that deleting the stack leaves alone. The processed template is asked, as macros may set policies."""
    body = door.call("cloudformation", "get_template", StackName=stack_id, TemplateStage="Processed")["TemplateBody"]
    if isinstance(body, str):
        body = parse_template_text(Path(stack_id), body)
    resources = body.get("Resources", {}) if isinstance(body, dict) else {}
    return frozenset(
        logical_id
        for logical_id, resource in resources.items()
        if isinstance(resource, dict) and resource.get("DeletionPolicy", "Delete") != "Delete"
    )
