"""What each handler does with its event, on clients that keep what they are given."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.handlers import sample_event

PATH = "/greeting/names"


class Kept:
    """Stands for a table, for Lambda and for S3: keeps the arguments of every call."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def _keep(self, **arguments: Any) -> None:
        self.calls.append(arguments)

    put_item = invoke = put_object = _keep


class FakeParameters:
    """Parameter Store; a name in `refused` cannot be put."""

    def __init__(self, refused: str = "") -> None:
        self.values: dict[str, str] = {}
        self.refused = refused

    def put_parameter(self, *, Name: str, Value: str, Type: str, Overwrite: bool) -> None:
        assert (Type, Overwrite) == ("String", True)
        if Name == self.refused:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "Slow down"}}, "PutParameter")
        self.values[Name] = Value

    def get_parameter(self, *, Name: str) -> dict[str, Any]:
        if Name == self.refused:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetParameter")
        if Name not in self.values:
            raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": ""}}, "GetParameter")
        return {"Parameter": {"Value": self.values[Name]}}


def test_who_registered_is_stored_and_handed_on(functions):
    table, invoker, event = Kept(), Kept(), sample_event("greeting", "store-user")
    assert functions.store_user.store_user(event, table, invoker, "profile") is event
    (stored,) = table.calls
    item = stored["Item"]
    assert item.pop("registeredAt").endswith("Z")
    attributes = event["request"]["userAttributes"]
    assert item == {"userId": attributes["sub"], "username": "ada", "email": "ada@example.com"}
    (invoked,) = invoker.calls
    assert (invoked["FunctionName"], invoked["InvocationType"]) == ("profile", "Event")
    assert json.loads(invoked["Payload"])["userId"] == attributes["sub"]


def test_a_phone_number_is_stored_too(functions):
    event = sample_event("greeting", "store-user")
    event["request"]["userAttributes"]["phone_number"] = "+15551234567"
    assert functions.store_user.details(event)["phone"] == "+15551234567"


def test_a_confirmed_new_password_stores_nothing(functions):
    event = sample_event("greeting", "store-user") | {"triggerSource": "PostConfirmation_ConfirmForgotPassword"}
    table, invoker = Kept(), Kept()
    assert functions.store_user.store_user(event, table, invoker, "profile") is event
    assert table.calls == invoker.calls == []


def test_the_profile_is_an_object_named_after_the_user(functions):
    s3, user = Kept(), sample_event("greeting", "write-profile")
    functions.write_profile.write_profile(user, s3, "files")
    (written,) = s3.calls
    assert (written["Bucket"], written["Key"]) == ("files", f"profiles/{user['userId']}.json")
    assert json.loads(written["Body"]) == user


def test_names_are_remembered_and_removals_passed_over(functions):
    ssm, event = FakeParameters(), sample_event("greeting", "remember-name")
    assert functions.remember_name.remember_names(event, ssm, PATH) == {"batchItemFailures": []}
    assert ssm.values == {f"{PATH}/user-ada": "ada", f"{PATH}/user-bob": "bob"}


def test_the_first_that_fails_is_where_lambda_begins_again(functions):
    ssm, event = FakeParameters(refused=f"{PATH}/user-bob"), sample_event("greeting", "remember-name")
    answer = functions.remember_name.remember_names(event, ssm, PATH)
    number = event["Records"][1]["dynamodb"]["SequenceNumber"]
    assert answer == {"batchItemFailures": [{"itemIdentifier": number}]}
    assert ssm.values == {f"{PATH}/user-ada": "ada"}


def test_the_greeting_is_for_who_the_token_says(functions):
    ssm, event = FakeParameters(), sample_event("greeting", "greet")
    sub = event["requestContext"]["authorizer"]["claims"]["sub"]
    early = functions.greet.greet(event, ssm, PATH)
    assert early["statusCode"] == 404 and "message" in json.loads(early["body"])
    ssm.values[f"{PATH}/{sub}"] = "ada"
    answer = functions.greet.greet(event, ssm, PATH)
    assert (answer["statusCode"], json.loads(answer["body"])) == (200, {"greeting": "hello ada"})
    assert "Access-Control-Allow-Origin" in answer["headers"]


def test_a_fault_of_ours_is_left_to_lambda(functions):
    event = sample_event("greeting", "greet")
    sub = event["requestContext"]["authorizer"]["claims"]["sub"]
    with pytest.raises(ClientError):
        functions.greet.greet(event, FakeParameters(refused=f"{PATH}/{sub}"), PATH)
