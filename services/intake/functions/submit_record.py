"""POST /records: hand in a record. 201 with the record and the key of its processed form."""

import os

import boto3
from api import json_object, respond, serve, user_id
from record import as_json, new_record_id, now, output_key, processed, read_data

TABLE = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
S3 = boto3.client("s3")
BUCKET = os.environ["BUCKET_NAME"]


def handler(event, context):
    """What Lambda calls."""
    return serve(event, context, lambda: submit_record(event, TABLE, S3, BUCKET))


def submit_record(event, table, s3, bucket):
    """Validate, write the processed form, store.

    The table comes last: what it lists has its processed form. If storing fails, nobody was told of the object in
    the bucket, and the bucket's lifecycle rule removes it.
    """
    user = user_id(event)
    data = read_data(json_object(event), user)
    item = {"user_id": user, "record_id": new_record_id(), "received_at": now(), "data": data}
    item["output"] = output_key(item)
    body = as_json(processed(item)).encode()
    s3.put_object(Bucket=bucket, Key=item["output"], Body=body, ContentType="application/json")
    table.put_item(Item=item)
    return respond(201, item)
