"""EventBridge delivers within the engine; what it may not reach is withheld from it here.

Whether a rule may deliver to a target does not depend on the event: the policy of the queue, of the topic or of the
target's role says so about the rule. So it is decided when one of them has changed, before the next event: refused, the
target is kept in the engine under an ARN that nothing is delivered to (`rule_needs`); allowed again, under its own.
On AWS such an event is lost as silently; the decision recorded here says why.
"""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

from groundcloud import jsonfile
from groundcloud.clock import Clock, new_request_id
from groundcloud.errors import AwsError
from groundcloud.http import Headers
from groundcloud.iam.access import OFF, AccessControl
from groundcloud.iam.checks import Check
from groundcloud.iam.decisions import DecisionLog
from groundcloud.iam.evaluate import decide
from groundcloud.iam.identities import Identities
from groundcloud.iam.least_privilege import role_caller
from groundcloud.iam.model import AccessRequest, Caller, CallerKind, Decision, PolicySet
from groundcloud.iam.origin import Origin, origin_keys
from groundcloud.iam.rule_needs import SERVICE, Need, need_of, real, withheld
from groundcloud.ports import AwsCaller, Changes, Scope, Scopes

log = logging.getLogger(__name__)

_ASKED = ("events", "iam", "lambda", "sns", "sqs")
"""Services whose changes may change a decision."""

_LOOK_SECONDS = 2.0
"""Between two looks for changes that no request waits for: of stacks, and for schedules."""

_SERVICE_CALLER = Caller(CallerKind.SERVICE, name=SERVICE)


