"""What follows from the list of screens: navigation, keys, JSON routes and their description."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import jsonschema
import pytest
from flask import Flask
from flask.testing import FlaskClient

from groundcloud.settings import Settings
from tests.fakes.console_doors import FakeAws, FakeControl, FakeStacks
from tests.fakes.fake_dynamodb import FakeDynamoDb
from tests.fakes.fake_s3 import FakeS3
from tests.support.docs import text_of
from tests.support.tree import ROOT
from ui import create_app, openapi
from ui.schema import Schemas
from ui.screens import Page, Screen
from ui.views import SCREENS

FIRST_PAGES = [screen.pages[0] for screen in SCREENS]


def test_ids_names_and_keys_are_their_own() -> None:
    for values in ([each.id for each in SCREENS], [each.name for each in SCREENS], [each.key for each in SCREENS]):
        assert len(set(values)) == len(values)
    assert all(re.fullmatch("[a-z]", each.key) for each in SCREENS)


def test_every_icon_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', (ROOT / "ui/static/icons.svg").read_text()))
    assert {each.icon for each in SCREENS} <= drawn


def test_the_navigation_names_every_screen_with_its_key(visitor: FlaskClient) -> None:
    page = visitor.get("/mail").text
    for screen in SCREENS:
        assert f'data-go="{screen.key}"' in page
        assert f"<span>{screen.name}</span>" in page


def test_links_keep_account_and_region(visitor: FlaskClient) -> None:
    page = visitor.get("/mail?account=111122223333&region=eu-west-1").text
    assert 'href="/iam?account=111122223333&amp;region=eu-west-1" data-go="i"' in page
    assert '<input type="hidden" name="account" value="111122223333">' in page


@pytest.mark.parametrize("page", FIRST_PAGES, ids=lambda page: page.endpoint)
def test_what_a_json_route_answers_is_as_described(page: Page, visitor: FlaskClient, door: FakeAws) -> None:
    door.clients |= {"dynamodb": FakeDynamoDb(), "s3": FakeS3()}
    described = visitor.get("/api/openapi.json").get_json()
    operation = described["paths"][page.data_path]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    answer = visitor.get(page.data_path).get_json()
    jsonschema.validate(answer, {**schema, "components": described["components"]})
    assert operation["summary"]


def test_the_description_is_sound() -> None:
    described = openapi.document(SCREENS)
    for schema in described["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    operations = [operation for methods in described["paths"].values() for operation in methods.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(set(ids)) == len(ids)
    for operation in operations:
        names = [(each["name"], each["in"]) for each in operation["parameters"]]
        assert len(set(names)) == len(names), operation["operationId"]


def test_every_route_below_api_is_described() -> None:
    app: Flask = create_app(Settings(), control=FakeControl(), stacks=FakeStacks())
    routes = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")}
    templates = {re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule) for rule in routes}
    assert templates - {"/api/openapi.json"} <= set(openapi.document(SCREENS)["paths"])


def test_every_write_is_described() -> None:
    app: Flask = create_app(Settings(), control=FakeControl(), stacks=FakeStacks())
    writes = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert writes == {action.endpoint for screen in SCREENS for action in screen.actions}


def test_a_schema_of_nested_values() -> None:
    @dataclass(frozen=True)
    class Leaf:
        name: str | None

    schemas = Schemas()
    assert schemas.of(dict[str, tuple[Leaf, ...]]) == {
        "type": "object",
        "additionalProperties": {"type": "array", "items": {"$ref": "#/components/schemas/Leaf"}},
    }
    assert schemas.found["Leaf"]["properties"]["name"] == {"anyOf": [{"type": "string"}, {"type": "null"}]}
    with pytest.raises(TypeError, match="no JSON schema"):
        schemas.of(set[str])


def test_a_page_and_its_json_come_from_one_function() -> None:
    screen = Screen("probe", "Probe", icon="grid", key="x", summary="")

    @dataclass(frozen=True)
    class Probe:
        number: int

    @screen.page("/probe/<int:number>", "refused.html")
    def one(number: int) -> Probe:
        return Probe(number)

    app = Flask(__name__)
    app.register_blueprint(screen.blueprint)
    assert app.test_client().get("/api/probe/7").get_json() == {"number": 7}
    assert screen.home == "probe.one"


def test_the_architecture_page_lists_every_page_and_its_json() -> None:
    listed = set(
        re.findall(r"^\| `(/[^`]*)` \| `(/api/[^`]*)` \|", text_of(Path("docs/architecture.md")), re.MULTILINE)
    )
    assert listed == {(page.path, page.data_path) for screen in SCREENS for page in screen.pages}
