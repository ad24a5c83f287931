"""Who looks at every account in turn looks only where something may have changed: tests have an account each."""

from __future__ import annotations

import asyncio
from typing import Any

from groundcloud.engines.changes import ChangeCounter
from groundcloud.errors import AwsError
from groundcloud.ports import Scope
from groundcloud.runtime.ahead import Ahead
from groundcloud.runtime.changed import ChangeWatch
from groundcloud.runtime.function import Reference
from groundcloud.signin.directory import Directory

FIRST, SECOND = Scope("111111111111", "us-east-1"), Scope("222222222222", "us-east-1")


class Running:
    """A function that has environments."""

    version, name, local, provided_for = "$LATEST", "f", None, ""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope


class Looked:
    """Pools of one function in each account, and a catalog that knows none of them and notes who asks."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def functions(self) -> list[Running]:
        return [Running(FIRST), Running(SECOND)]

    def forget(self, *_: Any) -> None:
        """They stay."""

    async def find(self, reference: Reference) -> Any:
        self.asked.append(reference.scope.account)
        raise AwsError("ResourceNotFoundException", "gone", 404)


def test_functions_are_looked_at_where_something_changed() -> None:
    changes, looked = ChangeCounter(), Looked()
    world: Any = looked
    watch = ChangeWatch(changes, world, world)
    told = []
    for account in ("", SECOND.account, FIRST.account):
        looked.asked.clear()
        changes.bump("lambda", account)
        asyncio.run(watch.look())
        told.append(list(looked.asked))
    assert told == [[FIRST.account, SECOND.account], [SECOND.account], [FIRST.account]]


class Lists:
    """Answers with the pool and client in `clients` by account, else with empty lists; notes of whom it was asked."""

    def __init__(self, clients: dict[str, str]) -> None:
        self.clients = clients
        self.asked: list[str] = []

    async def call(self, service: str, operation: str, params: dict[str, Any], *, scope: Scope) -> Any:
        self.asked.append(f"{operation} {scope.account[0]}")
        client = self.clients.get(scope.account)
        if operation == "ListUserPools":
            return {"UserPools": [{"Id": f"us-east-1_{client}"}] if client else []}
        return {"UserPoolClients": [{"ClientId": client}]} if operation == "ListUserPoolClients" else {}


def test_accounts_without_nodejs_are_asked_again_when_they_changed() -> None:
    changes, engine = ChangeCounter(), Lists({})
    ahead = Ahead(engine, changes, lambda: [FIRST, SECOND], _warm)
    for account in ("", FIRST.account, ""):
        assert asyncio.run(ahead.look()) == set()
        changes.bump("lambda", account)
    assert asyncio.run(ahead.look()) == set()
    assert [each[-1] for each in engine.asked] == ["1", "2", "1", "2", "1", "1", "2"]


async def _warm(_runtime: str) -> None:
    """There is none."""


class ThreeScopes:
    """One after the other was used."""

    def known(self) -> list[Scope]:
        return [Scope("000000000000", "us-east-1"), FIRST, SECOND]

    def likeliest(self) -> list[Scope]:
        return [Scope("000000000000", "us-east-1"), SECOND, FIRST]


def test_an_app_client_is_looked_for_until_it_is_found() -> None:
    engine = Lists({FIRST.account: "one", SECOND.account: "two"})
    unused: Any = None
    directory = Directory(engine, ThreeScopes(), ChangeCounter(), unused)
    assert asyncio.run(directory.place_of_client("two")) == (SECOND, "us-east-1_two")
    assert engine.asked == ["ListUserPools 0", "ListUserPools 2", "ListUserPoolClients 2"]
    assert asyncio.run(directory.place_of_pool("us-east-1_one")) == (FIRST, "us-east-1_one")
    assert asyncio.run(directory.place_of_pool("us-east-1_none")) is None
