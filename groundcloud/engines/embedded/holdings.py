"""Which services keep something of an account, beyond those whose resources can be listed and deleted.

The engine keeps what is an account's in dictionaries of two public classes, wherever a service's module has them. Only
modules that are loaded hold anything. What the engine makes in every account by itself (the default VPC, parameter
groups) does not count; the numbers are those of the engine version that `dispatch.py` insists on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from types import ModuleType
from typing import Any

_PREFIX = "ministack.services."
_NAMES = {
    "alb": "elbv2",
    "apigateway": "apigatewayv2",
    "apigateway_v1": "apigateway",
    "cloudwatch_logs": "logs",
    "cognito": "cognito-idp",
    "documentdb": "docdb",
    "eventbridge": "events",
    "lambda_svc": "lambda",
    "msk": "kafka",
    "ses_v2": "ses",
    "waf": "wafv2",
    "waf_v1": "waf",
}
"""Where a module is not called as boto3 calls its service."""

_MADE_BY_THE_ENGINE = {"athena": 2, "ec2": 8, "elasticache": 38, "organizations": 5}
"""Records in an account's (or region's) dictionaries as soon as anybody looks into the service."""


def services_holding(
    account: str, modules: Mapping[str, ModuleType], kinds: tuple[type[Any], ...], covered: Collection[str]
) -> list[str]:
    """The services not in `covered` with anything of `account`, as boto3 names them, sorted. `kinds` are the engine's
    classes of dictionaries, whose keys begin with the account."""
    found = set()
    for path, module in modules.items():
        if not path.startswith(_PREFIX):
            continue
        name = path.removeprefix(_PREFIX).partition(".")[0]
        service = _NAMES.get(name, name.replace("_", "-"))
        if service in covered:
            continue
        made = Counter(key[:-1] for key in _keys(module, kinds) if key[0] == account)
        if any(count > _MADE_BY_THE_ENGINE.get(name, 0) for count in made.values()):
            found.add(service)
    return sorted(found)


def _keys(module: ModuleType, kinds: tuple[type[Any], ...]) -> Iterator[tuple[str, ...]]:
    for value in list(vars(module).values()):
        if isinstance(value, kinds):
            yield from value.to_dict()
