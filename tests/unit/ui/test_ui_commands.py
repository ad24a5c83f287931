"""A recorded request as curl, AWS CLI and boto3."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import console_traces
from tests.fakes.console_doors import FakeWire
from ui.readers.spans import MASK, Span, span
from ui.readers.types import Scope
from ui.readers.wire import Outgoing
from ui.traces.commands import commands_of, parameters_of
from ui.traces.replay import draft_of

HERE = "http://127.0.0.1:4566"


def recorded(**changes: Any) -> Span:
    return span(console_traces.put_item(**changes))


def texts(step: Span) -> dict[str, str]:
    return {each.name: each.text or each.missing for each in commands_of(step, HERE)}


def outgoing(method: str, url: str, body: str = "", headers: list[tuple[str, str]] | None = None) -> Outgoing:
    return Outgoing(method, "127.0.0.1:4566", url, headers or [], body, "x", Scope("000000000000", "us-east-1"))


def test_a_signed_call_has_all_three_forms() -> None:
    found = texts(recorded())
    assert "--aws-sigv4 aws:amz:us-east-1:dynamodb" in found["curl"]
    assert '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"' in found["curl"]
    assert found["AWS CLI"].startswith('aws dynamodb put-item \\\n  --cli-input-json \'{"TableName": "tasks"')
    assert found["boto3"].startswith("import boto3\n\nboto3.client('dynamodb').put_item(**{'TableName': 'tasks'")


def test_a_call_of_an_api_is_curl_only_and_its_token_a_variable() -> None:
    found = texts(span(console_traces.spans()[-1]))
    assert list(found) == ["curl"]
    assert "http://a1.execute-api.localhost:4566/prod/tasks" in found["curl"]
    assert "-H 'Authorization: Bearer '\"$AUTHORIZATION\" \\\n" in found["curl"]


def test_an_invocation_is_an_invoke() -> None:
    found = texts(span(console_traces.spans()[2]))
    assert "aws lambda invoke --function-name CreateTask" in found["AWS CLI"]
    assert """--payload '{"httpMethod": "POST"}'""" in found["AWS CLI"]
    assert "'FunctionName': 'CreateTask'" in found["boto3"]


def test_an_invocation_without_an_event_has_an_empty_payload() -> None:
    (invocation,) = [each for each in console_traces.spans() if each["kind"] == "invocation"]
    step = span(invocation | {"request": console_traces.sent("", "", {}, "")})
    assert texts(step)["AWS CLI"].endswith("--payload '' /dev/stdout")


@pytest.mark.parametrize("url", ["*", "@evil.example/"], ids=["asterisk", "userinfo"])
def test_what_has_no_path_cannot_be_sent(url: str) -> None:
    assert draft_of(recorded(request=console_traces.sent("OPTIONS", url, {"Host": "x"}, ""))) is None
    with pytest.raises(ValueError, match="begins with /"):
        FakeWire().send(outgoing("OPTIONS", url), "1-0-0")


def test_a_masked_body_is_a_variable_and_is_named_before_a_replay() -> None:
    sent = console_traces.sent("POST", "/", {"Host": "x"}, f'{{"Password": "{MASK}"}}', masked=True)
    step = recorded(request=sent, service="cognito-idp", operation="SignUp")
    draft = draft_of(step)
    assert draft is not None and "The body held a secret" in draft.missing[0]
    assert '"$SECRET"' in texts(step)["curl"]


def test_a_masked_event_may_be_sent_and_says_so() -> None:
    (invocation,) = [each for each in console_traces.spans() if each["kind"] == "invocation"]
    event = console_traces.sent("", "", {}, f'{{"Authorization": "{MASK}"}}', masked=True)
    draft = draft_of(span(invocation | {"request": event}))
    assert draft is not None
    assert draft.missing == []
    assert "are sent as •••" in draft.note


def test_a_presigned_address_loses_its_signature_and_is_signed_anew() -> None:
    url = f"/b/k?versionId=1&X-Amz-Signature={MASK}&X-Amz-Date=2026"
    draft = draft_of(recorded(request=console_traces.sent("GET", url, {"Host": "x"}), service="s3"))
    assert draft is not None
    assert (draft.outgoing.url, draft.outgoing.sign_for, draft.missing) == ("/b/k?versionId=1", "s3", [])


def test_a_step_without_a_request_cannot_be_sent() -> None:
    assert draft_of(span(console_traces.spans()[1])) is None
    assert commands_of(span(console_traces.spans()[1]), HERE) == []


@pytest.mark.parametrize(
    ("call", "sent", "expected"),
    [
        (("s3", "GetObject"), ("GET", "/b/a/b.txt?versionId=7"), {"Bucket": "b", "Key": "a/b.txt", "VersionId": "7"}),
        (("s3", "PutObject"), ("PUT", "/b/k", "text"), {"Bucket": "b", "Key": "k", "Body": b"text"}),
        (("s3", "PutBucketTagging"), ("PUT", "/b?tagging", "<Tagging/>"), None),
        (("lambda", "GetFunction"), ("GET", "/2015-03-31/functions/f"), {"FunctionName": "f"}),
        (
            ("lambda", "CreateAlias"),
            ("POST", "/2015-03-31/functions/f/aliases", '{"Name": "live"}'),
            {"FunctionName": "f", "Name": "live"},
        ),
        (
            ("sns", "Publish"),
            ("POST", "/", "Action=Publish&Version=1&Message=hi&MessageAttributes.entry.1.Name=a"),
            {"Message": "hi", "MessageAttributes": [{"Name": "a"}]},
        ),
        (("nothing", "Known"), ("GET", "/"), None),
        (("dynamodb", "PutItem"), ("POST", "/", "no json"), None),
    ],
    ids=["labels", "payload", "xml", "lambda", "json-and-label", "query", "unknown", "broken"],
)
def test_parameters_are_read_back(
    call: tuple[str, str], sent: tuple[str, ...], expected: dict[str, Any] | None
) -> None:
    assert parameters_of(*call, outgoing(*sent)) == expected
