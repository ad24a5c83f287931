"""The screen Parameters: secret values are no part of a page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.fakes.console_doors import FakeAws
from tests.fakes.refusals import refusal

NOW = datetime(2026, 11, 21, tzinfo=UTC)
Send = Callable[..., TestResponse]
EVIL = "<script>alert(1)</script>"


class FakeSsm:
    """Parameters by name: their type and their values, oldest first."""

    def __init__(self) -> None:
        self.parameters = {"/shop/currency": ("String", ["USD", "EUR"]), "/shop/key": ("SecureString", ["hunter2"])}
        self.filters: list[Any] = []

    def _told(self, name: str) -> dict[str, Any]:
        kind, values = self.parameters[name]
        return {"Name": name, "Type": kind, "Version": len(values), "LastModifiedDate": NOW}

    def describe_parameters(self, MaxResults: int, ParameterFilters: Any = None) -> dict[str, Any]:
        self.filters.append(ParameterFilters)
        return {"Parameters": [self._told(name) for name in self.parameters]}

    def get_parameters(self, Names: list[str]) -> dict[str, Any]:
        return {"Parameters": [{"Name": name, "Value": self.parameters[name][1][-1]} for name in Names]}

    def get_parameter_history(self, Name: str, **_asked: Any) -> dict[str, Any]:
        if Name not in self.parameters:
            raise refusal("ParameterNotFound", "Parameter not found.")
        values = self.parameters[Name][1]
        told = [self._told(Name) | {"Version": number + 1, "Value": each} for number, each in enumerate(values)]
        return {"Parameters": told}

    def get_parameter(self, Name: str, WithDecryption: bool) -> dict[str, Any]:
        assert WithDecryption
        return {"Parameter": {"Value": self.parameters[Name][1][-1]}}

    def put_parameter(self, Name: str, Type: str, Value: str, Overwrite: bool) -> None:
        if Name in self.parameters and not Overwrite:
            raise refusal("ParameterAlreadyExists", "The parameter already exists.")
        self.parameters[Name] = (Type, [*self.parameters.get(Name, (Type, []))[1], Value])

    def delete_parameter(self, Name: str) -> None:
        del self.parameters[Name]


class FakeSecrets:
    """One secret; `calls` are the writes that were asked for."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.told: dict[str, Any] = {
            "Name": "shop/db",
            "ARN": "arn:secret",
            "LastChangedDate": NOW,
            "Description": EVIL,
        }

    def list_secrets(self, **_asked: Any) -> dict[str, Any]:
        return {"SecretList": [self.told], "NextToken": "more"}

    def describe_secret(self, SecretId: str) -> dict[str, Any]:
        return self.told | {"VersionIdsToStages": {"v2": ["AWSCURRENT"], "v1": ["AWSPREVIOUS"]}}

    def get_secret_value(self, SecretId: str, VersionStage: str) -> dict[str, Any]:
        return {"SecretString": f"pass{EVIL}"} if VersionStage == "AWSCURRENT" else {"SecretBinary": b"abc"}

    def __getattr__(self, name: str) -> Any:
        return lambda **asked: self.calls.append((name, asked))


@pytest.fixture
def ssm(door: FakeAws) -> FakeSsm:
    client = FakeSsm()
    door.clients["ssm"] = client
    return client


@pytest.fixture
def manager(door: FakeAws) -> FakeSecrets:
    client = FakeSecrets()
    door.clients["secretsmanager"] = client
    return client


def test_plain_values_are_shown_and_secure_ones_are_not(visitor: FlaskClient, ssm: FakeSsm) -> None:
    page = visitor.get("/parameters?part=shop").text
    assert "EUR" in page and "hunter2" not in page and "Reveal" in page
    assert "hunter2" not in visitor.get("/api/parameters").text
    assert ssm.filters[0] == [{"Key": "Name", "Option": "Contains", "Values": ["shop"]}]
    assert "hunter2" in visitor.get("/parameters/one/value?name=/shop/key").text


def test_the_versions_of_a_parameter(visitor: FlaskClient, ssm: FakeSsm) -> None:
    found = visitor.get("/api/parameters/one?name=/shop/currency").get_json()
    assert [(each["version"], each["value"]) for each in found["versions"]] == [(2, "EUR"), (1, "USD")]
    assert "hunter2" not in visitor.get("/parameters/one?name=/shop/key").text
    assert visitor.get("/parameters/one?name=/other").status_code == 404
    assert visitor.get("/parameters/one").status_code == 400


def test_a_parameter_is_written_and_deleted(send: Send, visitor: FlaskClient, ssm: FakeSsm) -> None:
    assert send("/parameters/put", name="/a", type="SecureString", value=EVIL, new="1").status_code == 303
    taken = send("/parameters/put", name="/a", type="String", value="x", new="1")
    assert taken.status_code == 400 and "The parameter already exists." in taken.text
    assert send("/parameters/put", name="/a", type="String", value=EVIL).status_code == 303
    assert EVIL not in visitor.get("/parameters").text and EVIL not in visitor.get("/parameters/one?name=/a").text
    assert send("/parameters/delete", name="/a").status_code == 303 and "/a" not in ssm.parameters


def test_no_parameters_say_how_to_make_one(visitor: FlaskClient, ssm: FakeSsm) -> None:
    ssm.parameters.clear()
    assert "aws ssm put-parameter" in visitor.get("/parameters").text


def test_a_secret_is_revealed_when_asked_for(visitor: FlaskClient, manager: FakeSecrets) -> None:
    for path in ("/secrets", "/api/secrets", "/secrets/one?name=shop/db", "/api/secrets/one?name=shop/db"):
        shown = visitor.get(path).text
        assert "pass<" not in shown and "pass&lt;" not in shown
    assert EVIL not in visitor.get("/secrets").text and "after=more" in visitor.get("/secrets").text
    value = visitor.get("/secrets/one/value?name=shop/db").text
    assert "pass&lt;script&gt;" in value and EVIL not in value
    assert "3 bytes, binary" in visitor.get("/secrets/one/value?name=shop/db&stage=AWSPREVIOUS").text


def test_a_secret_is_made_changed_deleted_and_restored(send: Send, visitor: FlaskClient, manager: FakeSecrets) -> None:
    for path in ("create", "put"):
        assert send(f"/secrets/{path}", name="shop/db", value="v").status_code == 303
    send("/secrets/delete", name="shop/db")
    manager.told["DeletedDate"] = NOW
    assert "Restore" in visitor.get("/secrets/one?name=shop/db").text
    send("/secrets/restore", name="shop/db")
    assert manager.calls == [
        ("create_secret", {"Name": "shop/db", "SecretString": "v"}),
        ("put_secret_value", {"SecretId": "shop/db", "SecretString": "v"}),
        ("delete_secret", {"SecretId": "shop/db"}),
        ("restore_secret", {"SecretId": "shop/db"}),
    ]
