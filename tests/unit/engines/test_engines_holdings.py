"""Which services hold something of an account, by what the engine's modules keep."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from groundcloud.engines.embedded.holdings import services_holding

ONE, OTHER = "111122223333", "444455556666"


class Kept(dict[tuple[str, ...], Any]):
    """As the engine's dictionaries."""

    def to_dict(self) -> dict[tuple[str, ...], Any]:
        return dict(self)


def module(**stores: Any) -> ModuleType:
    made = ModuleType("module")
    vars(made).update(stores)
    return made


def test_only_what_is_the_accounts_and_not_covered_counts() -> None:
    modules = {
        "ministack.services.alb": module(balancers=Kept({(ONE, "us-east-1", "a"): {}}), other={(ONE, "b"): {}}),
        "ministack.services.ecr": module(repositories=Kept({(OTHER, "us-east-1", "a"): {}})),
        "ministack.services.sqs": module(queues=Kept({(ONE, "us-east-1", "a"): {}})),
        "ministack.core.router": module(any=Kept({(ONE, "a"): {}})),
    }
    assert services_holding(ONE, modules, (Kept,), ["sqs"]) == ["elbv2"]
    assert services_holding(OTHER, modules, (Kept,), ["sqs"]) == ["ecr"]


def test_what_the_engine_makes_in_each_region_does_not_count() -> None:
    defaults = Kept({(ONE, region, str(i)): {} for region in ("us-east-1", "eu-central-1") for i in range(8)})
    modules = {"ministack.services.ec2": module(everything=defaults)}
    assert services_holding(ONE, modules, (Kept,), []) == []
    defaults[ONE, "eu-central-1", "mine"] = {}
    assert services_holding(ONE, modules, (Kept,), []) == ["ec2"]
