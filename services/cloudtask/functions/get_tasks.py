"""GET /tasks?limit=&nextToken=: the caller's tasks, newest first, a page at a time."""

import base64
import json
import os

import boto3
from api import Refusal, respond, serve, user_id
from boto3.dynamodb.conditions import Key
from task import is_task_id, to_public

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])

DEFAULT_LIMIT = 20
MAX_LIMIT = 100


def handler(event, context):
    """What Lambda calls."""
    return serve(event, context, lambda: get_tasks(event, TABLE))


def get_tasks(event, table):
    """200 with ``{"tasks": [...], "nextToken": text or null}``; null on the last page.

    Ids grow with time, so walking the sort key backwards is newest first. One task more than asked is read: only
    then is it known whether another page exists, and nobody is sent to fetch an empty one.
    """
    user = user_id(event)
    query = event.get("queryStringParameters") or {}
    limit = read_limit(query.get("limit"))
    request = {
        "KeyConditionExpression": Key("userId").eq(user),
        "ScanIndexForward": False,
        "Limit": limit + 1,
    }
    if query.get("nextToken"):
        request["ExclusiveStartKey"] = {"userId": user, "taskId": decode_token(query["nextToken"])}
    page = table.query(**request)
    tasks = [to_public(item) for item in page["Items"][:limit]]
    more = len(page["Items"]) > limit or "LastEvaluatedKey" in page
    token = encode_token(tasks[-1]["taskId"]) if more and tasks else None
    return respond(200, {"tasks": tasks, "nextToken": token})


def read_limit(text):
    """The page size that the query asks for, ``DEFAULT_LIMIT`` when it asks for none."""
    if not text:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= MAX_LIMIT):
        raise Refusal(400, f"limit must be a whole number from 1 to {MAX_LIMIT}.")
    return int(text)


def encode_token(task_id):
    """An opaque token for "after this task". It holds no user id: a stolen token shows only one's own tasks."""
    return base64.urlsafe_b64encode(json.dumps({"after": task_id}).encode()).decode().rstrip("=")


def decode_token(token):
    """The task id in the token. 400 for anything that ``encode_token`` did not make."""
    try:
        value = json.loads(base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True))
        task_id = value["after"]
    except (ValueError, TypeError, KeyError, RecursionError):
        task_id = None
    if not is_task_id(task_id):
        raise Refusal(400, "nextToken is not valid. Use the one from the previous page.")
    return task_id
