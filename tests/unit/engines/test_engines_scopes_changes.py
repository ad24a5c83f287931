"""Which scopes were used, and how often what changed."""

from __future__ import annotations

import json

import pytest

from groundcloud.engines.changes import ChangeCounter
from groundcloud.engines.scopes import ScopeRegistry
from groundcloud.ports import Scope

DEFAULT = Scope("000000000000", "us-east-1")
OTHER = Scope("123456789012", "eu-west-1")


def test_a_generation_grows_with_its_service_and_with_everything():
    changes = ChangeCounter()
    readings = [changes.generation("lambda")]
    for service in ("lambda", "", "apigateway", "lambda"):
        changes.bump(service)
        readings.append(changes.generation("lambda"))
    assert readings == [0, 1, 2, 2, 3]


def test_a_generation_of_an_account_grows_with_what_may_concern_it():
    changes = ChangeCounter()
    readings = [(changes.generation("lambda", "1"), changes.generation("lambda"))]
    for service, account in (("lambda", "1"), ("lambda", "2"), ("", "1"), ("", "2"), ("lambda", ""), ("", "")):
        changes.bump(service, account)
        readings.append((changes.generation("lambda", "1"), changes.generation("lambda")))
    assert readings == [(0, 0), (1, 1), (1, 2), (2, 3), (2, 4), (3, 5), (4, 6)]
    assert changes.generation("sqs", "1") == 2


def test_reading_changes_nothing():
    changes = ChangeCounter()
    assert changes.generation("never") == changes.generation("never") == 0


def test_the_default_scope_comes_first():
    scopes = ScopeRegistry(DEFAULT)
    scopes.note(OTHER)
    scopes.note(OTHER)
    scopes.note(DEFAULT)
    assert scopes.known() == [DEFAULT, OTHER]


def test_what_was_just_used_is_looked_for_in_the_newest_scope_first():
    scopes = ScopeRegistry(DEFAULT)
    assert scopes.likeliest() == [DEFAULT]
    newest = Scope("210987654321", "us-east-1")
    for scope in (OTHER, newest, OTHER):
        scopes.note(scope)
    assert scopes.likeliest() == [DEFAULT, newest, OTHER]


def test_the_list_is_the_callers_own():
    scopes = ScopeRegistry(DEFAULT)
    scopes.known().clear()
    assert scopes.known() == [DEFAULT]


def test_scopes_survive_a_restart_behind_the_default_of_today(tmp_path):
    file = tmp_path / "state" / "scopes.json"
    first = ScopeRegistry(DEFAULT, file)
    assert not file.exists()
    first.note(OTHER)
    assert ScopeRegistry(DEFAULT, file).known() == [DEFAULT, OTHER]
    assert ScopeRegistry(OTHER, file).known() == [OTHER, DEFAULT]


def test_a_known_scope_is_not_written_again(tmp_path):
    file = tmp_path / "scopes.json"
    scopes = ScopeRegistry(DEFAULT, file)
    scopes.note(OTHER)
    file.unlink()
    scopes.note(OTHER)
    assert not file.exists()


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", '{"a": 1}', '[["1"]]', "null"])
def test_a_damaged_file_is_no_reason_not_to_start(tmp_path, text):
    file = tmp_path / "scopes.json"
    file.write_text(text)
    scopes = ScopeRegistry(DEFAULT, file)
    assert scopes.known() == [DEFAULT]
    scopes.note(OTHER)
    assert len(json.loads(file.read_text())) == 2