class RuleTargets:
    """`file` remembers which accounts and regions have rules that are decided about, for the next start."""

    def __init__(
        self,
        aws: AwsCaller,
        changes: Changes,
        scopes: Scopes,
        identities: Identities,
        access: AccessControl,
        record: DecisionLog,
        clock: Clock,
        file: Path,
    ) -> None:
        self._aws = aws
        self._changes = changes
        self._scopes = scopes
        self._identities = identities
        self._access = access
        self._record = record
        self._clock = clock
        self._file = file
        self._with_rules = _read(file)
        self._settled: dict[Scope, int] = {}
        self._anywhere = 0
        self._outcomes: dict[tuple[str, str, str], bool] = {}
        self._lock = asyncio.Lock()
        self._watching: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    def stop(self) -> None:
        if self._watching is not None:
            self._watching.cancel()

    def reset(self) -> None:
        """There are no rules."""
        self._settled.clear()
        self._outcomes.clear()
        self._remember(set())

    def has(self, scope: Scope) -> bool:
        """Whether there are rules that are decided about."""
        return scope in self._with_rules

    async def settle(self, scope: Scope) -> None:
        """Have every target withheld that may not be reached now, and no other; at once when nothing changed."""
        if self._settled.get(scope, 0) == self._generation(scope):
            return
        async with self._lock:
            generation = self._generation(scope)
            if self._settled.get(scope, 0) != generation:
                await self._settle(scope)
                # Of the scope as it is found now: with rules, more services count.
                self._settled[scope] = generation if self._generation(scope) == generation else -1

    async def look(self) -> None:
        """Settle every scope in which something changed."""
        anywhere = self._changes.generation("events")
        scopes = self._scopes.known() if anywhere != self._anywhere else list(self._with_rules)
        for scope in scopes:
            await self.settle(scope)
        self._anywhere = anywhere

    def _generation(self, scope: Scope) -> int:
        asked = _ASKED if scope in self._with_rules else _ASKED[:1]
        # Scopes that are known from before have never been looked at: 1 more than the generation of an unchanged one.
        return sum(self._changes.generation(service, scope.account) for service in asked) + (scope in self._with_rules)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            try:
                await self.look()
            except AwsError as error:
                log.warning("The targets of rules could not be looked at: %s", error.message)

    async def _settle(self, scope: Scope) -> None:
        found = False
        for bus in (await self._call("ListEventBuses", {}, scope)).get("EventBuses", []):
            for rule in await self._rules(bus["Name"], scope):
                found = await self._settle_rule(rule, scope) or found
        if found != (scope in self._with_rules):
            self._remember(self._with_rules | {scope} if found else self._with_rules - {scope})

    async def _rules(self, bus: str, scope: Scope) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        more: dict[str, str] = {}
        while True:
            page = await self._call("ListRules", {"EventBusName": bus, **more}, scope)
            found += page.get("Rules", [])
            if not page.get("NextToken"):
                return found
            more = {"NextToken": page["NextToken"]}

    async def _settle_rule(self, rule: dict[str, Any], scope: Scope) -> bool:
        """Whether anything has to be decided about the rule."""
        place = {"Rule": rule["Name"], "EventBusName": rule.get("EventBusName", "default")}
        targets = (await self._call("ListTargetsByRule", place, scope)).get("Targets", [])
        wanted, is_decided = [], False
        for target in targets:
            arn = real(target["Arn"])
            need = need_of({**target, "Arn": arn})
            is_decided = is_decided or need is not None
            refused = need is not None and await self._refused(rule["Arn"], target["Id"], need, scope)
            wanted.append({**target, "Arn": withheld(arn) if refused else arn})
        if wanted != targets:
            await self._call("PutTargets", {**place, "Targets": wanted}, scope)
        return is_decided

    async def _refused(self, rule: str, target: str, need: Need, scope: Scope) -> bool:
        if self._access.mode == OFF:
            return False
        decision = await self._decision(rule, need, scope)
        if decision is None:
            log.warning("The rule %s has a target with a role that there is not: %s", rule, need.role)
            return True
        refused = self._access.refuses(decision)
        key = (rule, target, need.resource)
        if self._outcomes.get(key) is not decision.allowed:
            self._outcomes[key] = decision.allowed
            now = self._clock.now()
            self._record.add(now, new_request_id(), "events:Deliver", decision, self._access.mode, refused)
        return refused

    async def _decision(self, rule: str, need: Need, scope: Scope) -> Decision | None:
        """None when there is no such role."""
        context = {"aws:SourceArn": (rule,), "aws:SourceAccount": (scope.account,)}
        origin = Origin(new_request_id(), "127.0.0.1", scope.region, self._clock.now(), Headers([]))
        if not need.role:
            side = await self._access.resources.of(Check(need.action, need.resource, context), scope)
            keys = {**origin_keys(origin, None), **context}
            request = AccessRequest(_SERVICE_CALLER, need.action, need.resource, scope.account, keys)
            return decide(request, PolicySet(resource=side.policies))
        role, trust = await self._identities.role(need.role), await self._identities.trust(need.role)
        if role is None or trust is None:
            return None
        account = need.role.split(":")[4]
        assuming = AccessRequest(_SERVICE_CALLER, "sts:AssumeRole", role.arn, account, context)
        trusted = decide(assuming, PolicySet(resource=(trust,), resource_must_allow=True))
        if not trusted.allowed:
            return trusted
        caller = role_caller(role.arn, rule.rpartition("/")[2])
        request = AccessRequest(caller, need.action, need.resource, scope.account, origin_keys(origin, None))
        return decide(request, PolicySet(role.identity, role.boundary))

    async def _call(self, operation: str, params: dict[str, Any], scope: Scope) -> Any:
        try:
            return await self._aws.call("events", operation, params, scope=scope)
        except AwsError as error:
            if error.status >= 500:
                raise
            return {}  # the rule or the bus is gone meanwhile

    def _remember(self, scopes: set[Scope]) -> None:
        self._with_rules = scopes
        if scopes:
            jsonfile.save(self._file, sorted(scopes))
        else:
            self._file.unlink(missing_ok=True)


def _read(file: Path) -> set[Scope]:
    """None when the file is damaged: scopes are noted anew as their rules change."""
    try:
        return {Scope(str(account), str(region)) for account, region in json.loads(file.read_text())}
    except FileNotFoundError:
        return set()
    except (OSError, TypeError, ValueError) as error:
        log.warning("%s is not readable, so it is written anew: %s", file, error)
        return set()
