"""Mails each new entry to the owner of the book."""

import os

import boto3

mail = boto3.client("ses")


def handler(event, context):
    for record in event["Records"]:
        if record["eventName"] != "INSERT":
            continue
        text = record["dynamodb"]["NewImage"]["text"]["S"]
        mail.send_email(
            Source="book@example.com",
            Destination={"ToAddresses": [os.environ["OWNER"]]},
            Message={"Subject": {"Data": "A new entry"}, "Body": {"Text": {"Data": text}}},
        )
