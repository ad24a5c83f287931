"""CloudFormation at the edge: what a call deploys is checked and rewritten before the engine sees it.

`Stacks.handle` gets the calls of one operation that are signed and allowed already, and answers in the query protocol's
XML; None means that the call goes to the engine as it came. Nothing of a stack is kept here: what must last is inside
the template that the engine stores (`keep.py`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from groundcloud.clock import new_request_id
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.ports import ConcurrencyProvider, Engine, Scope
from groundcloud.stacks import views
from groundcloud.stacks.apis import Refused, nothing_refused
from groundcloud.stacks.buckets import BucketGuard
from groundcloud.stacks.errors import missing_capabilities, not_updatable, validation_error
from groundcloud.stacks.form import Form, read_form
from groundcloud.stacks.guards import Guards
from groundcloud.stacks.keep import Kept, acted_upon, deployed, recall, resources_of
from groundcloud.stacks.library import Library, path_style
from groundcloud.stacks.limits import TEMPLATE_BODY_BYTES
from groundcloud.stacks.nested import Source
from groundcloud.stacks.others import OtherCallers, plan_needed
from groundcloud.stacks.parse import object_of_url, parse_template
from groundcloud.stacks.resourcetypes import with_known_types
from groundcloud.stacks.rewrite import Rewriter, Rewritten
from groundcloud.stacks.settle import Settler
from groundcloud.stacks.state import StackReader, StackState
from groundcloud.stacks.unresolved import undefined_problem

_TRANSFORM = "Transform"  # a template with any may still refer to what its transforms define
_AUTO_EXPAND = "CAPABILITY_AUTO_EXPAND"
_VIEWS = {
    "DescribeStacks": views.hide_reasons,
    "ListStackResources": views.hide_resources,
    "DescribeStackResources": views.hide_resources,
    "DescribeStackEvents": views.hide_events,
    "DescribeChangeSet": views.hide_changes,
}

_OPERATIONS = ("DeleteStack", "CancelUpdateStack", "RollbackStack", "ContinueUpdateRollback")

_UPDATABLE = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
)
_FAILED = ("CREATE_FAILED", "UPDATE_FAILED")

_Handler = Callable[[str, Form, Scope], Awaitable[Response | None]]


def _nothing() -> None:
    """Nobody to tell."""


class AdminEngine(Engine, Protocol):
    """The engine, and raw requests signed anew as the account's administrator (a rewritten body has no signature)."""

    async def request_as_admin(self, request: Request, service: str, scope: Scope) -> Response: ...


