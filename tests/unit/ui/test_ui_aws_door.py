"""Where the door to AWS's APIs leads on each profile."""

from __future__ import annotations

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError

from groundcloud.settings import Settings
from ui.readers.aws import AwsDoor
from ui.readers.types import CloudUnavailable, Scope

OWN = Scope("000000000000", "us-east-1")


def test_here_it_leads_to_the_cloud_with_the_key_of_the_account() -> None:
    door = AwsDoor(Settings())
    client = door.client("sqs", Scope("111122223333", "eu-west-1"))
    assert client.meta.endpoint_url == "http://127.0.0.1:4566"
    assert client.meta.region_name == "eu-west-1"
    assert door.client("sqs", Scope("111122223333", "eu-west-1")) is client


def test_on_aws_it_leads_to_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    client = AwsDoor(Settings(profile="aws")).client("sqs", OWN)
    assert client.meta.endpoint_url == "https://sqs.us-east-1.amazonaws.com"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (EndpointConnectionError(endpoint_url="x"), "does not answer"),
        (NoCredentialsError(), "Unable to locate credentials"),
    ],
    ids=["away", "no-credentials"],
)
def test_what_cannot_be_reached_is_said(error: Exception, words: str) -> None:
    with pytest.raises(CloudUnavailable, match=words), AwsDoor(Settings()).answering():
        raise error
