"""Addresses in the cloud under test, and what a stack in it has."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundcloud.errors import UserError
from groundcloud.testing.cloud import Cloud
from groundcloud.testing.deployed import Named
from tests.support.processes import Child, clean_environ, poll


def test_the_default_stage_of_an_http_api_has_no_name_in_its_addresses() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-stages.html"""
    cloud = Cloud("http://127.0.0.1:4566")
    try:
        assert cloud.api_url("abc", "$default", "/orders") == "http://abc.execute-api.localhost:4566/orders"
        assert cloud.api_url("abc", "prod", "/orders") == "http://abc.execute-api.localhost:4566/prod/orders"
    finally:
        cloud.close()


def test_what_a_stack_does_not_have_is_said_with_what_it_has() -> None:
    outputs = Named({"TableName": "t", "ApiUrl": "u"}, "The stack book has no output")
    assert outputs["ApiUrl"] == "u"
    assert outputs.get("Nope") is None
    with pytest.raises(UserError, match="The stack book has no output Nope") as caught:
        outputs["Nope"]
    assert caught.value.hint == "There are: ApiUrl, TableName"


def test_the_log_of_a_test_begins_where_the_last_one_ended(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("first\n")
    child = Child(["-c", ""], environ=clean_environ(), log=log)
    poll(lambda: not child.running, timeout=60, what="the end of a child that does nothing")
    seen = child.log_size()
    with log.open("a") as more:
        more.write("second\nthird\n")
    assert child.log_tail(since=seen) == "second\nthird"
    assert child.log_tail(1) == "third"
    assert child.log_tail() == "first\nsecond\nthird"
