"""Cognito calls this when somebody has confirmed a registration: the user's details go to the table.

Event: https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
"""

import json
import os
from datetime import UTC, datetime

import boto3
from log import log

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
LAMBDA = boto3.client("lambda")

REGISTRATION = "PostConfirmation_ConfirmSignUp"


def handler(event, context):
    """What Cognito calls. It wants its event back; an exception would tell the user that the registration failed."""
    return store_user(event, TABLE, LAMBDA, os.environ["PROFILE_FUNCTION"])


def store_user(event, table, functions, profile_function):
    """Store who registered, and have the profile written without waiting for it: Cognito waits five seconds at most.

    A confirmed new password also comes here, and changes nothing.
    """
    if event["triggerSource"] != REGISTRATION:
        return event
    user = details(event)
    table.put_item(Item=user)
    functions.invoke(FunctionName=profile_function, InvocationType="Event", Payload=json.dumps(user).encode())
    log(stored=user["userId"])
    return event


def details(event):
    """The item of the table: `userId` is the user's sub, which no later user of the same name inherits."""
    attributes = event["request"]["userAttributes"]
    registered = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    user = {
        "userId": attributes["sub"],
        "username": event["userName"],
        "email": attributes["email"],
        "registeredAt": registered,
    }
    if attributes.get("phone_number"):
        user["phone"] = attributes["phone_number"]
    return user
