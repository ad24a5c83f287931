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
from groundcloud.ports import ConcurrencyProvider, Engine, Scope, ServiceRoles
from groundcloud.stacks import views
from groundcloud.stacks.apis import Refused, nothing_refused
from groundcloud.stacks.form import Form, read_form
from groundcloud.stacks.keep import Kept, acted_upon, deployed, recall
from groundcloud.stacks.library import Library, path_style
from groundcloud.stacks.limits import TEMPLATE_BODY_BYTES
from groundcloud.stacks.nested import Source
from groundcloud.stacks.others import OtherCallers, plan_needed
from groundcloud.stacks.parse import object_of_url, parse_template
from groundcloud.stacks.preflight import Preflight
from groundcloud.stacks.resourcetypes import with_known_types
from groundcloud.stacks.rewrite import Rewriter, Rewritten
from groundcloud.stacks.settle import Settler
from groundcloud.stacks.stackpolicy import check_policy
from groundcloud.stacks.state import StackReader, StackState

_VIEWS = {
    "DescribeStacks": views.hide_reasons,
    "ListStackResources": views.hide_resources,
    "DescribeStackResources": views.hide_resources,
    "DescribeStackEvents": views.hide_events,
    "DescribeChangeSet": views.hide_changes,
}

_OPERATIONS = ("DeleteStack", "CancelUpdateStack", "RollbackStack", "ContinueUpdateRollback")

_Handler = Callable[[str, Form, Scope], Awaitable[Response | None]]


def _nothing(_scope: Scope) -> None:
    """Nobody to tell."""


class AdminEngine(Engine, Protocol):
    """The engine, and raw requests signed anew as the account's administrator (a rewritten body has no signature)."""

    async def request_as_admin(self, request: Request, service: str, scope: Scope) -> Response: ...


class Stacks:
    """One a process; `close` when it ends.

    `changed` is told the scope when a stack's operation is over, before any client can see that through `handle`;
    `refused` knows what is not supported, `roles` which roles Lambda may take.
    """

    def __init__(
        self,
        engine: AdminEngine,
        changed: Callable[[Scope], None] = _nothing,
        new_id: Callable[[], str] = new_request_id,
        refused: Refused = nothing_refused,
        provider: ConcurrencyProvider | None = None,
        roles: ServiceRoles | None = None,
    ) -> None:
        self._engine = engine
        self._library = Library(engine, new_id)
        self._rewriter = Rewriter(self._library, refused)
        self._others = OtherCallers(engine, self._rewriter)
        self._reader = StackReader(engine)
        self._preflight = Preflight(engine, self._library, self._rewriter, self._reader, roles)
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
            "SetStackPolicy": self._set_policy,
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
        text = await self._preflight.template_text(form.replaced("TemplateURL"), None, scope)
        if text is None and form.get("TemplateURL") is not None:
            raise plan_needed(operation)
        if text is not None:
            source = Source(text, stack_name, form.given_parameters(), {}, scope, form.named_parameters())
            await self._others.check_direct(operation, source)
            state = await self._reader.read(stack_name, scope)
            if state is not None and operation == "UpdateStack":
                await self._preflight.buckets.check_update(state, source, text)
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
        planned = await self._preflight.plan(operation, form, scope)
        if planned is None or planned.rewritten is None:
            return None
        state, text, rewritten = planned.state, planned.source.text, planned.rewritten
        await self._preflight.check(operation, form, planned, rewritten)
        body = state.body if state and _says_the_same(state, text, rewritten) else rewritten.body
        response = await self._forward_template(form.replaced("UsePreviousTemplate"), body, scope)
        response = await with_known_types(response, scope.region)
        if response.status != 200 and state is None:
            await self._library.forget(stack_name, scope)
        if operation != "CreateChangeSet" and response.status == 200:
            self._settler.watch(stack_name, scope)
        return response

    async def _execute(self, _operation: str, form: Form, scope: Scope) -> Response | None:
        """A name that was free when the change set was made may be taken by now, and now the code must be there."""
        change_set = form.get("ChangeSetName")
        if change_set is None:
            return None
        plan = await self._reader.read_change_set(change_set, form.get("StackName"), scope)
        if plan is None:
            return None
        await self._preflight.check_plan(plan, scope)
        response = await self._forward(form, scope)
        if response.status == 200:
            self._settler.watch(plan.stack, scope)
        return response

    async def _operate(self, operation: str, form: Form, scope: Scope) -> Response | None:
        stack_name = form.get("StackName")
        if operation == "DeleteStack":
            await self._preflight.check_deletion(stack_name, scope)
        response = await self._forward(form, scope)
        if response.status == 200 and stack_name is not None:
            self._settler.watch(stack_name, scope)
        return response

    async def _validate(self, _operation: str, form: Form, scope: Scope) -> Response | None:
        """The parser's words are AWS's here too; the rest the engine does."""
        await self._preflight.check_template(form, scope)
        return await with_known_types(await self._forward(_with_engine_url(form), scope), scope.region)

    async def _summarize(self, operation: str, form: Form, scope: Scope) -> Response | None:
        if form.get("TemplateBody") is not None or form.get("TemplateURL") is not None:
            return await self._validate(operation, form, scope)
        state = await self._reader.read(form.get("StackName") or "", scope)
        kept = recall(state.body) if state else None
        if kept is None:
            return None
        return await self._forward_template(form.replaced("StackName"), kept.original, scope)

    async def _set_policy(self, _operation: str, form: Form, scope: Scope) -> Response | None:
        check_policy(form)
        return await self._forward(form, scope)

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
