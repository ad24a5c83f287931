"""Stacks of an engine whose own CloudFormation takes templates as they are: LocalStack's.

Nothing is rewritten. What AWS refuses and LocalStack would begin is refused here, by the same checks as before the
embedded engine: LocalStack takes what is there already for its own, and a stack that fails deletes it. Then everybody
is told that things may have changed before a client can see that a stack rests: it then calls the API that the stack
has made. What LocalStack's CloudFormation cannot make by itself, the plugin has made here, as stacks of one resource:
they are ours, and treated as such.
"""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

from groundcloud.clock import new_request_id
from groundcloud.engines import FORWARDED
from groundcloud.http import Request, Response
from groundcloud.ports import Scope, ServiceRoles
from groundcloud.stacks.apis import Refused
from groundcloud.stacks.capabilities import capability_problem
from groundcloud.stacks.errors import validation_error
from groundcloud.stacks.form import Form, read_form
from groundcloud.stacks.keep import acted_upon
from groundcloud.stacks.library import Library, path_style
from groundcloud.stacks.nested import STACK
from groundcloud.stacks.parse import parse_template
from groundcloud.stacks.preflight import Planned, Preflight, imports
from groundcloud.stacks.rewrite import Rewriter
from groundcloud.stacks.stacks import AdminEngine, Stacks
from groundcloud.stacks.state import StackReader
from groundcloud.stacks.views import NAMESPACE, edited, hide_deleted

_SHOW_STATES = frozenset(
    {"DescribeStacks", "DescribeStackEvents", "DescribeStackResource", "DescribeStackResources", "ListStacks"}
    | {"ListStackResources", "DescribeChangeSet"}
)
_LOOK = frozenset({"ValidateTemplate", "GetTemplateSummary", "EstimateTemplateCost"})
_KEPT_PLANS = 200


class Plans:
    """What the last change sets would deploy, by id."""

    def __init__(self) -> None:
        self._by_id: dict[str, Planned] = {}

    def add(self, answer: bytes, planned: Planned) -> None:
        """`answer` is CreateChangeSet's, which names the id."""
        self._by_id[ElementTree.fromstring(answer).findtext(f".//{{{NAMESPACE}}}Id") or ""] = planned
        if len(self._by_id) > _KEPT_PLANS:
            del self._by_id[next(iter(self._by_id))]

    def find(self, change_set: str, stack: str | None, scope: Scope) -> Planned | None:
        """`change_set` is an id, or with `stack` a name; the latest of that name."""
        for known, planned in reversed(self._by_id.items()):
            source = planned.source
            is_named = source.stack_name == stack and known.split("/")[-2:-1] == [change_set]
            if known == change_set or (is_named and source.scope == scope):
                return planned
        return None

    def clear(self) -> None:
        self._by_id.clear()


class ReadingLibrary(Library):
    """Puts nothing anywhere: LocalStack reads the templates that the user has put there."""

    async def stage(self, body: str, stack: str, scope: Scope) -> str:
        return path_style("not-staged", stack)


class UpstreamStacks:
    """Has the methods of `Stacks`; `own` are those of the plugin's stacks. `refused` as in `Stacks`."""

    def __init__(
        self,
        engine: AdminEngine,
        changed: Callable[[], None],
        own: Stacks,
        refused: Refused,
        roles: ServiceRoles | None = None,
    ) -> None:
        self._engine = engine
        self._changed = changed
        self._own = own
        self._plans = Plans()
        library = ReadingLibrary(engine, new_request_id)
        rewriter, reader = Rewriter(library, refused), StackReader(engine)
        self._preflight = Preflight(engine, library, rewriter, reader, roles, upstream=True)

    async def handle(self, operation: str, request: Request, scope: Scope) -> Response | None:
        """Answer what shows the state of a stack; None for the rest, which the engine answers. Raises `AwsError`."""
        if FORWARDED in request.headers:
            return await self._own.handle(operation, request, scope)
        if operation == "CreateChangeSet":
            return await self._plan(request, scope)
        if operation not in _SHOW_STATES:
            return await self._check(operation, read_form(request), scope)
        answer = await self._engine.request_as_admin(request, "cloudformation", scope)
        self._changed()
        is_list = operation == "DescribeStacks" and read_form(request).get("StackName") is None
        return edited(answer, hide_deleted) if is_list else answer

    async def handle_other(self, operation: str, request: Request, signed: Request, scope: Scope) -> Response | None:
        """The same for callers that were judged, and go on as they signed."""
        return None

    async def _plan(self, request: Request, scope: Scope) -> Response:
        """LocalStack shows nobody the template of a change set: what it was is remembered until it is carried out."""
        form = read_form(request)
        planned = await self._checked("CreateChangeSet", form, scope)
        sent = _with_template(form, planned) or request
        answer = await self._engine.request_as_admin(sent, "cloudformation", scope)
        if answer.status == 200 and planned is not None and not imports(form):
            self._plans.add(answer.body, planned)
        return answer

    async def _check(self, operation: str, form: Form, scope: Scope) -> Response | None:
        if operation in ("CreateStack", "UpdateStack"):
            planned = await self._checked(operation, form, scope)
            if planned and operation == "UpdateStack" and not form.has("Tags") and _changes_nothing(planned):
                raise validation_error("No updates are to be performed.")
            sent = _with_template(form, planned)
            return await self._engine.request_as_admin(sent, "cloudformation", scope) if sent else None
        if operation in _LOOK:
            await self._preflight.check_template(form, scope)
        elif operation == "DeleteStack":
            await self._preflight.check_deletion(form.get("StackName"), scope)
        elif operation == "ExecuteChangeSet":
            planned = self._plans.find(form.get("ChangeSetName") or "", form.get("StackName"), scope)
            if planned is not None and planned.rewritten is not None:
                await self._preflight.check_again(planned, planned.rewritten)
        return None

    async def _checked(self, operation: str, form: Form, scope: Scope) -> Planned | None:
        if form.get("StackName") is None:
            return None
        planned = await self._preflight.plan(operation, form, scope)
        if planned is None or planned.rewritten is None:
            return None
        problem = capability_problem(parse_template(planned.rewritten.body), form.members("Capabilities"))
        if problem is not None:
            raise problem
        await self._preflight.check(operation, form, planned, planned.rewritten)
        return planned

    async def reset(self) -> None:
        self._plans.clear()
        await self._own.reset()

    async def close(self) -> None:
        await self._own.close()


def _with_template(form: Form, planned: Planned | None) -> Request | None:
    """The call with the stack's template in it, which LocalStack does not take from the stack by itself; None for
    others."""
    if planned is None or (form.get("UsePreviousTemplate") or "").lower() != "true":
        return None
    return form.replaced("UsePreviousTemplate", TemplateBody=planned.source.text).request()


def _changes_nothing(planned: Planned) -> bool:
    """Whether the stack is what the call asks for. What a nested stack's template holds is not looked at."""
    state, source = planned.state, planned.source
    if state is None or not state.body:
        return False
    old, new = parse_template(state.body), parse_template(source.text)
    if acted_upon(old) != acted_upon(new) or any(one.get("Type") == STACK for one in new["Resources"].values()):
        return False
    return all(state.parameters.get(name) == value for name, value in source.values(new).items())
