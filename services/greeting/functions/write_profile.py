"""StoreUser hands a user on to this, which writes the profile to S3: `profiles/{userId}.json`."""

import json
import os

import boto3
from log import log

S3 = boto3.client("s3")


def handler(event, context):
    """What Lambda calls, with the item of the table. Lambda tries again by itself when it fails."""
    write_profile(event, S3, os.environ["BUCKET_NAME"])


def write_profile(user, s3, bucket):
    """Write the same object again and again, if it must be: trying twice does no harm."""
    key = f"profiles/{user['userId']}.json"
    body = json.dumps(user, indent=2, sort_keys=True).encode()
    s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json")
    log(written=key)
