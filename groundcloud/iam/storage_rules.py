"""Actions and resources of DynamoDB and S3, where one call may touch several.

Sources: docs.aws.amazon.com/amazondynamodb/latest/developerguide/api-permissions-reference.html,
docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html; the resource of ListTables as its
clients report it, github.com/AntonShuvaev/intellij-dynamodb/issues/20.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import unescape

from groundcloud.iam.checks import Check, Later, Place, dicts, strings, text
from groundcloud.iam.operations import action_of
from groundcloud.iam.params import Call

_PARTIQL = re.compile(
    r"""\s*(?P<verb>select|insert|update|delete)\b(?:.*?\bfrom\b|.*?\binto\b)?\s*"?(?P<table>[A-Za-z0-9_.:/-]+)"?"""
    r"""(?:\s*\.\s*"?(?P<index>[A-Za-z0-9_.-]+)"?)?""",
    re.IGNORECASE | re.DOTALL,
)
_PARTIQL_ACTIONS = {
    "select": "PartiQLSelect",
    "insert": "PartiQLInsert",
    "update": "PartiQLUpdate",
    "delete": "PartiQLDelete",
}
_TRANSACTED = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
    "Get": "GetItem",
}
_OBJECT_KEY = re.compile(rb"<Key>(.*?)</Key>", re.DOTALL)
_VERSIONED = frozenset(
    {"GetObject", "GetObjectAcl", "GetObjectTagging", "GetObjectAttributes", "PutObjectAcl", "PutObjectTagging"}
    | {"DeleteObject", "DeleteObjectTagging", "HeadObject"}
)
_NO_BUCKET = ("ListBuckets", "ListDirectoryBuckets")


_OF_NO_TABLE = frozenset(
    {"ListBackups", "ListContributorInsights", "ListExports", "ListGlobalTables", "ListImports", "ListStreams"}
)


def dynamodb_checks(call: Call, params: dict[str, Any], place: Place) -> list[Check]:
    operation = call.operation
    if operation in ("TransactWriteItems", "TransactGetItems"):
        return list(_transaction(operation, params, place))
    if operation in ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"):
        return list(_statements(params, place))
    action = f"dynamodb:{operation}"
    if operation in ("BatchGetItem", "BatchWriteItem"):
        items = params.get("RequestItems")
        tables = items if isinstance(items, dict) else {}
        return [Check(action, _table(name, place), _batch_keys(requests)) for name, requests in tables.items()]
    name = text(params, "TableName", "ResourceArn", "StreamArn", "TableArn", "SourceTableArn", "TargetTableName")
    name = name or text(params, "BackupArn", "ExportArn", "ImportArn", "GlobalTableName", "SourceTableName")
    if not name:
        return [Check(action, "*" if operation in _OF_NO_TABLE else place.arn("dynamodb", "table/*"))]
    resource = _table(name, place)
    if operation in ("Query", "Scan") and (index := text(params, "IndexName")):
        resource = f"{resource}/index/{index}"
    return [Check(action, resource, Later(partial(_item_keys, params)))]


def _table(name: str, place: Place) -> str:
    return name if name.startswith("arn:") else place.arn("dynamodb", f"table/{name}")


def _transaction(operation: str, params: dict[str, Any], place: Place) -> Iterator[Check]:
    for item in dicts(params.get("TransactItems")):
        for kind, request in item.items():
            if kind in _TRANSACTED and isinstance(request, dict):
                keys = {**_item_keys(request), "dynamodb:EnclosingOperation": (operation,)}
                yield Check(f"dynamodb:{_TRANSACTED[kind]}", _table(text(request, "TableName"), place), keys)


def _statements(params: dict[str, Any], place: Place) -> Iterator[Check]:
    listed = [*dicts(params.get("Statements")), *dicts(params.get("TransactStatements")), params]
    for source in listed:
        statement = text(source, "Statement")
        if statement and (found := _PARTIQL.match(statement)):
            resource = _table(found["table"], place)
            if found["index"]:
                resource = f"{resource}/index/{found['index']}"
            yield Check(f"dynamodb:{_PARTIQL_ACTIONS[found['verb'].lower()]}", resource)
        elif statement:
            yield Check("dynamodb:PartiQLSelect", place.arn("dynamodb", "table/*"))


def _item_keys(params: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """``dynamodb:Attributes``, ``dynamodb:Select``, ``dynamodb:ReturnValues`` and the like. The key of the item itself
    (``dynamodb:LeadingKeys``) needs the table's schema and is added where a policy asks for it."""
    keys: dict[str, tuple[str, ...]] = {}
    for name, key in (
        ("Select", "dynamodb:Select"),
        ("ReturnValues", "dynamodb:ReturnValues"),
        ("ReturnConsumedCapacity", "dynamodb:ReturnConsumedCapacity"),
    ):
        if value := text(params, name):
            keys[key] = (value,)
    attributes = list(dict.fromkeys(_attributes(params)))
    if attributes:
        keys["dynamodb:Attributes"] = tuple(attributes)
    return keys


