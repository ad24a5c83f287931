"""Forgets everything that LocalStack keeps, service by service, by the visitors and hooks that it has for that.

LocalStack's community edition has no route for it. What the cloud keeps for forwarded services is its own to forget.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from functools import singledispatchmethod
from typing import Any

from localstack.aws.connect import connect_to
from localstack.services.dynamodb.models import dynamodb_stores
from localstack.services.plugins import SERVICE_PLUGINS
from localstack.services.stores import AccountRegionBundle
from localstack.state import AssetDirectory, StateVisitor
from moto.core.base_backend import BackendDict

_DYNAMODB = "dynamodb"


class Forgetting(StateVisitor):
    """Empties each container of state that it is shown."""

    @singledispatchmethod
    def visit(self, state_container: Any) -> None:
        raise NotImplementedError(f"LocalStack keeps state in a form that is not known: {type(state_container)}")

    @visit.register(AccountRegionBundle)
    def _(self, state_container: AccountRegionBundle) -> None:
        state_container.reset()

    @visit.register(BackendDict)
    def _(self, state_container: BackendDict) -> None:
        # Not its own reset: that forgets which services there are.
        for account in list(state_container.values()):
            account.reset()

    @visit.register(AssetDirectory)
    def _(self, state_container: AssetDirectory) -> None:
        shutil.rmtree(state_container.path, ignore_errors=True)


def reset(forwarded: Collection[str]) -> list[str]:
    """Have every service that was used, but those `forwarded`, forget everything; their names. What a service does
    around it (functions' pollers end, alarms are no longer looked at) is LocalStack's own."""
    names = [name for name in SERVICE_PLUGINS.list_loaded_services() if name not in forwarded]
    for name in names:
        service = SERVICE_PLUGINS.get_service(name)
        if name == _DYNAMODB:
            # LocalStack's way is to start DynamoDB Local anew, which takes seconds; its tables are all it has.
            _delete_tables()
            service.accept_state_visitor(Forgetting())
            continue
        service.lifecycle_hook.on_before_state_reset()
        service.accept_state_visitor(Forgetting())
        service.lifecycle_hook.on_after_state_reset()
    return names


def _delete_tables() -> None:
    """Delete every table in every account and region that has had one."""
    for account, region, _ in list(dynamodb_stores.iter_stores()):
        client = connect_to(aws_access_key_id=account, region_name=region).dynamodb
        for page in list(client.get_paginator("list_tables").paginate()):
            for name in page["TableNames"]:
                if client.describe_table(TableName=name)["Table"].get("DeletionProtectionEnabled"):
                    client.update_table(TableName=name, DeletionProtectionEnabled=False)
                client.delete_table(TableName=name)
