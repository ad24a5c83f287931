"""DELETE /tasks/{taskId}: remove a task of the caller. 204 without a body."""

import os

import boto3
from api import respond, serve, user_id
from botocore.exceptions import ClientError
from task import not_found, path_task_id

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def handler(event, context):
    """What Lambda calls."""
    return serve(event, context, lambda: delete_task(event, TABLE))


def delete_task(event, table):
    """Delete the task if the caller has one with this id, else 404."""
    key = {"userId": user_id(event), "taskId": path_task_id(event)}
    try:
        table.delete_item(Key=key, ConditionExpression="attribute_exists(taskId)")
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            raise not_found() from None
        raise
    return respond(204)
