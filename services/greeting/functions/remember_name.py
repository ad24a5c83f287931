"""The table's stream feeds this: the name of each user goes to Parameter Store, where the greeting finds it.

Event: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

import os

import boto3
from botocore.exceptions import ClientError
from log import log

SSM = boto3.client("ssm")


def handler(event, context):
    """What Lambda calls with a batch of records."""
    return remember_names(event, SSM, os.environ["PARAMETER_PATH"])


def remember_names(event, ssm, path):
    """Put each name. The first that fails is named, and Lambda comes again with it and all that follow."""
    for record in event["Records"]:
        user = record["dynamodb"].get("NewImage")
        if user is None:
            continue  # removed
        name = f"{path}/{user['userId']['S']}"
        try:
            ssm.put_parameter(Name=name, Value=user["username"]["S"], Type="String", Overwrite=True)
        except ClientError as error:
            log(failed=name, error=str(error))
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        log(remembered=name)
    return {"batchItemFailures": []}
