"""Asks CloudFormation what would change: nothing, or a `Plan`.

"Nothing" is decided without a change set where it can be: the stack runs, CloudFormation holds the very template that
would be sent, and no parameter differs. CloudFormation itself is asked, so there is no note of ours to go stale. What
cannot be known that way (hidden parameters, macros) goes the slow way.
"""

from __future__ import annotations

import json
from typing import Any

from groundcloud.clock import new_request_id
from groundcloud.deploy.artifacts import Artifact, Store
from groundcloud.deploy.doors import AwsDoor
from groundcloud.deploy.folder import digest_of
from groundcloud.deploy.limits import CHANGE_SET_SECONDS, TEMPLATE_BODY_BYTES, TEMPLATE_URL_BYTES
from groundcloud.deploy.package import Packaged
from groundcloud.deploy.parameters import same_parameters, to_send
from groundcloud.deploy.plan import Plan, changes_from
from groundcloud.deploy.stack import GOOD, Stack, Waiter, find_stack, stack_resources, wait_until_gone
from groundcloud.errors import AwsError, UserError

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_PREDICTABLE = frozenset({"AWS::Serverless-2016-10-31", "AWS::LanguageExtensions"})
_NO_CHANGE = ("didn't contain changes", "No updates are to be performed")
_LEFTOVER = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"})


def is_unchanged(door: AwsDoor, stack: Stack, packaged: Packaged, given: dict[str, str]) -> bool:
    """Whether deploying would surely change nothing."""
    if stack.status not in GOOD or not same_parameters(packaged.template, given, stack):
        return False
    if not _macros(packaged.body) <= _PREDICTABLE:
        return False
    held = door.call("cloudformation", "get_template", StackName=stack.id, TemplateStage="Original")["TemplateBody"]
    return bool(_data(held) == json.loads(packaged.text))


def settle(door: AwsDoor, waiter: Waiter, stack: Stack | None) -> Stack | None:
    """The stack as it can be built upon. What an earlier failure left empty is deleted (then None is returned); what
    needs a decision is a `UserError`."""
    if stack is None or stack.status == "REVIEW_IN_PROGRESS":
        return None
    if stack.busy:
        raise UserError(
            f"Stack {stack.name} is {stack.status}: another operation is running", "Wait for its end, then try again"
        )
    if stack.status == "UPDATE_ROLLBACK_FAILED":
        raise UserError(
            f"Stack {stack.name} is stuck in UPDATE_ROLLBACK_FAILED. {stack.reason}".rstrip(),
            f"Mend what is named there, then `aws cloudformation continue-update-rollback --stack-name {stack.name}`",
        )
    if stack.status not in _LEFTOVER:
        return stack
    left = [] if stack.status == "ROLLBACK_COMPLETE" else stack_resources(door, stack.id)
    if left:
        names = ", ".join(resource.logical_id for resource in left[:5])
        raise UserError(
            f"Stack {stack.name} is {stack.status} and still holds {names}",
            f"`make destroy STACK={stack.name}` removes it, then deploy again",
        )
    door.call("cloudformation", "delete_stack", StackName=stack.id)
    stuck = wait_until_gone(door, waiter, stack.id)
    if stuck is not None:
        raise UserError(f"Stack {stack.name} could not be removed: it is {stuck.status}. {stuck.reason}".rstrip())
    return None


def make_plan(
    door: AwsDoor,
    waiter: Waiter,
    store: Store,
    name: str,
    stack: Stack | None,
    packaged: Packaged,
    given: dict[str, str],
) -> Plan | None:
    """Have CloudFormation work out the change. None when there is none. `stack` is what `settle` returned."""
    kind = "UPDATE" if stack else "CREATE"
    try:
        answer = door.call(
            "cloudformation",
            "create_change_set",
            StackName=name,
            ChangeSetName=f"groundcloud-{new_request_id()}",
            ChangeSetType=kind,
            Capabilities=CAPABILITIES,
            Parameters=to_send(packaged.template, given, stack),
            **_template(store, packaged),
        )
    except AwsError as error:
        raise refused(packaged, error.message) from error
    plan = Plan(name, answer["StackId"], answer["Id"], kind, ())
    described = waiter.until(lambda: _finished(door, plan), CHANGE_SET_SECONDS)
    if described is None or described["Status"] == "FAILED":
        drop(door, plan)
        reason = described.get("StatusReason", "") if described else f"no answer in {CHANGE_SET_SECONDS:.0f} seconds"
        if any(words in reason for words in _NO_CHANGE):
            return None
        raise refused(packaged, reason)
    pages = door.pages("cloudformation", "describe_change_set", "Changes", ChangeSetName=plan.change_set_id)
    return Plan(name, plan.stack_id, plan.change_set_id, kind, changes_from(pages))


def drop(door: AwsDoor, plan: Plan) -> None:
    """Forget a plan. The empty stack that CloudFormation makes for the plan of a new one goes too, unless another plan
    for it is waiting."""
    door.call("cloudformation", "delete_change_set", ChangeSetName=plan.change_set_id)
    if not plan.stack_is_new:
        return
    stack = find_stack(door, plan.stack_id)
    if stack is None or stack.status != "REVIEW_IN_PROGRESS":
        return
    others = door.pages("cloudformation", "list_change_sets", "Summaries", StackName=plan.stack_id)
    if not [other for other in others if other.get("Status") == "CREATE_COMPLETE"]:
        door.call("cloudformation", "delete_stack", StackName=plan.stack_id)


def refused(packaged: Packaged, reason: str) -> UserError:
    """CloudFormation's refusal of a template, with what usually helps."""
    hint = "Correct the template and deploy again; nothing was changed"
    if "Unrecognized resource types" in reason:
        hint = "Check the spelling of Type; a type this cloud does not know can still be deployed to AWS"
    elif "Unresolved resource dependencies" in reason:
        hint = "A Ref, GetAtt or Sub names something that the template does not define"
    return UserError(f"CloudFormation refuses {packaged.template.path}: {reason}", hint)


def _finished(door: AwsDoor, plan: Plan) -> dict[str, Any] | None:
    described = door.call("cloudformation", "describe_change_set", ChangeSetName=plan.change_set_id)
    return described if described["Status"] in ("CREATE_COMPLETE", "FAILED") else None


def _template(store: Store, packaged: Packaged) -> dict[str, str]:
    text = packaged.text
    size = len(text.encode())
    if size <= TEMPLATE_BODY_BYTES:
        return {"TemplateBody": text}
    if size > TEMPLATE_URL_BYTES:
        raise UserError(
            f"{packaged.template.path} has {size:,} bytes; CloudFormation takes {TEMPLATE_URL_BYTES:,}",
            "Split it into nested stacks",
        )
    key = digest_of([], "text", text) + ".template"
    return {"TemplateURL": store.send_template(Artifact(key, text=text, zipped=False, owner="the template"))}


def _macros(body: dict[str, Any]) -> set[str]:
    declared = body.get("Transform", [])
    names = declared if isinstance(declared, list) else [declared]
    return {name if isinstance(name, str) else str(name.get("Name")) for name in names}


def _data(held: Any) -> Any:
    """botocore hands JSON templates back as data; one that was sent as YAML by another tool stays text."""
    return json.loads(json.dumps(held)) if isinstance(held, dict) else held
