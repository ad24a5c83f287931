"""What has to hold before CloudFormation deploys or deletes, whichever engine's it is, or is refused in AWS's words.

`plan` reads what a call deploys; `check` looks at the account. Nothing is changed here.
"""

from __future__ import annotations

from dataclasses import dataclass

from groundcloud.errors import AwsError
from groundcloud.ports import AwsCaller, Scope, ServiceRoles
from groundcloud.stacks.buckets import BucketGuard
from groundcloud.stacks.checks import WantedName
from groundcloud.stacks.errors import missing_capabilities, not_updatable, validation_error
from groundcloud.stacks.exports import ExportGuard
from groundcloud.stacks.form import Form
from groundcloud.stacks.guards import Guards
from groundcloud.stacks.keep import recall, resources_of
from groundcloud.stacks.library import Library
from groundcloud.stacks.limits import TEMPLATE_BODY_BYTES
from groundcloud.stacks.nested import Source
from groundcloud.stacks.parse import object_of_url, parse_template
from groundcloud.stacks.rewrite import Rewriter, Rewritten, Wants
from groundcloud.stacks.stackpolicy import check_policy
from groundcloud.stacks.state import ChangeSetPlan, StackReader, StackState
from groundcloud.stacks.transforms import transform_problem
from groundcloud.stacks.unresolved import undefined_problem
from groundcloud.stacks.useguard import UseGuard
from groundcloud.stacks.uses import WantedUse

_TRANSFORM = "Transform"  # a template with any may still refer to what its transforms define
_AUTO_EXPAND = "CAPABILITY_AUTO_EXPAND"
_UPDATABLE = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
)
_FAILED = ("CREATE_FAILED", "UPDATE_FAILED")


@dataclass(frozen=True)
class Planned:
    """What a call is about to deploy. `state` is None for a stack that is not there; `rewritten` for a template with
    macros that an upstream engine may have."""

    state: StackState | None
    source: Source
    rewritten: Rewritten | None