def _attributes(params: dict[str, Any]) -> Iterator[str]:
    for name in ("Item", "Key", "AttributeUpdates", "Expected", "KeyConditions", "QueryFilter", "ScanFilter"):
        value = params.get(name)
        if isinstance(value, dict):
            yield from value
    yield from strings(params.get("AttributesToGet"))
    names = params.get("ExpressionAttributeNames")
    named = {str(key): str(value) for key, value in names.items()} if isinstance(names, dict) else {}
    yield from named.values()
    for expression in ("ProjectionExpression",):
        for word in text(params, expression).split(","):
            first = re.split(r"[.\[]", word.strip())[0]
            if first and not first.startswith("#"):
                yield first
    for expression in ("KeyConditionExpression", "FilterExpression", "UpdateExpression", "ConditionExpression"):
        yield from _words(text(params, expression))


_WORD = re.compile(r"(?<![#:.\w])([A-Za-z_]\w*)(?!\s*\()")
_KEYWORDS = frozenset(["and", "or", "not", "between", "in", "set", "add", "remove", "delete"])


def _words(expression: str) -> Iterator[str]:
    for word in _WORD.findall(expression):
        if word.lower() not in _KEYWORDS:
            yield word


def _batch_keys(requests: Any) -> dict[str, tuple[str, ...]]:
    attributes: dict[str, None] = {}
    if isinstance(requests, dict):  # BatchGetItem
        attributes.update(dict.fromkeys(_attributes(requests)))
        for key in dicts(requests.get("Keys")):
            attributes.update(dict.fromkeys(key))
    for request in dicts(requests):
        for kind in ("PutRequest", "DeleteRequest"):
            inner = request.get(kind)
            if isinstance(inner, dict):
                for part in inner.values():
                    attributes.update(dict.fromkeys(part if isinstance(part, dict) else ()))
    return {"dynamodb:Attributes": tuple(attributes)} if attributes else {}


def leading_values(call: Call, params: dict[str, Any], table: str, partition_key: str) -> tuple[str, ...]:
    """The values of the partition key that the call touches in `table` (``dynamodb:LeadingKeys``)."""
    found: dict[str, None] = {}
    for item in _items_of(call, params, table):
        value = item.get(partition_key)
        if isinstance(value, dict) and value:
            found[str(next(iter(value.values())))] = None
    value = _key_condition(params, partition_key)
    if value is not None:
        found[value] = None
    return tuple(found)


def _items_of(call: Call, params: dict[str, Any], table: str) -> Iterator[dict[str, Any]]:
    for name in ("Item", "Key"):
        if isinstance(params.get(name), dict):
            yield params[name]
    for item in dicts(params.get("TransactItems")):
        for request in item.values():
            if isinstance(request, dict) and text(request, "TableName") == table:
                yield from _items_of(call, request, table)
    items = params.get("RequestItems")
    requests = items.get(table) if isinstance(items, dict) else None
    if isinstance(requests, dict):
        yield from dicts(requests.get("Keys"))
    for request in dicts(requests):
        for inner in request.values():
            if isinstance(inner, dict):
                yield from (part for part in inner.values() if isinstance(part, dict))


def _key_condition(params: dict[str, Any], partition_key: str) -> str | None:
    conditions = params.get("KeyConditions")
    if isinstance(conditions, dict) and isinstance(conditions.get(partition_key), dict):
        values = dicts(conditions[partition_key].get("AttributeValueList"))
        return str(next(iter(values[0].values()))) if values and values[0] else None
    names = params.get("ExpressionAttributeNames")
    aliases = [key for key, name in names.items() if name == partition_key] if isinstance(names, dict) else []
    expression = text(params, "KeyConditionExpression")
    for name in (partition_key, *aliases):
        found = re.search(rf"(?<![\w#:]){re.escape(name)}\s*=\s*(:\w+)", expression)
        values_by_name = params.get("ExpressionAttributeValues")
        if found and isinstance(values_by_name, dict) and isinstance(values_by_name.get(found[1]), dict):
            return str(next(iter(values_by_name[found[1]].values()), ""))
    return None


