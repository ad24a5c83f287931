"""CUSTOM_AUTH: the functions define, create and judge.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-challenge.html
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.fake_cognito_engine import CLIENT, PASSWORD, POOL, Refused, SigninWorld
from tests.support.srp_client import SrpClient

TRIGGERS = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")


def functions(event: dict[str, Any]) -> dict[str, Any]:
    """A riddle with three tries, after the password where the client sends SRP_A."""
    request, response, source = event["request"], event["response"], event["triggerSource"]
    if source.startswith("Define"):
        rounds = request["session"]
        riddles = [one for one in rounds if one["challengeName"] == "CUSTOM_CHALLENGE"]
        if rounds and rounds[-1]["challengeName"] == "SRP_A":
            response.update(challengeName="PASSWORD_VERIFIER", issueTokens=False, failAuthentication=False)
        elif riddles and riddles[-1]["challengeResult"]:
            response.update(issueTokens=True, failAuthentication=False)
        elif len(riddles) == 3:
            response.update(issueTokens=False, failAuthentication=True)
        else:
            response.update(challengeName="CUSTOM_CHALLENGE", issueTokens=False, failAuthentication=False)
    elif source.startswith("Create"):
        response["publicChallengeParameters"] = {"question": "2 + 2"}
        response["privateChallengeParameters"] = {"answer": "4"}
        response["challengeMetadata"] = f"ROUND_{len(request['session'])}"
    else:
        response["answerCorrect"] = request["challengeAnswer"] == request["privateChallengeParameters"]["answer"]
    return event


@pytest.fixture
def riddle(world: SigninWorld) -> SigninWorld:
    world.user()
    world.triggers(*TRIGGERS)
    world.functions.answer(functions)
    return world


def begin(world: SigninWorld, name: str = "ann", **parameters: str) -> dict[str, Any]:
    return world.ask("InitiateAuth", AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": name, **parameters})


def test_a_riddle(riddle: SigninWorld) -> None:
    asked = begin(riddle)
    assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    assert asked["ChallengeParameters"] == {"USERNAME": "ann", "question": "2 + 2"}
    again = riddle.respond(asked, ANSWER="5")
    assert again["Session"] != asked["Session"]
    with pytest.raises(Refused, match="only be used once"):
        riddle.respond(asked, ANSWER="4")
    assert riddle.respond(again, ANSWER="4")["AuthenticationResult"]


def test_the_events(riddle: SigninWorld) -> None:
    """user-pool-lambda-define-auth-challenge.html, -create-, -verify-: their event shapes."""
    asked = begin(riddle)
    members = {"ChallengeName": "CUSTOM_CHALLENGE", "Session": asked["Session"], "ClientMetadata": {"a": "b"}}
    riddle.ask("RespondToAuthChallenge", ChallengeResponses={"USERNAME": "ann", "ANSWER": "5"}, **members)
    define, create, verify, define_again, _ = riddle.functions.events
    attributes = define["request"]["userAttributes"]
    assert attributes["cognito:user_status"] == "CONFIRMED"
    assert define == {
        "version": "1",
        "region": "eu-west-1",
        "userPoolId": POOL,
        "userName": "ann",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": CLIENT},
        "triggerSource": "DefineAuthChallenge_Authentication",
        "request": {"userAttributes": attributes, "session": []},
        "response": {"challengeName": None, "issueTokens": None, "failAuthentication": None},
    }
    assert create["request"] == {
        "userAttributes": attributes,
        "challengeName": "CUSTOM_CHALLENGE",
        "session": [],
    }
    assert verify["request"] == {
        "userAttributes": attributes,
        "privateChallengeParameters": {"answer": "4"},
        "challengeAnswer": "5",
        "clientMetadata": {"a": "b"},
    }
    round_ = {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": False, "challengeMetadata": "ROUND_0"}
    assert define_again["request"]["session"] == [round_]


def test_three_wrong_answers(riddle: SigninWorld) -> None:
    asked = begin(riddle)
    for _ in range(2):
        asked = riddle.respond(asked, ANSWER="5")
    with pytest.raises(Refused, match="Incorrect username or password"):
        riddle.respond(asked, ANSWER="5")


def test_the_password_first(riddle: SigninWorld) -> None:
    client = SrpClient(POOL, PASSWORD)
    asked = begin(riddle, CHALLENGE_NAME="SRP_A", SRP_A=client.srp_a)
    assert asked["ChallengeName"] == "PASSWORD_VERIFIER"
    asked = riddle.respond(asked, **client.answers(asked["ChallengeParameters"]))
    assert asked["ChallengeName"] == "CUSTOM_CHALLENGE"
    rounds = riddle.functions.events[-1]["request"]["session"]
    assert [(one["challengeName"], one["challengeResult"]) for one in rounds] == [
        ("SRP_A", True),
        ("PASSWORD_VERIFIER", True),
    ]
    assert riddle.respond(asked, ANSWER="4")["AuthenticationResult"]


def test_a_user_who_is_not_there(riddle: SigninWorld) -> None:
    """user-pool-lambda-define-auth-challenge.html, userNotFound: the flow goes on, and never ends in tokens."""
    with pytest.raises(Refused, match="User does not exist"):
        begin(riddle, "bob")
    riddle.engine.client["PreventUserExistenceErrors"] = "ENABLED"
    asked = begin(riddle, "bob")
    assert riddle.functions.events[-1]["request"]["userNotFound"] is True
    with pytest.raises(Refused, match="Incorrect username or password"):
        riddle.respond(asked, USERNAME="bob", ANSWER="4")


def test_functions_that_say_nothing_useful(riddle: SigninWorld) -> None:
    riddle.functions.answer(lambda event: event)
    with pytest.raises(Refused) as caught:
        begin(riddle)
    assert caught.value.code == "InvalidLambdaResponseException"
    riddle.triggers("DefineAuthChallenge")
    riddle.functions.answer(functions)
    with pytest.raises(Refused, match="trigger is not configured") as caught:
        begin(riddle)
    assert caught.value.code == "InvalidUserPoolConfigurationException"