class Stacks:
    """One a process; `close` when it ends.

    `changed` is called when a stack's operation is over, before any client can see that through `handle`; `refused`
    knows what is not supported.
    """

    def __init__(
        self,
        engine: AdminEngine,
        changed: Callable[[], None] = _nothing,
        new_id: Callable[[], str] = new_request_id,
        refused: Refused = nothing_refused,
        provider: ConcurrencyProvider | None = None,
    ) -> None:
        self._engine = engine
        self._library = Library(engine, new_id)
        self._rewriter = Rewriter(self._library, refused)
        self._others = OtherCallers(engine, self._rewriter)
        self._guards = Guards(engine, self._library)
        self._reader = StackReader(engine)
        self._buckets = BucketGuard(engine, self._reader)
        self._settler = Settler(engine, changed, self._library.forget, provider)
        self._handlers: dict[str, _Handler] = {
            "CreateStack": self._deploy,
            "UpdateStack": self._deploy,
            "CreateChangeSet": self._deploy,
            "ExecuteChangeSet": self._execute,
            **dict.fromkeys(_OPERATIONS, self._operate),
            "ValidateTemplate": self._validate,
            "GetTemplateSummary": self._summarize,
            "EstimateTemplateCost": self._validate,
            "GetTemplate": self._get_template,
            **dict.fromkeys(_VIEWS, self._show),
        }

    async def reset(self) -> None:
        """No stack is watched any more."""
        await self._settler.close()
        self._settler.clear()

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None:
        """Answer one call, or None to let the engine answer it. Raises `AwsError`."""
        handler = self._handlers.get(operation)
        return await handler(operation, read_form(request), scope) if handler else None

    async def handle_other(self, operation: str, request: Request, signed: Request, scope: Scope) -> Response | None:
        """Answer a call that only the engine can judge: `signed` as it came, `request` with its body inflated."""
        form = read_form(request, signed)
        if operation == "CreateChangeSet":
            return await self._plan_of_other(request, signed, scope)
        if operation in ("CreateStack", "UpdateStack"):
            return await self._deploy_of_other(operation, form, scope)
        if operation in (*_VIEWS, *_OPERATIONS, "ExecuteChangeSet", "GetTemplate"):
            return await self._handlers[operation](operation, form, scope)
        return None

    async def _plan_of_other(self, request: Request, signed: Request, scope: Scope) -> Response:
        judged = await self._engine.request(signed)
        if judged.status != 200:
            return judged
        stack = await self._others.clear(judged.body, scope)
        try:
            planned = await self._deploy("CreateChangeSet", read_form(request), scope)
        except AwsError:
            await self._others.abandon(stack, scope)
            raise
        return planned or await self._engine.request(signed)

    async def _deploy_of_other(self, operation: str, form: Form, scope: Scope) -> Response:
        stack_name = form.get("StackName") or ""
        text = await self._template_text(form.replaced("TemplateURL"), None, scope)
        if text is None and form.get("TemplateURL") is not None:
            raise plan_needed(operation)
        if text is not None:
            source = Source(text, stack_name, form.given_parameters(), {}, scope, form.named_parameters())
            await self._others.check_direct(operation, source)
            state = await self._reader.read(stack_name, scope)
            if state is not None and operation == "UpdateStack":
                await self._buckets.check_update(state, source, text)
        response = await self._forward(form, scope)
        if response.status == 200:
            self._settler.watch(stack_name, scope)
        return response

    async def close(self) -> None:
        await self._settler.close()

    async def _deploy(self, operation: str, form: Form, scope: Scope) -> Response | None:
        stack_name = form.get("StackName")
        if stack_name is None:
            return None
        await self._settler.settle(scope)  # what a deleted namesake staged must not be cleared away under this one
        state = await self._reader.read(stack_name, scope)
        _check_state(operation, form, state)
        text = await self._template_text(form, state, scope)
        if text is None:
            return None
        previous = state.parameters if state else {}
        name = state.name if state else stack_name
        before = resources_of(state.body) if state else {}
        source = Source(text, name, form.given_parameters(), previous, scope, form.named_parameters(), before=before)
        rewritten = await self._rewriter.rewrite(source)
        if operation != "CreateChangeSet" and rewritten.transformed:
            _require_auto_expand(form)
        if operation != "CreateChangeSet":
            # A change set only describes: the code may be sent after it was looked at, and is needed to execute it.
            await self._guards.check_objects(rewritten.objects, scope)
        if not _imports(form):
            await self._guards.check_names(rewritten.names, await self._reader.owned(state, scope), scope)
        await self._guards.check_logging(rewritten.waiting_for_a_role, scope)
        if state is not None and operation == "UpdateStack":
            await self._buckets.check_update(state, source, rewritten.body)
        body = state.body if state and _says_the_same(state, text, rewritten) else rewritten.body
        response = await self._forward_template(form.replaced("UsePreviousTemplate"), body, scope)
        response = await with_known_types(response, scope.region)
        if response.status != 200 and state is None:
            await self._library.forget(stack_name, scope)
        if operation != "CreateChangeSet" and response.status == 200:
            self._settler.watch(stack_name, scope)
        return response

    async def _template_text(self, form: Form, state: StackState | None, scope: Scope) -> str | None:
        """What the call deploys; None when the engine must find fault with it (none given, too long)."""
        body, url = form.get("TemplateBody"), form.get("TemplateURL")
        if body is not None:
            return body if len(body.encode()) <= TEMPLATE_BODY_BYTES else None
        if url is not None:
            return await self._library.template(*object_of_url(url), scope)
        kept = recall(state.body) if state else None
        return kept.original if kept else None

    async def _execute(self, _operation: str, form: Form, scope: Scope) -> Response | None:
        """A name that was free when the change set was made may be taken by now, and now the code must be there."""
        change_set = form.get("ChangeSetName")
        if change_set is None:
            return None
        plan = await self._reader.read_change_set(change_set, form.get("StackName"), scope)
        if plan is None:
            return None
        kept = recall(plan.body)
        state = await self._reader.read(plan.stack, scope)
        if state is not None and state.status != "REVIEW_IN_PROGRESS":
            _check_updatable(state, "ExecuteChangeSet")
        if kept is not None and not plan.imports:
            source = Source("", plan.stack_name, plan.parameters, {}, scope)
            if state is not None:
                await self._buckets.check_update(state, source, plan.body)
            names, objects = await self._rewriter.wants(plan.body, source)
            await self._guards.check_objects(objects, scope)
            await self._guards.check_names(names, await self._reader.owned(state, scope), scope)
        response = await self._forward(form, scope)
        if response.status == 200:
            self._settler.watch(plan.stack, scope)
        return response

    async def _operate(self, operation: str, form: Form, scope: Scope) -> Response | None:
        stack_name = form.get("StackName")
        state = await self._reader.read(stack_name, scope) if stack_name and operation == "DeleteStack" else None
        if state is not None:
            await self._buckets.check_deletion(state, scope)
        response = await self._forward(form, scope)
        if response.status == 200 and stack_name is not None:
            self._settler.watch(stack_name, scope)
        return response

    async def _validate(self, _operation: str, form: Form, scope: Scope) -> Response | None:
        """The parser's words are AWS's here too; the rest the engine does."""
        text = await self._template_text(form, None, scope)
        template = parse_template(text) if text is not None else {}
        problem = None if _TRANSFORM in (text or "") else undefined_problem(template)
        if problem is not None:
            raise problem
        return await with_known_types(await self._forward(_with_engine_url(form), scope), scope.region)

    async def _summarize(self, operation: str, form: Form, scope: Scope) -> Response | None:
        if form.get("TemplateBody") is not None or form.get("TemplateURL") is not None:
            return await self._validate(operation, form, scope)
        state = await self._reader.read(form.get("StackName") or "", scope)
        kept = recall(state.body) if state else None
        if kept is None:
            return None
        return await self._forward_template(form.replaced("StackName"), kept.original, scope)

    async def _get_template(self, _operation: str, form: Form, scope: Scope) -> Response | None:
        response = await self._forward(form.replaced(TemplateStage="Original"), scope)
        found: list[Kept] = []

        def look(root: Any) -> None:
            for result in root:
                kept = recall(views.text_of(result, "TemplateBody"))
                found.extend([kept] if kept else [])

        views.edited(response, look)
        stage = form.get("TemplateStage") or "Processed"
        if not found or stage not in ("Original", "Processed"):
            return await self._forward(form, scope)
        return views.edited(response, views.replace_template(found[0], stage))

    async def _show(self, operation: str, form: Form, scope: Scope) -> Response | None:
        response = await self._forward(form, scope)
        await self._settler.settle(scope)
        return views.edited(response, _VIEWS[operation])

    async def _forward(self, form: Form, scope: Scope) -> Response:
        if form.signed is not None:
            return await self._engine.request(form.signed)
        return await self._engine.request_as_admin(form.request(), "cloudformation", scope)

    async def _forward_template(self, form: Form, body: str, scope: Scope) -> Response:
        bare = form.replaced("TemplateBody", "TemplateURL")
        if len(body.encode()) <= TEMPLATE_BODY_BYTES:
            return await self._forward(bare.replaced(TemplateBody=body), scope)
        async with self._library.staged(body, scope) as url:
            return await self._forward(bare.replaced(TemplateURL=url), scope)


def _imports(form: Form) -> bool:
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


def _with_engine_url(form: Form) -> Form:
    url = form.get("TemplateURL")
    return form.replaced(TemplateURL=path_style(*object_of_url(url))) if url is not None else form


def _says_the_same(state: StackState, text: str, rewritten: Rewritten) -> bool:
    """Whether only comments, layout or a description differ from what the stack runs: AWS compares what it acts upon,
    the engine all."""
    kept = recall(state.body)
    if kept is None or kept.original == text:
        return False
    try:
        if acted_upon(parse_template(kept.original)) != acted_upon(parse_template(text)):
            return False
    except AwsError:
        return False
    return bool(deployed(state.body) == deployed(rewritten.body))