def s3_checks(call: Call, params: dict[str, Any]) -> list[Check]:
    operation, bucket, key = call.operation, text(params, "Bucket"), text(params, "Key")
    if operation in _NO_BUCKET or not bucket:
        return [Check(action_of("s3", operation), "*")]
    bucket_arn = bucket if bucket.startswith("arn:") else f"arn:aws:s3:::{bucket}"
    keys = _s3_keys(call)
    if operation == "DeleteObjects":
        return [
            Check("s3:DeleteObject", f"{bucket_arn}/{unquote(_unescaped(found))}", keys)
            for found in _OBJECT_KEY.findall(call.body)
        ] or [Check("s3:DeleteObject", f"{bucket_arn}/*", keys)]
    action = action_of("s3", operation)
    if not key:
        return [Check(action, bucket_arn, keys)]
    if operation in _VERSIONED and "versionId=" in call.query_string:
        action = re.sub(r"(Object)", r"\1Version", action, count=1)
    object_arn = f"{bucket_arn}/{key}"
    return [Check(action, object_arn, keys), *_further(call, object_arn, keys)]


def _further(call: Call, object_arn: str, keys: dict[str, tuple[str, ...]]) -> Iterator[Check]:
    """What a call on an object needs besides its own action."""
    headers = call.headers
    source = headers.get("x-amz-copy-source")
    if call.operation in ("CopyObject", "UploadPartCopy") and source:
        path, _, query = source.partition("?")
        action = "s3:GetObjectVersion" if "versionId=" in query else "s3:GetObject"
        yield Check(action, f"arn:aws:s3:::{unquote(path).lstrip('/')}", keys)
    if call.operation in ("PutObject", "CopyObject", "CreateMultipartUpload"):
        if headers.get("x-amz-acl") or any(name.lower().startswith("x-amz-grant-") for name, _ in headers.items):
            yield Check("s3:PutObjectAcl", object_arn, keys)
        if headers.get("x-amz-tagging"):
            yield Check("s3:PutObjectTagging", object_arn, keys)
        if headers.get("x-amz-object-lock-mode"):
            yield Check("s3:PutObjectRetention", object_arn, keys)
        if headers.get("x-amz-object-lock-legal-hold"):
            yield Check("s3:PutObjectLegalHold", object_arn, keys)
    if call.operation == "GetObjectAttributes":
        yield Check("s3:GetObject", object_arn, keys)
    if (headers.get("x-amz-bypass-governance-retention") or "").lower() == "true":
        yield Check("s3:BypassGovernanceRetention", object_arn, keys)


_S3_HEADERS = (
    "x-amz-acl",
    "x-amz-content-sha256",
    "x-amz-copy-source",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-metadata-directive",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
)
_S3_QUERY = {"prefix": "s3:prefix", "delimiter": "s3:delimiter", "max-keys": "s3:max-keys", "versionId": "s3:VersionId"}


def _s3_keys(call: Call) -> dict[str, tuple[str, ...]]:
    keys: dict[str, tuple[str, ...]] = {
        f"s3:{name}": (value,) for name in _S3_HEADERS if (value := call.headers.get(name)) is not None
    }
    if "=" in call.query_string:
        for pair in call.query_string.split("&"):
            name, _, value = pair.partition("=")
            if name in _S3_QUERY:
                keys[_S3_QUERY[name]] = (unquote(value.replace("+", " ")),)
    if (call.headers.get("authorization") or "").startswith("AWS4-"):
        keys["s3:authType"], keys["s3:signatureversion"] = ("REST-HEADER",), ("AWS4-HMAC-SHA256",)
    elif "Signature=" in call.query_string:
        keys["s3:authType"] = ("REST-QUERY-STRING",)
        keys["s3:signatureversion"] = ("AWS4-HMAC-SHA256" if "X-Amz-Signature=" in call.query_string else "AWS",)
    return keys


def _unescaped(raw: bytes) -> str:
    return unescape(raw.decode("utf-8", "replace"), {"&quot;": '"', "&apos;": "'"})
