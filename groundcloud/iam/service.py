"""The part as a whole: what the composition root makes once and hands out."""

from __future__ import annotations

from pathlib import Path

from groundcloud.clock import Clock
from groundcloud.iam.access import AccessControl
from groundcloud.iam.decisions import DecisionLog
from groundcloud.iam.deliveries import Deliveries
from groundcloud.iam.function_roles import FunctionRoles
from groundcloud.iam.identities import Identities
from groundcloud.iam.issuing import Issuing
from groundcloud.iam.registry import KeyRegistry
from groundcloud.iam.routes import IamRoutes
from groundcloud.iam.rule_targets import RuleTargets
from groundcloud.iam.seen import SeenActions
from groundcloud.iam.service_roles import ServiceDoor
from groundcloud.iam.web_identity import WebIdentitySessions
from groundcloud.ports import Changes, ControlRoute, Engine, Scope, Scopes


class Iam:
    """`keys` knows every access key that was given out, `identities` whose they are, `access` what they may do."""

    def __init__(
        self, engine: Engine, changes: Changes, scopes: Scopes, clock: Clock, default: Scope, state_dir: Path, mode: str
    ) -> None:
        self._mode = mode
        self._clock = clock
        self.keys = KeyRegistry(state_dir / "iam-keys.sqlite", clock)
        self.seen = SeenActions(state_dir / "iam-seen.sqlite")
        self.log = DecisionLog()
        self.identities = Identities(engine, changes, default)
        self.issuing = Issuing(self.keys, clock)
        self.access = AccessControl(engine, changes, scopes, self.identities, self.seen, self.log, mode)
        self.web_identities = WebIdentitySessions(self.identities, self.issuing, self.log, clock, mode)
        self.deliveries = Deliveries(engine, self.access, clock)
        self.function_roles = FunctionRoles(engine, self.identities, self.access, clock)
        self.rule_targets = RuleTargets(
            engine, changes, scopes, self.identities, self.access, self.log, clock, state_dir / "event-rules.json"
        )
        self._routes = IamRoutes(self.log, mode, self.seen, self.identities, engine, default)

    def door(self, engine: Engine, service: str) -> ServiceDoor:
        """`engine` for a part that acts as `service` and assumes roles which users gave it."""
        return ServiceDoor(engine, self.issuing, self.identities, service, self._mode, self.log, self._clock)

    def routes(self) -> list[ControlRoute]:
        return self._routes.routes()

    async def reset(self) -> None:
        """No key was given out, no decision made."""
        self.keys.clear()
        self.seen.clear()
        self.log.clear()
        self.identities.clear()
        self.access.clear()
        self.rule_targets.reset()

    async def reset_account(self, account: str) -> None:
        """Keys of the account end, and what its roles were seen to do is forgotten; decisions are history."""
        self.keys.clear(account)
        self.seen.clear(account)

    def close(self) -> None:
        self.keys.close()
        self.seen.close()
