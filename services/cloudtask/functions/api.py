"""What the four handlers share: read an API Gateway proxy event, answer in the form API Gateway expects, log.

A handler module has two functions. One does the work and takes what it needs as arguments, so a test can call it
with a table of its own. The other, ``handler``, is what Lambda calls; it passes the real table to ``serve``::

    def handler(event, context):
        return serve(event, context, lambda: create_task(event, TABLE))

Event: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

import base64
import json
import os
import sys
import time

ALLOWED_ORIGIN = os.environ.get("ALLOWED_ORIGIN", "*")


class Refusal(Exception):
    """A request that is the caller's to mend: ``status`` 4xx and a message meant for the caller."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status
        self.message = message


def serve(event, context, work):
    """Answer with what ``work()`` returns; turn a ``Refusal`` into its status; write one log line.

    Any other exception is a fault of ours. It is left to Lambda, which logs its traceback and counts it as an
    error, and to API Gateway, which answers 502 with the CORS headers of the template's GatewayResponses.
    """
    started = time.monotonic()
    refused = None
    try:
        response = work()
    except Refusal as refusal:
        refused = refusal.message
        response = respond(refusal.status, {"message": refused})
    log(
        level="INFO" if refused is None else "WARN",
        requestId=getattr(context, "aws_request_id", None),
        route=f"{event.get('httpMethod')} {event.get('resource')}",
        userId=claims(event).get("sub"),
        status=response["statusCode"],
        refused=refused,
        durationMs=round((time.monotonic() - started) * 1000, 1),
    )
    return response


def respond(status, body=None):
    """A proxy response: ``{"statusCode", "headers", "body"}``; ``body`` is a JSON-serialisable value or None."""
    headers = {
        "Access-Control-Allow-Origin": ALLOWED_ORIGIN,
        "Access-Control-Allow-Methods": "GET,POST,PUT,DELETE,OPTIONS",
        "Access-Control-Allow-Headers": "Authorization,Content-Type",
        "Cache-Control": "no-store",
    }
    if body is None:
        return {"statusCode": status, "headers": headers, "body": ""}
    headers["Content-Type"] = "application/json"
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def claims(event):
    """The claims of the token that the Cognito authorizer checked, ``{}`` when there was none."""
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    return authorizer.get("claims") or {}


def user_id(event):
    """Who is asking: the token's ``sub``, and nothing the caller can write into path, query or body."""
    sub = claims(event).get("sub")
    if not sub:
        raise Refusal(401, "Unauthorized")
    return sub


def json_object(event):
    """The request body as a dict. 400 for an absent body, bad base64, bad UTF-8, bad JSON, or not an object."""
    body = event.get("body")
    if not body:
        raise Refusal(400, "The request needs a JSON body.")
    try:
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body, validate=True).decode()
        value = json.loads(body)
    except (ValueError, RecursionError):  # binascii, Unicode and JSON errors are ValueErrors
        raise Refusal(400, "The body is not valid JSON.") from None
    if not isinstance(value, dict):
        raise Refusal(400, "The body must be a JSON object.")
    return value


def log(**fields):
    """Write one JSON object on one line, which CloudWatch Logs Insights can query field by field."""
    sys.stdout.write(json.dumps({key: value for key, value in fields.items() if value is not None}) + "\n")
    sys.stdout.flush()
