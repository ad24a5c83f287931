"""The screens of requests: list, trace, replay, comparison, with a trace as the control routes tell it."""

from __future__ import annotations

import httpx
import pytest
from flask.testing import FlaskClient

from tests.fakes import console_traces
from tests.fakes.console_doors import FakeControl, FakeWire
from tests.fakes.console_traces import TRACE_ID
from tests.unit.ui.test_ui_guard import token_of

EVIL = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def recorded(control: FakeControl) -> None:
    control.answers |= console_traces.answers()


def post(visitor: FlaskClient, path: str, **form: str) -> str:
    """Post a form; where it leads, "" when it is refused."""
    answer = visitor.post(path, data=form, headers={"X-CSRF-Token": token_of(visitor)})
    return answer.headers.get("Location", "") if answer.status_code == 303 else ""


def record_everything(control: FakeControl) -> None:
    """Any trace that is asked for is there."""

    class Answers(dict):  # type: ignore[type-arg]
        def __contains__(self, key: object) -> bool:
            return super().__contains__(key) or str(key).startswith("GET /traces/1-")

        def __missing__(self, key: str) -> object:
            return console_traces.trace(traceId=key.rpartition("/")[2])

    control.answers = Answers(control.answers)


def test_the_list_shows_what_was_called(visitor: FlaskClient) -> None:
    page = visitor.get("/requests").text
    for text in ("execute-api", "POST /tasks", "a1 → CreateTask", "25 ms", "4 steps"):
        assert text in page
    assert visitor.get("/api/requests").get_json()["traces"][0]["trace_id"] == TRACE_ID


def test_the_filter_is_the_address(visitor: FlaskClient, control: FakeControl) -> None:
    page = visitor.get("/requests?status=error&service=lambda&minMs=100&q=a+b&nonsense=1").text
    asked = control.asked[-1].url.params
    assert dict(asked) == {"status": "error", "service": "lambda", "minMs": "100", "q": "a b", "limit": "50"}
    assert 'value="a b"' in page
    assert '<option value="error" selected>' in page
    assert 'href="/requests?status=error&amp;minMs=100&amp;q=a+b&amp;nonsense=1"' in page  # without the service


def test_older_pages_keep_the_filter(visitor: FlaskClient, control: FakeControl) -> None:
    control.answers["GET /traces"] = {"traces": [console_traces.summary()], "next": "12~x"}
    page = visitor.get("/requests?status=ok").text
    assert 'href="/requests?status=ok&amp;before=12~x"' in page


def test_without_traces_the_page_says_why(visitor: FlaskClient, control: FakeControl) -> None:
    control.answers["GET /traces"] = {"traces": [], "next": None}
    assert "Nothing was called yet" in visitor.get("/requests").text
    assert "No request passes this filter" in visitor.get("/requests?q=x").text
    control.answers["GET /traces"] = lambda _: httpx.Response(404, json={"message": "No traces are kept"})
    assert "No traces are kept" in visitor.get("/requests").text


def test_a_filter_that_the_cloud_refuses_is_refused_here(visitor: FlaskClient, control: FakeControl) -> None:
    control.answers["GET /traces"] = lambda _: httpx.Response(400, json={"message": "minMs is not a number: 'x'"})
    answer = visitor.get("/requests?minMs=x")
    assert answer.status_code == 400
    assert "minMs is not a number" in answer.text
    assert visitor.get("/api/requests?minMs=x").get_json()["message"] == "minMs is not a number: 'x'"


def test_a_trace_shows_steps_payloads_logs_and_the_statement(visitor: FlaskClient) -> None:
    page = visitor.get(f"/requests/{TRACE_ID}?span=dd").text
    assert page.index("POST /tasks") < page.index("authorize") < page.index("Invoke") < page.index("PutItem")
    for text in ("cold 42 ms", "Allowed · dynamodb:PutItem", "&#34;Action&#34;: &#34;dynamodb:PutItem&#34;"):
        assert text in page
    assert "AWS4-HMAC-SHA256 •••" in page
    found = visitor.get(f"/api/requests/{TRACE_ID}").get_json()
    assert [row["depth"] for row in found["rows"]] == [0, 1, 1, 2]


def test_a_denial_shows_the_statement_that_is_missing(visitor: FlaskClient, control: FakeControl) -> None:
    decision = {
        "allowed": False,
        "action": "dynamodb:PutItem",
        "resource": console_traces.ARN,
        "statement": None,
        "missing": console_traces.STATEMENT,
        "reason": "User: r is not authorized to perform: dynamodb:PutItem",
    }
    error = {"code": "AccessDeniedException", "message": "User: r is not authorized"}
    denied = console_traces.put_item(decision=decision, outcome="denied", status=400, error=error, parentId=None)
    control.answers[f"GET /traces/{TRACE_ID}"] = console_traces.trace(spans=[denied])
    page = visitor.get(f"/requests/{TRACE_ID}").text
    for text in ("Denied · dynamodb:PutItem", "The statement that is missing", "AccessDeniedException"):
        assert text in page


