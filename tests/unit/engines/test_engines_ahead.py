"""What a reset of the engine would import."""

from __future__ import annotations

from groundcloud.engines.embedded.ahead import not_imported_yet


def test_a_cloud_that_was_not_used_needs_nothing() -> None:
    assert not_imported_yet({"ministack.app", "ministack.services.sqs"}) == []


def test_what_is_loaded_needs_its_libraries_until_they_are_there() -> None:
    loaded = {"ministack.services.appsync", "ministack.core.appsync_js"}
    assert not_imported_yet(loaded) == ["ministack.core.appsync_graphql"]
    assert not_imported_yet(loaded | {"ministack.core.appsync_graphql"}) == []
