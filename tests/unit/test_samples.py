"""Sample events of every source."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from groundcloud.errors import UserError
from groundcloud.samples import sample_event, sources

WANTED = {
    *("apigateway", "apigateway-http", "s3", "sqs", "sns", "dynamodb", "eventbridge", "schedule", "kinesis", "ses"),
    *("apigateway-authorizer", "apigateway-websocket", "logs", "function-url", "destination"),
    *("cognito-presignup", "cognito-postconfirmation", "cognito-preauthentication", "cognito-postauthentication"),
    *("cognito-pretoken", "cognito-custommessage", "cognito-definechallenge", "cognito-createchallenge"),
    *("cognito-verifychallenge", "cognito-migration"),
}


def test_every_source_has_an_event() -> None:
    assert set(sources()) >= WANTED
    for source in sources():
        assert isinstance(json.loads(sample_event(source)), dict)


def test_changes_keep_the_type_of_texts() -> None:
    event = json.loads(sample_event("sqs", ['Records[0].body={"a": 1}', "Records[0].attributes.New=x"]))
    record = event["Records"][0]
    assert record["body"] == '{"a": 1}'
    assert record["attributes"]["New"] == "x"
    event = json.loads(sample_event("eventbridge", ["detail.count=3", "detail.items=[1, 2]", "detail.deep.er=true"]))
    assert (event["detail"]["count"], event["detail"]["items"], event["detail"]["deep"]) == (3, [1, 2], {"er": True})
    event = json.loads(sample_event("apigateway", ["pathParameters.taskId=7"]))
    assert event["pathParameters"] == {"taskId": 7}


@pytest.mark.parametrize(
    ("source", "change", "message"),
    [
        ("nobody", "", "There is no event of nobody"),
        ("../events/sqs", "", "There is no event"),
        ("sqs", "Records", "sets nothing"),
        ("sqs", "=1", "sets nothing"),
        ("sqs", "Records[3].body=x", "there is no item 3"),
        ("sqs", "Records.x=1", "there is no item x"),
        ("sqs", "Records[0].body.deeper=x", "nothing that could have a deeper"),
    ],
)
def test_what_cannot_be_set(source: str, change: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        sample_event(source, [change] if change else [])


def test_the_log_event_can_be_unpacked() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html"""
    data = json.loads(sample_event("logs"))["awslogs"]["data"]
    assert json.loads(gzip.decompress(base64.b64decode(data)))["messageType"] == "DATA_MESSAGE"