def test_what_a_trace_says_is_never_markup(visitor: FlaskClient, control: FakeControl) -> None:
    names = ("service", "operation", "resource", "caller", "function", "requestId")
    wild = console_traces.span("aa", None, 0, 1, **dict.fromkeys(names, EVIL), error={"code": EVIL, "message": EVIL})
    wild["request"] = console_traces.sent("POST", f"/{EVIL}", {EVIL: EVIL}, EVIL)
    wild["response"] = console_traces.answer(200, f'{{"a": "{EVIL}"}}')
    control.answers[f"GET /traces/{TRACE_ID}"] = console_traces.trace(spans=[wild])
    listed = console_traces.summary(service=EVIL, operation=EVIL, resource=EVIL, functions=[EVIL])
    control.answers["GET /traces"] = {"traces": [listed], "next": EVIL}
    trace = f"/requests/{TRACE_ID}"
    for path in (f"/requests?q={EVIL}&service={EVIL}", trace, f"{trace}/edit", f"{trace}/commands?span=aa"):
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
    assert visitor.get(f"{trace}/payload?span=aa&side=request").content_type.startswith("text/plain")


def test_a_large_body_is_shortened_with_a_link_to_all_of_it(visitor: FlaskClient, control: FakeControl) -> None:
    body = "x" * 9000 + "END"
    large = console_traces.put_item(request=console_traces.sent("POST", "/", {}, body), parentId=None)
    control.answers[f"GET /traces/{TRACE_ID}"] = console_traces.trace(spans=[large])
    page = visitor.get(f"/requests/{TRACE_ID}").text
    assert "END" not in page
    assert "All 9 KB" in page
    assert visitor.get(f"/requests/{TRACE_ID}/payload?span=dd&side=request").text == body
    assert visitor.get(f"/requests/{TRACE_ID}/payload?span=none").status_code == 404


def test_an_unknown_trace_is_a_page_that_says_so(visitor: FlaskClient) -> None:
    for path in ("/requests/1-nope", "/api/requests/1-nope", "/compare?a=&b=", "/requests/1-nope/edit"):
        assert visitor.get(path).status_code == 404


def test_a_signed_call_is_signed_anew_and_sent_as_a_trace_of_its_own(
    visitor: FlaskClient, control: FakeControl, wire: FakeWire
) -> None:
    record_everything(control)
    location = post(visitor, f"/requests/{TRACE_ID}/replay", span="dd")
    (sent,) = wire.requests
    assert (sent.method, str(sent.url)) == ("POST", "http://127.0.0.1:4566/")
    assert sent.headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=test/")
    assert "/us-east-1/dynamodb/aws4_request" in sent.headers["Authorization"]
    assert sent.headers["X-Amz-Target"] == "DynamoDB_20120810.PutItem"
    assert b"<b>Buy</b>" in sent.content
    trace_id = sent.headers["X-Amzn-Trace-Id"].removeprefix("Root=")
    assert location == f"/requests/{trace_id}?was={TRACE_ID}"
    assert "Compare the two" in visitor.get(location).text


def test_an_invocation_is_sent_again_with_its_event(visitor: FlaskClient, control: FakeControl, wire: FakeWire) -> None:
    record_everything(control)
    assert post(visitor, f"/requests/{TRACE_ID}/replay", span="cc")
    (sent,) = wire.requests
    assert sent.url.path == "/2015-03-31/functions/CreateTask/invocations"
    assert sent.content == b'{"httpMethod": "POST"}'
    assert "/us-east-1/lambda/aws4_request" in sent.headers["Authorization"]


def test_what_held_a_secret_is_completed_before_it_is_sent(visitor: FlaskClient, wire: FakeWire) -> None:
    location = post(visitor, f"/requests/{TRACE_ID}/replay", span="aa")
    assert location == f"/requests/{TRACE_ID}/edit?span=aa"
    assert not wire.requests
    assert "The header Authorization held a secret" in visitor.get(location).text


