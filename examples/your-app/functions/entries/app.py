"""POST and GET /entries."""

import json
import os

import boto3
import shortuuid

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def add(event, context):
    try:
        text = str(json.loads(event["body"] or "")["text"]).strip()
    except (ValueError, KeyError, TypeError):
        return answer(400, {"message": 'The body is {"text": "…"}'})
    if not text:
        return answer(400, {"message": "An entry has a text"})
    entry = {"book": "guests", "id": shortuuid.uuid(), "text": text}
    table.put_item(Item=entry)
    print(f"entry {entry['id']}")
    return answer(201, {"id": entry["id"], "text": text})


def list_entries(event, context):
    found = table.query(KeyConditionExpression="book = :book", ExpressionAttributeValues={":book": "guests"})["Items"]
    return answer(200, {"entries": [{"id": one["id"], "text": one["text"]} for one in found]})


def answer(status, body):
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}
