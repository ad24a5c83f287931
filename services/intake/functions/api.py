"""What both handlers share: read an API Gateway proxy event, answer in the form API Gateway expects, log.

Event: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import base64
import json
import sys
from decimal import Decimal


class Refusal(Exception):
    """A request that is the caller's to mend: `status` 4xx and a message meant for the caller."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status
        self.message = message


def serve(event, context, work):
    """Answer with what `work()` returns, and turn a `Refusal` into its status.

    Whatever else goes wrong is a fault of ours: Lambda logs its traceback, and API Gateway answers 502.
    """
    refused = None
    try:
        response = work()
    except Refusal as refusal:
        refused = refusal.message
        response = respond(refusal.status, {"message": refused})
    log(
        level="WARN" if refused else "INFO",
        requestId=getattr(context, "aws_request_id", None),
        route=f"{event.get('httpMethod')} {event.get('resource')}",
        userId=claims(event).get("sub"),
        status=response["statusCode"],
        refused=refused,
    )
    return response


def respond(status, body):
    """A proxy response with `body` as JSON; whole numbers of the table become integers, others floats."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store"},
        "body": json.dumps(body, default=as_number),
    }


def as_number(value):
    """JSON's number for the `Decimal` that DynamoDB gives; nothing else gets here."""
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is no JSON value")
    return int(value) if value == value.to_integral_value() else float(value)


def claims(event):
    """The claims of the token that the Cognito authorizer checked, `{}` when there was none."""
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    return authorizer.get("claims") or {}


def user_id(event):
    """Who is asking: the token's `sub`, and nothing that the caller can write into path, query or body."""
    sub = claims(event).get("sub")
    if not sub:
        raise Refusal(401, "Unauthorized")
    return sub


def json_object(event):
    """The request's body as a dict, numbers as `Decimal` where they have a fraction.

    400 for an absent body, bad base64, bad UTF-8, bad JSON (NaN and Infinity included), or anything but an object.
    """
    body = event.get("body")
    if not body:
        raise Refusal(400, "The request needs a JSON body.")
    try:
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body, validate=True).decode()
        value = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError):  # binascii, Unicode and JSON errors are ValueErrors
        raise Refusal(400, "The body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise Refusal(400, "The body must be a JSON object.")
    return value


def _no_constant(name):
    raise ValueError(f"{name} is not JSON")


def log(**fields):
    """Write one JSON object on one line, which CloudWatch Logs Insights can query field by field."""
    sys.stdout.write(json.dumps({key: value for key, value in fields.items() if value is not None}) + "\n")
    sys.stdout.flush()
