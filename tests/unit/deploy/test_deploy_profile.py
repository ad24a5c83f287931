"""Profiles, and the door that keeps them apart."""

from __future__ import annotations

import pytest

from groundcloud.deploy.doors import BotoDoor
from groundcloud.deploy.profile import Profile, profile_of
from groundcloud.errors import UserError
from groundcloud.settings import read_settings


def profile(**settings: str) -> Profile:
    return profile_of(read_settings({f"GROUNDCLOUD_{name.upper()}": value for name, value in settings.items()}))


def test_local_profiles_have_an_endpoint_and_test_keys() -> None:
    found = profile(port="4999")
    assert found == Profile("embedded", "us-east-1", "000000000000", "http://127.0.0.1:4999", "test", "test")
    assert (found.local, found.port) == (True, 4999)
    assert profile(profile="localstack").local


def test_aws_has_neither() -> None:
    found = profile(profile="aws", aws_profile="work", aws_accounts="111122223333", region="eu-west-1")
    assert found == Profile("aws", "eu-west-1", "", None, aws_profile="work", allowed_accounts=("111122223333",))
    assert not found.local
    assert profile(profile="aws").region == ""


def test_profile_aws_never_goes_to_an_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:4566")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    client = BotoDoor(profile(profile="aws", region="eu-west-1"))._client("sts")
    assert client.meta.endpoint_url == "https://sts.eu-west-1.amazonaws.com"


def test_profile_aws_takes_the_region_of_the_aws_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert BotoDoor(profile(profile="aws")).region == "eu-central-1"
    assert BotoDoor(profile(profile="aws", region="eu-west-1")).region == "eu-west-1"


def test_local_profiles_ignore_the_aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "one-that-does-not-exist")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    door = BotoDoor(profile())
    assert door.region == "us-east-1"
    assert door._client("s3").meta.endpoint_url == "http://127.0.0.1:4566"


def test_an_unknown_aws_profile_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with pytest.raises(UserError, match="one-that-does-not-exist"):
        BotoDoor(profile(profile="aws", aws_profile="one-that-does-not-exist"))


def test_no_cloud_is_a_sentence(free_port: int) -> None:
    with pytest.raises(UserError, match=f"No cloud answers at http://127.0.0.1:{free_port}") as caught:
        BotoDoor(profile(port=str(free_port))).call("cloudformation", "describe_stacks")
    assert "make up" in caught.value.hint
