"""POST /tasks: add a task for the caller. 201 with the task."""

import os

import boto3
from api import Refusal, json_object, respond, serve, user_id
from task import new_task_id, now, read_fields, to_public

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def handler(event, context):
    """What Lambda calls."""
    return serve(event, context, lambda: create_task(event, TABLE))


def create_task(event, table):
    """Store the task that the body describes. The title is required, the rest has defaults."""
    user = user_id(event)
    fields = read_fields(json_object(event))
    if "title" not in fields:
        raise Refusal(400, "title is required.")
    created = now()
    item = {
        "userId": user,
        "taskId": new_task_id(),
        "description": "",
        "done": False,
        "createdAt": created,
        "updatedAt": created,
        **{name: value for name, value in fields.items() if value is not None},
    }
    table.put_item(Item=item)
    return respond(201, to_public(item))