class Preflight:
    """Raises `AwsError`. `roles` knows which ones Lambda may take. `upstream`: the engine gets templates as they were
    sent, and makes up another name for a stack's table each time; the embedded one neither."""

    def __init__(
        self,
        engine: AwsCaller,
        library: Library,
        rewriter: Rewriter,
        reader: StackReader,
        roles: ServiceRoles | None = None,
        *,
        upstream: bool = False,
    ) -> None:
        self._upstream = upstream
        self._library = library
        self._rewriter = rewriter
        self._reader = reader
        self._guards = Guards(engine, library)
        self._uses = UseGuard(engine, roles)
        self.buckets = BucketGuard(engine, reader)
        self._exports = ExportGuard(engine)

    async def plan(self, operation: str, form: Form, scope: Scope) -> Planned | None:
        """None when the engine must find fault with the call."""
        check_policy(form)
        stack_name = form.get("StackName") or ""
        state = await self._reader.read(stack_name, scope)
        _check_state(operation, form, state)
        text = await self.template_text(form, state, scope)
        if text is None:
            return None
        previous = state.parameters if state else {}
        name = state.name if state else stack_name
        before = resources_of(state.body) if state else {}
        source = Source(text, name, form.given_parameters(), previous, scope, form.named_parameters(), before=before)
        is_left_to_engine = self._upstream and transform_problem(parse_template(text), scope) is not None
        return Planned(state, source, None if is_left_to_engine else await self._rewriter.rewrite(source))

    async def check(self, operation: str, form: Form, planned: Planned, rewritten: Rewritten) -> None:
        """Look at the account for what `rewritten` needs."""
        state, scope = planned.state, planned.source.scope
        if operation != "CreateChangeSet" and rewritten.transformed:
            _require_auto_expand(form)
        if operation != "CreateChangeSet":
            # A change set only describes: code may be sent and functions made after it, before it is executed.
            await self._guards.check_objects(rewritten.objects, scope)
            await self._guards.check_functions(rewritten.functions, scope)
            await self._check_uses(rewritten.uses, state, scope)
        if not imports(form):
            await self._check_names(rewritten.names, state, scope)
        await self._guards.check_logging(rewritten.waiting_for_a_role, scope)
        if operation != "CreateChangeSet" and not self._upstream:
            await self._exports.check(state, planned.source, rewritten.body)
        if state is not None and operation == "UpdateStack":
            await self.buckets.check_update(state, planned.source, rewritten.body)

    async def check_plan(self, plan: ChangeSetPlan, scope: Scope) -> None:
        """A change set that is executed, of a template that went through the rewriter."""
        kept = recall(plan.body)
        state = await self._reader.read(plan.stack, scope)
        if state is not None and state.status != "REVIEW_IN_PROGRESS":
            _check_updatable(state, "ExecuteChangeSet")
        if kept is None or plan.imports:
            return
        before = resources_of(state.body) if state and state.status != "REVIEW_IN_PROGRESS" else {}
        source = Source("", plan.stack_name, plan.parameters, {}, scope, before=before)
        wants = await self._rewriter.wants(plan.body, source)
        await self._check_execution(source, plan.body, state, wants)

    async def check_again(self, planned: Planned, rewritten: Rewritten) -> None:
        """The same, of a change set that was looked at when it was made."""
        source = planned.source
        state = await self._reader.read(source.stack_name or "", source.scope)
        wants = (rewritten.names, rewritten.objects, rewritten.functions, rewritten.uses)
        await self._check_execution(source, rewritten.body, state, wants)

    async def _check_execution(self, source: Source, body: str, state: StackState | None, wants: Wants) -> None:
        if state is not None and state.body:
            await self.buckets.check_update(state, source, body)
        if not self._upstream:
            await self._exports.check(state, source, body)
        names, objects, functions, uses = wants
        await self._guards.check_objects(objects, source.scope)
        await self._guards.check_functions(functions, source.scope)
        await self._check_uses(uses, state, source.scope)
        await self._check_names(names, state, source.scope)

    async def _check_names(self, names: list[WantedName], state: StackState | None, scope: Scope) -> None:
        wanted = [one for one in names if not (self._upstream and one.generated)]
        await self._guards.check_names(wanted, await self._reader.owned(state, scope), scope)

    async def _check_uses(self, uses: list[WantedUse], state: StackState | None, scope: Scope) -> None:
        if uses:
            await self._uses.check(uses, await self._reader.owned(state, scope), scope)

    async def check_deletion(self, stack_name: str | None, scope: Scope) -> None:
        state = await self._reader.read(stack_name, scope) if stack_name else None
        if state is not None and state.body:
            if not self._upstream:
                await self._exports.check_deletion(state, scope)
            await self.buckets.check_deletion(state, scope)

    async def check_template(self, form: Form, scope: Scope) -> None:
        """What is wrong with a template that is only to be looked at."""
        text = await self.template_text(form, None, scope)
        template = parse_template(text) if text is not None else {}
        problem = None if _TRANSFORM in (text or "") else undefined_problem(template)
        if problem is not None:
            raise problem

    async def template_text(self, form: Form, state: StackState | None, scope: Scope) -> str | None:
        """What the call deploys; None when the engine must find fault with it (none given, too long)."""
        body, url = form.get("TemplateBody"), form.get("TemplateURL")
        if body is not None:
            return body if len(body.encode()) <= TEMPLATE_BODY_BYTES else None
        if url is not None:
            return await self._library.template(*object_of_url(url), scope)
        kept = recall(state.body) if state else None
        if state is not None and self._upstream:
            return state.body or None
        return kept.original if kept else None


def imports(form: Form) -> bool:
    """Whether the change set is to adopt what exists: then a taken name is what the user wants."""
    return form.get("ChangeSetType") == "IMPORT" or (form.get("ImportExistingResources") or "").lower() == "true"


def _check_state(operation: str, form: Form, state: StackState | None) -> None:
    """Whether the stack is in a state to be created, or updated, at all. Where the engine refuses by itself, its words
    are not AWS's; where it does not, a stack that rolled back would be updated."""
    kind = "UPDATE" if operation == "UpdateStack" else form.get("ChangeSetType") or "UPDATE"
    if state is None or state.status == "DELETE_COMPLETE":
        if kind == "UPDATE" and operation != "CreateStack":
            raise validation_error(f"Stack [{form.get('StackName')}] does not exist")
        return
    if state.status == "REVIEW_IN_PROGRESS":
        return
    if operation == "CreateStack":
        raise AwsError("AlreadyExistsException", f"Stack [{state.name}] already exists", 400)
    if kind == "CREATE":
        raise validation_error(
            f"Stack [{state.name}] already exists and cannot be created again with the changeSet "
            f"[{form.get('ChangeSetName')}]."
        )
    _check_updatable(state, operation)


def _check_updatable(state: StackState, operation: str) -> None:
    retries = () if operation == "UpdateStack" else _FAILED  # the engine runs change sets on these, as AWS does
    if state.status not in (*_UPDATABLE, *retries):
        raise not_updatable(state.id, state.status)


def _require_auto_expand(form: Form) -> None:
    """The engine sees no transform any more, so it cannot ask for the capability that macros need."""
    if _AUTO_EXPAND not in form.members("Capabilities"):
        raise missing_capabilities([_AUTO_EXPAND])
