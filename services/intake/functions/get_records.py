"""GET /records?limit=&nextToken=: the caller's records, newest first, a page at a time."""

import os
import re

import boto3
from api import Refusal, respond, serve, user_id
from boto3.dynamodb.conditions import Key

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
RECORD_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def handler(event, context):
    """What Lambda calls."""
    return serve(event, context, lambda: get_records(event, TABLE))


def get_records(event, table):
    """200 with `{"records": […], "nextToken": text or null}`; null on the last page.

    The token is the id of the last record shown. It names no user, so another's token shows only one's own records.
    """
    user = user_id(event)
    query = event.get("queryStringParameters") or {}
    limit = read_limit(query.get("limit"))
    request = {"KeyConditionExpression": Key("user_id").eq(user), "ScanIndexForward": False, "Limit": limit + 1}
    token = query.get("nextToken")
    if token:
        if not RECORD_ID.fullmatch(token):
            raise Refusal(400, "nextToken is not valid. Use the one from the previous page.")
        request["ExclusiveStartKey"] = {"user_id": user, "record_id": token}
    page = table.query(**request)
    records = page["Items"][:limit]
    more = len(page["Items"]) > limit or "LastEvaluatedKey" in page
    return respond(200, {"records": records, "nextToken": records[-1]["record_id"] if more and records else None})


def read_limit(text):
    """The page size that the query asks for, `DEFAULT_LIMIT` when it asks for none."""
    if not text:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise Refusal(400, f"limit must be a whole number from 1 to {MAX_LIMIT}.")
    return int(text)
