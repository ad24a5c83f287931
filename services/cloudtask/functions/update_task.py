"""PUT /tasks/{taskId}: change the fields that the body gives, keep the others. 200 with the whole task."""

import os

import boto3
from api import Refusal, json_object, respond, serve, user_id
from botocore.exceptions import ClientError
from task import not_found, now, path_task_id, read_fields, to_public

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def handler(event, context):
    """What Lambda calls."""
    return serve(event, context, lambda: update_task(event, TABLE))


def update_task(event, table):
    """Change the task in one conditional write, which cannot create a task nor reach another user's."""
    key = {"userId": user_id(event), "taskId": path_task_id(event)}
    fields = read_fields(json_object(event))
    if not fields:
        raise Refusal(400, "Give at least one field to change.")
    try:
        changed = table.update_item(
            Key=key,
            ConditionExpression="attribute_exists(taskId)",
            ReturnValues="ALL_NEW",
            **update_expression({**fields, "updatedAt": now()}),
        )
    except ClientError as error:
        if error.response["Error"]["Code"] == "ConditionalCheckFailedException":
            raise not_found() from None
        raise
    return respond(200, to_public(changed["Attributes"]))


def update_expression(fields):
    """The arguments of ``update_item`` that set each field of ``fields``, and remove those that are None.

    Names go in as ``#name`` and values as ``:name``, so no field can collide with DynamoDB's reserved words.
    """
    values = {name: value for name, value in fields.items() if value is not None}
    removed = [name for name in fields if name not in values]
    expression = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
    if removed:
        expression += " REMOVE " + ", ".join(f"#{name}" for name in removed)
    return {
        "UpdateExpression": expression,
        "ExpressionAttributeNames": {f"#{name}": name for name in fields},
        "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()},
    }
