"""Which mapping of a custom domain name takes a path.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html, whose tables these are.
"""

from __future__ import annotations

import pytest

from groundcloud.gateway.domains import Domain, Mapping
from groundcloud.ports import Scope

SCOPE = Scope("123456789012", "us-east-1")
LEVELS = ("", "orders", "orders/v1/items", "orders/v2/items", "orders/v2/items/categories")


def domain(*keys: str) -> Domain:
    longest = sorted(keys, key=len, reverse=True)
    return Domain("api.example.com", SCOPE, tuple(Mapping(key, key or "(none)", "prod") for key in longest))


@pytest.mark.parametrize(
    ("path", "api", "rest"),
    [
        ("/orders", "orders", "/"),
        ("/orders/v1/items", "orders/v1/items", "/"),
        ("/orders/v2/items", "orders/v2/items", "/"),
        ("/orders/v1/items/123", "orders/v1/items", "/123"),
        ("/orders/v2/items/categories/5", "orders/v2/items/categories", "/5"),
        ("/customers", "(none)", "/customers"),
        ("/ordersandmore", "orders", "/andmore"),
    ],
)
def test_keys_of_several_levels(path: str, api: str, rest: str) -> None:
    found = domain(*LEVELS).find(path)
    assert found is not None
    assert (found.api_id, found.path, found.lower_case) == (api, rest, True)


def test_keys_of_one_level_take_whole_segments() -> None:
    found = domain("", "orders").find("/ordersandmore")
    assert found is not None
    assert (found.api_id, found.path, found.lower_case) == ("(none)", "/ordersandmore", False)
    assert domain("orders").find("/ordersandmore") is None
