"""Whether the cloud may read and write items in DynamoDB Local itself, and where that is.

LocalStack's provider ``v2`` hands operations on items on to DynamoDB Local as they are; what else it may be set to do
with them keeps the cloud on its own way.
"""

from __future__ import annotations

import importlib.metadata
from typing import Any

from boto3.session import Session
from localstack.aws.connect import connect_externally_to
from localstack.services.dynamodb.server import DynamodbServer
from localstack.services.plugins import SERVICE_PLUGINS

from localstack import config

_SERVICE = "dynamodb"
_PROVIDER = "v2"
_EXTENSIONS = "localstack.extensions"


def hindrance() -> str:
    """Why LocalStack has to see each operation on items; empty when it need not."""
    if SERVICE_PLUGINS.get_active_provider(_SERVICE) != _PROVIDER:
        return f"its provider of DynamoDB is not {_PROVIDER}"
    if _SERVICE not in SERVICE_PLUGINS.list_active_services():
        return "its DynamoDB is not running yet"
    probabilities = (
        config.DYNAMODB_ERROR_PROBABILITY,
        config.DYNAMODB_READ_ERROR_PROBABILITY,
        config.DYNAMODB_WRITE_ERROR_PROBABILITY,
    )
    if any(probabilities):
        return "it is set to let some operations fail (DYNAMODB_…ERROR_PROBABILITY)"
    if config.ENABLE_CONFIG_UPDATES:
        return "its settings may change while it runs (ENABLE_CONFIG_UPDATES)"
    if importlib.metadata.entry_points(group=_EXTENSIONS):
        return "it has an extension, which may want to see every request"
    return ""


def place(proof: str) -> dict[str, Any]:
    """The port of DynamoDB Local, and the regions that LocalStack knows; or why not. `proof`, letters and digits: the
    name of a table that is made there under that access key, so that who asked can tell this DynamoDB Local from
    anything else that answers at that port of another machine."""
    if reason := hindrance():
        return {"hindrance": reason}
    server = DynamodbServer.get()
    client = connect_externally_to(
        endpoint_url=server.url, aws_access_key_id=proof, aws_secret_access_key=proof, region_name="us-east-1"
    ).dynamodb
    client.create_table(
        TableName=proof,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    # It takes a request of any other region for one of us-east-1.
    return {"port": server.port, "regions": Session().get_available_regions("s3", "aws")}
