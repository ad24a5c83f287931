"""The first screen, and what stands there when the cloud is away."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.fakes.console_doors import FakeControl, FakeStacks
from ui.looks import marked, moment, size
from ui.readers.types import Address, Output, Scope, Stack

STACK = Stack(
    "shop",
    "CREATE_COMPLETE",
    "",
    1795248000.0,
    outputs=(Output("Url", "https://d1.cloudfront.net", "Shop", "http://d1.cloudfront.localhost:4566/"),),
    addresses=(Address("Site by CloudFront", "http://d1.cloudfront.localhost:4566/"),),
)


def test_it_shows_what_runs(visitor: FlaskClient) -> None:
    page = visitor.get("/").text
    for text in ("Embedded", "1.5.33", "175 MB", "0.47 s", "http://127.0.0.1:4566"):
        assert text in page


def test_credentials_are_no_part_of_the_page(visitor: FlaskClient) -> None:
    for path in ("/", "/api/overview"):
        assert "SECRET_ACCESS_KEY" not in visitor.get(path).text
    shown = visitor.get("/credentials?account=111122223333&region=eu-west-1").text
    for line in ("AWS_ACCESS_KEY_ID=111122223333", "AWS_SECRET_ACCESS_KEY=test", "AWS_DEFAULT_REGION=eu-west-1"):
        assert f"export {line}" in shown


def test_it_shows_stacks_with_their_addresses(visitor: FlaskClient, stacks: FakeStacks) -> None:
    stacks.stacks.append(STACK)
    page = visitor.get("/").text
    assert "shop" in page
    assert 'href="http://d1.cloudfront.localhost:4566/"' in page
    found = visitor.get("/api/overview").get_json()
    assert found["stacks"][0]["outputs"][0]["local"] == "http://d1.cloudfront.localhost:4566/"
    assert found["status"]["engine_version"] == "1.5.33"


def test_without_stacks_it_says_how_to_deploy(visitor: FlaskClient) -> None:
    assert "make up APP=path/to/template.yaml" in visitor.get("/").text


def test_the_address_chooses_account_and_region(visitor: FlaskClient, stacks: FakeStacks) -> None:
    visitor.get("/?account=111122223333&region=eu-west-1")
    assert stacks.asked == [Scope("111122223333", "eu-west-1")]


def test_a_nonsense_scope_is_refused(visitor: FlaskClient) -> None:
    assert visitor.get("/?account=12").status_code == 400
    assert visitor.get("/api/overview?region=nowhere").status_code == 400


def test_a_refusal_of_cloudformation_leaves_the_rest_standing(visitor: FlaskClient, stacks: FakeStacks) -> None:
    stacks.refusal = "User is not authorized"
    page = visitor.get("/")
    assert page.status_code == 200
    assert "User is not authorized" in page.text


def test_a_cloud_that_is_away_is_a_page_that_says_how_to_start_it(visitor: FlaskClient, control: FakeControl) -> None:
    control.down = True
    for path in ("/", "/mail", "/mail/m1"):
        answer = visitor.get(path)
        assert answer.status_code == 503
        assert "make up" in answer.text
    assert visitor.get("/api/overview").status_code == 503
    assert visitor.get("/api/mail").get_json()["hint"] == "Start the cloud: make up"


def test_a_cloud_that_answers_wrongly_is_no_traceback(visitor: FlaskClient, control: FakeControl) -> None:
    control.broken = True
    answer = visitor.get("/")
    assert answer.status_code == 503
    assert "answered 500" in answer.text


def test_a_cloud_that_goes_away_between_two_reads(visitor: FlaskClient, stacks: FakeStacks) -> None:
    stacks.down = True
    assert visitor.get("/").status_code == 503


def test_filters() -> None:
    assert moment(1795248000.0) == "21 Nov 2026, 08:00:00 UTC"
    assert [size(1), size(2048), size(5 * 1024**3)] == ["1 bytes", "2 KB", "5.0 GB"]
    assert marked("<i>", None) == "&lt;i&gt;"


def test_health_of_a_stack() -> None:
    found = [Stack("s", status, "", 0.0).health for status in ("UPDATE_COMPLETE", "CREATE_IN_PROGRESS")]
    assert found == ["good", "busy"]
    assert {Stack("s", status, "", 0.0).health for status in ("CREATE_FAILED", "UPDATE_ROLLBACK_COMPLETE")} == {"bad"}
