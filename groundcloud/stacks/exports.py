"""Exports that other stacks rely on, or that another stack has: the engine takes them away, or gives one name to two.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html: "You can't delete a stack
if another stack references one of its outputs", nor change or remove such an output; names are unique in a region. The
sentence: https://github.com/serverless/serverless/issues/3589.
"""

from __future__ import annotations

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope
from groundcloud.stacks.errors import validation_error
from groundcloud.stacks.nested import Source
from groundcloud.stacks.parse import parse_template
from groundcloud.stacks.rewrite import evaluator_of
from groundcloud.stacks.state import StackState

Exports = dict[str, str]
"""The exporting stack's id by the export's name."""


class ExportGuard:
    """Raises `ValidationError`."""

    def __init__(self, aws: AwsCaller) -> None:
        self._aws = aws

    async def check(self, state: StackState | None, source: Source, body: str) -> None:
        """The stack (`state`, None for a new one) may become what the engine's template in `body` says."""
        wanted = _names(source, body)
        if state is None and not wanted:
            return
        found, own = await self._exports(source.scope), state.id if state else ""
        for name in sorted(wanted - {None}, key=str):
            other = found.get(str(name), own)
            if other != own:
                raise validation_error(f"Export with name {name} is already exported by stack {_stack_name(other)}.")
        if None not in wanted:
            gone = [name for name, stack in found.items() if stack == own and name not in wanted]
            await self._check_unused(gone, source.scope)

    async def check_deletion(self, state: StackState, scope: Scope) -> None:
        """Nobody relies on what the stack exports."""
        found = await self._exports(scope)
        await self._check_unused([name for name, stack in found.items() if stack == state.id], scope)

    async def _check_unused(self, names: list[str], scope: Scope) -> None:
        for name in names:
            try:
                listed = await self._aws.call("cloudformation", "ListImports", {"ExportName": name}, scope=scope)
            except AwsError as error:
                if error.status >= 500:
                    raise
                continue  # "… is not imported by any stack", an error of AWS's too
            if listed.get("Imports"):
                users = " and ".join(sorted(listed["Imports"]))
                raise validation_error(f"Export {name} cannot be deleted as it is in use by {users}")

    async def _exports(self, scope: Scope) -> Exports:
        listed = (await self._aws.call("cloudformation", "ListExports", {}, scope=scope)).get("Exports", [])
        return {one["Name"]: one["ExportingStackId"] for one in listed}


def _names(source: Source, body: str) -> set[str | None]:
    """What the template exports; None stands for names that are not known yet."""
    template = parse_template(body)
    evaluator = evaluator_of(template, source)
    outputs = template.get("Outputs")
    found: set[str | None] = set()
    for output in outputs.values() if isinstance(outputs, dict) else []:
        export = output.get("Export") if isinstance(output, dict) else None
        if isinstance(export, dict) and evaluator.condition(output.get("Condition")) is not False:
            found.add(evaluator.text(export.get("Name")))
    return found


def _stack_name(stack_id: str) -> str:
    return stack_id.split("/")[1] if "/" in stack_id else stack_id