def test_an_edited_request_is_sent_as_it_was_written(
    visitor: FlaskClient, control: FakeControl, wire: FakeWire
) -> None:
    record_everything(control)
    assert post(
        visitor,
        f"/requests/{TRACE_ID}/send",
        span="aa",
        method="put",
        host="a1.execute-api.localhost:4566",
        url="/prod/tasks?x=1",
        headers="Authorization: Bearer mine\r\nX-Empty:\r\n",
        body='{"title": "Other"}',
        sign_for="",
    )
    (sent,) = wire.requests
    assert (sent.method, sent.url.raw_path) == ("PUT", b"/prod/tasks?x=1")
    assert sent.url.host == "127.0.0.1"  # whatever Host it names, it goes to this cloud
    assert sent.headers["Host"] == "a1.execute-api.localhost:4566"
    assert sent.headers["Authorization"] == "Bearer mine"
    assert "X-Empty" not in sent.headers
    assert sent.content == b'{"title": "Other"}'


@pytest.mark.parametrize(
    "wrong",
    [{"url": "http://evil.example/"}, {"method": "GET /x"}, {"headers": "no colon"}],
    ids=["url", "method", "headers"],
)
def test_an_edited_request_that_cannot_be_sent_is_refused(
    visitor: FlaskClient, wire: FakeWire, wrong: dict[str, str]
) -> None:
    form = {"span": "aa", "method": "GET", "host": "x", "url": "/", "headers": "", "body": "", "sign_for": ""} | wrong
    answer = visitor.post(f"/requests/{TRACE_ID}/send", data=form, headers={"X-CSRF-Token": token_of(visitor)})
    assert answer.status_code == 400
    assert not wire.requests


def test_two_runs_side_by_side(visitor: FlaskClient, control: FakeControl) -> None:
    other = console_traces.trace(traceId="1-other")
    other["spans"] = [one for one in other["spans"] if one["spanId"] != "dd"]
    other["spans"][-1] = other["spans"][-1] | {"request": console_traces.sent("POST", "/", {}, '{"title": "Buy tea"}')}
    control.answers["GET /traces/1-other"] = other
    page = visitor.get(f"/compare?a={TRACE_ID}&b=1-other").text
    assert "not there" in page
    assert "+  &#34;title&#34;: &#34;Buy tea&#34;" in page
    assert "The same." in page  # the responses


def test_a_run_of_an_inner_step_is_compared_with_that_step(visitor: FlaskClient, control: FakeControl) -> None:
    """A replayed invocation: its event is compared with the event, not with the request that caused the first."""
    inner = [one | {"parentId": None} for one in console_traces.spans() if one["spanId"] == "cc"]
    control.answers["GET /traces/1-inner"] = console_traces.trace(traceId="1-inner", spans=inner)
    found = visitor.get(f"/api/compare?a={TRACE_ID}&b=1-inner").get_json()
    assert (found["requests"], found["responses"]) == ([], [])


def test_a_log_line_leads_to_its_trace(visitor: FlaskClient, control: FakeControl) -> None:
    assert visitor.get("/requests/of/6e0e7bbd").headers["Location"] == f"/requests/{TRACE_ID}#logs"
    assert control.asked[-1].url.params["q"] == "6e0e7bbd"
    control.answers["GET /traces"] = {"traces": [], "next": None}
    assert visitor.get("/requests/of/6e0e7bbd").status_code == 404


def test_events_are_handed_on_and_only_so_many_at_once(visitor: FlaskClient, control: FakeControl) -> None:
    event = b"event: trace\ndata: {}\n\n"
    control.answers["GET /traces/stream"] = lambda _: httpx.Response(200, content=event)
    answers = [visitor.get("/requests/stream", buffered=False) for _ in range(9)]
    assert [each.status_code for each in answers] == [200] * 8 + [503]
    assert answers[0].data == b": open\n\n" + event
    for each in answers:
        each.close()
    again = visitor.get("/requests/stream")
    assert again.status_code == 200
    again.close()


def test_an_edited_body_leaves_the_checksums_of_the_old_one_behind(
    visitor: FlaskClient, control: FakeControl, wire: FakeWire
) -> None:
    record_everything(control)
    headers = "Content-Type: text/plain\nx-amz-checksum-crc32: AAAA\nContent-MD5: BBBB"
    form = {"span": "dd", "method": "PUT", "host": "x", "url": "/b/k", "headers": headers, "sign_for": "s3"}
    assert post(visitor, f"/requests/{TRACE_ID}/send", body="another", **form)
    sent = wire.requests[-1].headers
    assert "content-type" in sent and "content-md5" not in sent and "x-amz-checksum-crc32" not in sent


def test_the_form_of_a_call_whose_token_is_gone_offers_to_send_it_as_a_user(
    visitor: FlaskClient, control: FakeControl
) -> None:
    call = console_traces.spans()[-1] | {"resource": "a1/prod"}
    control.answers[f"GET /traces/{TRACE_ID}"] = console_traces.trace(spans=[call])
    page = visitor.get(f"/requests/{TRACE_ID}/edit").text
    assert 'href="/apis/a1/route?route=POST+/tasks&amp;stage=prod' in page and "Send as a user" in page
