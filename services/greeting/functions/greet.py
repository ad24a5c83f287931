"""GET /greeting: greet the caller by name. 200 with `{"greeting": "hello ada"}`.

Event: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import json
import os

import boto3
from botocore.exceptions import ClientError
from log import log

SSM = boto3.client("ssm")


def handler(event, context):
    """What Lambda calls."""
    return greet(event, SSM, os.environ["PARAMETER_PATH"])


def greet(event, ssm, path):
    """The caller is who the token says, and nobody else. 404 until the stream has brought the name."""
    user = event["requestContext"]["authorizer"]["claims"]["sub"]
    try:
        name = ssm.get_parameter(Name=f"{path}/{user}")["Parameter"]["Value"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "ParameterNotFound":
            raise  # a fault of ours: its traceback goes to the log, and API Gateway answers 502
        return respond(404, {"message": "Your name has not arrived yet. Try again in a moment."})
    log(greeted=user)
    return respond(200, {"greeting": f"hello {name}"})


def respond(status, body):
    """A proxy response."""
    headers = {
        "Access-Control-Allow-Origin": os.environ.get("ALLOWED_ORIGIN", "*"),
        "Cache-Control": "no-store",
        "Content-Type": "application/json",
    }
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}
