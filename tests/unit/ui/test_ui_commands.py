"""A recorded request as curl, AWS CLI and boto3."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes import console_traces
from tests.fakes.console_doors import FakeWire
from ui.readers.spans import MASK, Span, span
from ui.readers.types import Scope
from ui.readers.wire import Outgoing
from ui.traces.commands import commands_of
from ui.traces.parameters import parameters_of
from ui.traces.replay import draft_of

HERE = "http://127.0.0.1:4566"
S3 = "http://s3.amazonaws.com/doc/2006-03-01/"
INVALIDATION = (
    '<InvalidationBatch xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Paths><Quantity>1</Quantity>'
    "<Items><Path>/a</Path></Items></Paths><CallerReference>c</CallerReference></InvalidationBatch>"
)
VALUE = "MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=b"


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
    there = f"--endpoint-url {HERE} --region us-east-1"
    assert found["AWS CLI"].startswith(f'aws dynamodb put-item \\\n  {there} \\\n  --cli-input-json \'{{"TableName"')
    client = f"client = boto3.client('dynamodb', endpoint_url='{HERE}', region_name='us-east-1')"
    assert found["boto3"].startswith(f"import boto3\n\n{client}\nprint(client.put_item(**{{'TableName': 'tasks'")


def test_a_call_of_an_api_is_curl_only_and_its_token_a_variable() -> None:
    found = texts(span(console_traces.spans()[-1]))
    assert list(found) == ["curl"]
    assert "http://a1.execute-api.localhost:4566/prod/tasks" in found["curl"]
    assert "-H 'Authorization: Bearer '\"${AUTHORIZATION:?is not set: it was a secret}\"" in found["curl"]


def test_an_invocation_is_an_invoke() -> None:
    found = texts(span(console_traces.spans()[2]))
    assert found["AWS CLI"].startswith("""printf %s '{"httpMethod": "POST"}' | \\\naws lambda invoke \\\n""")
    assert found["AWS CLI"].endswith("--function-name CreateTask \\\n  --payload fileb:///dev/stdin \\\n  /dev/stdout")
    assert "'FunctionName': 'CreateTask'" in found["boto3"]


def test_an_invocation_without_an_event_has_an_empty_payload() -> None:
    (invocation,) = [each for each in console_traces.spans() if each["kind"] == "invocation"]
    step = span(invocation | {"request": console_traces.sent("", "", {}, "")})
    assert "--payload" not in texts(step)["AWS CLI"]


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
    found = texts(step)
    assert '"${SECRET:?is not set: it was a secret}"' in found["curl"]
    assert '"${SECRET:?is not set: it was a secret}"' in found["AWS CLI"]
    assert found["boto3"].startswith("import os\n\nimport boto3") and 'os.environ["SECRET"]' in found["boto3"]


def test_a_masked_idempotency_token_is_left_to_the_sender() -> None:
    body = f'{{"Name": "a", "ClientRequestToken": "{MASK}"}}'
    sent = console_traces.sent("POST", "/", {"Host": "x"}, body, masked=True)
    found = texts(recorded(request=sent, service="secretsmanager", operation="CreateSecret"))
    assert "ClientRequestToken" not in found["AWS CLI"] + found["boto3"]


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


def test_a_call_of_cloudfronts_api_is_signed_for_cloudfront_and_a_visit_of_a_site_for_nothing() -> None:
    signed = {"Host": "x", "X-Amz-Date": "20261121T000000Z"}
    sent = console_traces.sent("POST", "/2020-05-31/distribution/E1/invalidation", signed, INVALIDATION)
    call = draft_of(recorded(request=sent, service="cloudfront", operation="CreateInvalidation"))
    assert call is not None and call.outgoing.sign_for == "cloudfront"
    visit = recorded(request=console_traces.sent("GET", "/", {"Host": "x"}), service="cloudfront", operation="GET /")
    assert list(texts(visit)) == ["curl"] and "--aws-sigv4" not in texts(visit)["curl"]


def test_curl_asks_for_a_head_and_signs_the_query_in_order() -> None:
    """`curl -X HEAD` waits for a body that never comes; curl before 8.3 signs the query as it stands."""
    signed = {"Host": "x", "X-Amz-Date": "20261121T000000Z"}
    head = recorded(request=console_traces.sent("HEAD", "/b", signed), service="s3", operation="HeadBucket")
    assert texts(head)["curl"].startswith(f"curl --head {HERE}/b \\\n")
    sent = console_traces.sent("GET", "/b?list-type=2&encoding-type=url&versions", signed)
    listed = recorded(request=sent, service="s3", operation="ListObjectsV2")
    assert f"'{HERE}/b?encoding-type=url&list-type=2&versions='" in texts(listed)["curl"]


def test_a_body_that_the_cli_takes_from_a_file_only_is_written_first() -> None:
    sent = console_traces.sent("PUT", "/b/k", {"Host": "x", "X-Amz-Date": "20261121T000000Z"}, "it's")
    found = texts(recorded(request=sent, service="s3", operation="PutObject"))["AWS CLI"]
    assert found.startswith("""printf %s 'it'"'"'s' > body.bin && \\\naws s3api put-object""")
    assert found.endswith("--body body.bin")


@pytest.mark.parametrize(
    ("call", "sent", "expected"),
    [
        (("s3", "GetObject"), ("GET", "/b/a/b.txt?versionId=7"), {"Bucket": "b", "Key": "a/b.txt", "VersionId": "7"}),
        (("s3", "PutObject"), ("PUT", "/b/k", "text"), {"Bucket": "b", "Key": "k", "Body": b"text"}),
        (
            ("s3", "PutBucketTagging"),
            ("PUT", "/b?tagging", "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>"),
            {"Bucket": "b", "Tagging": {"TagSet": [{"Key": "a", "Value": "1"}]}},
        ),
        (
            ("s3", "DeleteObjects"),
            ("POST", "/b?delete", f'<Delete xmlns="{S3}"><Object><Key>a</Key></Object><Quiet>true</Quiet></Delete>'),
            {"Bucket": "b", "Delete": {"Objects": [{"Key": "a"}], "Quiet": True}},
        ),
        (
            ("cloudfront", "CreateInvalidation"),
            ("POST", "/2020-05-31/distribution/E1/invalidation", INVALIDATION),
            {
                "DistributionId": "E1",
                "InvalidationBatch": {"Paths": {"Quantity": 1, "Items": ["/a"]}, "CallerReference": "c"},
            },
        ),
        (("s3", "PutBucketTagging"), ("PUT", "/b?tagging", "<Tagging"), None),
        (("lambda", "GetFunction"), ("GET", "/2015-03-31/functions/f"), {"FunctionName": "f"}),
        (
            ("lambda", "CreateAlias"),
            ("POST", "/2015-03-31/functions/f/aliases", '{"Name": "live"}'),
            {"FunctionName": "f", "Name": "live"},
        ),
        (
            ("sns", "Publish"),
            ("POST", "/", f"Action=Publish&Version=1&Message=hi&MessageAttributes.entry.1.Name=a&{VALUE}"),
            {"Message": "hi", "MessageAttributes": {"a": {"DataType": "String", "StringValue": "b"}}},
        ),
        (
            ("ses", "SendEmail"),
            ("POST", "/", "Action=SendEmail&Source=a&Destination.ToAddresses.member.1=b&Message.Body.Text.Data=hi"),
            {"Source": "a", "Destination": {"ToAddresses": ["b"]}, "Message": {"Body": {"Text": {"Data": "hi"}}}},
        ),
        (
            ("ec2", "DescribeInstances"),
            ("POST", "/", "Action=DescribeInstances&InstanceId.1=i-1&Filter.1.Name=n&Filter.1.Value.1=v&MaxResults=5"),
            {"InstanceIds": ["i-1"], "Filters": [{"Name": "n", "Values": ["v"]}], "MaxResults": 5},
        ),
        (
            ("kinesis", "PutRecord"),
            ("POST", "/", '{"StreamName": "s", "Data": "aGk=", "PartitionKey": "p"}'),
            {"StreamName": "s", "Data": b"hi", "PartitionKey": "p"},
        ),
        (("nothing", "Known"), ("GET", "/"), None),
        (("dynamodb", "PutItem"), ("POST", "/", "no json"), None),
    ],
    ids=[
        "labels",
        "payload",
        "xml",
        "flat-xml",
        "xml-without-payload",
        "broken-xml",
        "lambda",
        "json-and-label",
        "query-map",
        "query-list",
        "ec2",
        "blob",
        "unknown",
        "broken",
    ],
)
def test_parameters_are_read_back(
    call: tuple[str, str], sent: tuple[str, ...], expected: dict[str, Any] | None
) -> None:
    assert parameters_of(*call, outgoing(*sent)) == expected
