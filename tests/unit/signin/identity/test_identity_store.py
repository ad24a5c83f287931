"""Identities and the issuer's key outlive a stop and a start; logins belong to one identity each."""

from __future__ import annotations

import asyncio

import jwt
import pytest

from groundcloud.signin.identity.issuer import ISSUER, OpenIdIssuer
from groundcloud.signin.identity.store import IdentityStore
from tests.fakes.fake_clock import FakeClock

POOL = "us-east-1:pool"


@pytest.fixture
def opened(tmp_path):
    stores = []

    def open_again() -> IdentityStore:
        for store in stores:
            store.close()
        stores[:] = [IdentityStore(tmp_path / "identities.sqlite", FakeClock())]
        return stores[0]

    yield open_again
    for store in stores:
        store.close()


def test_identities_are_there_after_a_start(opened):
    store = opened()
    made = store.create(POOL, "us-east-1", "111122223333")
    store.link(made, {"provider": "ann"})
    found = opened().owner(POOL, "provider", "ann")
    assert (found.id, found.account, found.logins) == (made.id, "111122223333", (("provider", "ann"),))


def test_tokens_from_before_a_start_are_verified_after_it(opened):
    token = asyncio.run(OpenIdIssuer(opened()).sign({"sub": "x", "aud": POOL}))
    issuer = OpenIdIssuer(opened())
    key = issuer.find(jwt.get_unverified_header(token)["kid"])
    assert jwt.decode(token, key, algorithms=["RS256"], audience=POOL)["iss"] == ISSUER
    assert issuer.find("another") is None


def test_a_merged_identity_gives_its_logins_and_is_disabled(opened):
    store = opened()
    one, two = (store.create(POOL, "us-east-1", "1") for _ in range(2))
    store.link(one, {"a": "ann"})
    store.merge(one, two)
    assert store.find(one.id).merged_into == two.id
    assert store.find(one.id).logins == ()
    assert store.owner(POOL, "a", "ann").id == two.id
    assert [identity.id for identity in store.page(POOL, "", 9, hide_disabled=True)] == [two.id]


def test_pages_follow_one_another(opened):
    store = opened()
    made = sorted(store.create(POOL, "us-east-1", "1").id for _ in range(5))
    first = store.page(POOL, "", 3, hide_disabled=False)
    rest = store.page(POOL, first[-1].id, 3, hide_disabled=False)
    assert [identity.id for identity in (*first, *rest)] == made
