"""The first screen, and what stands there when the cloud is away."""

from __future__ import annotations

from types import SimpleNamespace

import httpx
from flask.testing import FlaskClient

from groundcloud.settings import Settings
from tests.fakes import console_traces
from tests.fakes.console_doors import FakeAws, FakeControl, FakeStacks, LocalVisitor
from ui import create_app
from ui.looks import duration, marked, moment, short_arn, size
from ui.readers.types import Address, Output, Resource, Scope, Stack
from ui.views.overview import counts_of

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
    assert [duration(each) for each in (0.42, 12.3, 1234, 61_000)] == ["0.4 ms", "12 ms", "1.23 s", "61.0 s"]
    assert [short_arn(each) for each in ("arn:aws:sqs:r:1:q", "orders")] == ["q", "orders"]


def test_health_of_a_stack() -> None:
    found = [Stack("s", status, "", 0.0).health for status in ("UPDATE_COMPLETE", "CREATE_IN_PROGRESS")]
    assert found == ["good", "busy"]
    assert {Stack("s", status, "", 0.0).health for status in ("CREATE_FAILED", "UPDATE_ROLLBACK_COMPLETE")} == {"bad"}


def failed(control: FakeControl, count: int) -> None:
    """So many traces failed in the last hour, and none was denied."""

    def answer(request: httpx.Request) -> httpx.Response:
        many = {"error": count, "denied": 0}.get(request.url.params.get("status", ""), 3)
        return httpx.Response(200, json={"traces": [console_traces.summary()] * many, "next": None})

    control.answers["GET /traces"] = answer


def test_failures_of_the_last_hour_open_the_list_of_them(visitor: FlaskClient, control: FakeControl) -> None:
    failed(control, 2)
    page = visitor.get("/").text
    since = visitor.get("/api/overview").get_json()["lately"]["since"]
    assert "<strong>2</strong> failed in the last hour" in page
    assert 'class="badge quiet"' in page and "<strong>0</strong> denied" in page
    assert f'href="/requests?status=error&amp;since={str(since)[:7]}' in page
    failed(control, 100)
    assert "<strong>100+</strong> failed" in visitor.get("/").text


def test_the_latency_of_the_last_requests_is_a_line(visitor: FlaskClient, control: FakeControl) -> None:
    failed(control, 0)
    page = visitor.get("/").text
    assert 'aria-label="Latency of the last 3 requests"' in page
    assert "25 ms" in page
    assert "style=" not in page  # the policy forbids it


def test_without_traces_there_are_no_badges(visitor: FlaskClient) -> None:
    assert visitor.get("/api/overview").get_json()["lately"]["off"] is True
    assert "failed in the last hour" not in visitor.get("/").text


def test_what_is_deployed_is_counted() -> None:
    kinds = ("AWS::Lambda::Function", "AWS::Lambda::Function", "AWS::DynamoDB::Table", "AWS::IAM::Role")
    resources = tuple(Resource(str(n), kind, "", "") for n, kind in enumerate(kinds))
    assert counts_of([Stack("s", "CREATE_COMPLETE", "", 0.0, resources=resources)]) == [("functions", 2), ("tables", 1)]


def test_on_real_aws_it_shows_as_whom_it_reads(stacks: FakeStacks, control: FakeControl, door: FakeAws) -> None:
    """Nothing of ours runs there: no control route is asked."""
    door.clients["sts"] = SimpleNamespace(get_caller_identity=lambda: {"Arn": "arn:aws:iam::111122223333:user/ann"})
    app = create_app(Settings(profile="aws"), control=control, stacks=stacks, aws=door)
    app.test_client_class = LocalVisitor
    page = app.test_client().get("/").text
    assert "REAL AWS" in page and "arn:aws:iam::111122223333:user/ann" in page
    assert "AWS_SECRET_ACCESS_KEY" not in page and "Credentials" not in page
    assert control.asked == []
