"""What a request wrote, and what a function was given: by names that are the same on both sides. Pure.

A queue's message, an object's event, a stream's record reach a function much later, from another thread, without any
header. Each carries something that whoever wrote it was told or said: a message id, an entity tag, a sequence number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_plus

from groundcloud.spans import parent_of, root_of

Key = tuple[str, ...]

_TAG = re.compile(r"<(MessageId|ETag)>(?:&quot;|\")?([^<&\"]+)")


def written(service: str, operation: str, resource: str, response: Any, raw: bytes, etag: str) -> list[Key]:
    """Keys of what a call has written. `response` is parsed JSON or None, `raw` its text, `etag` that header of it;
    `resource` is ``bucket/key`` for S3."""
    if service in ("sqs", "sns"):
        ids = [*_ids(response, "MessageId"), *_tagged(raw, "MessageId")]
        return [(service, found) for found in ids]
    if service == "events" and operation == "PutEvents":
        return [("events", found) for found in _ids(response, "EventId")]
    if service == "kinesis" and operation.startswith("PutRecord"):
        return [("kinesis", found) for found in _ids(response, "SequenceNumber")]
    if service == "s3":
        return _of_object(operation, resource, raw, etag)
    return []


def _of_object(operation: str, resource: str, raw: bytes, etag: str) -> list[Key]:
    if not re.match(r"(Put|Copy|Delete|Restore)Object|CompleteMultipartUpload|PostObject", operation):
        return []
    tags = {*_tagged(raw, "ETag"), etag.strip('"'), ""}
    return [("s3", resource, tag) for tag in sorted(tags)]


def _tagged(raw: bytes, name: str) -> list[str]:
    return [found[2] for found in _TAG.finditer(raw.decode("utf-8", "replace")) if found[1] == name]


def _ids(value: Any, name: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, one in value.items():
            if key == name and isinstance(one, str):
                yield one
            else:
                yield from _ids(one, name)
    elif isinstance(value, list):
        for one in value:
            yield from _ids(one, name)


def items_written(operation: str, request: Any) -> list[tuple[str, dict[str, Any]]]:
    """Of a DynamoDB write: tables and what names the item in each, whole items or keys."""
    if not isinstance(request, dict):
        return []
    if operation in ("PutItem", "UpdateItem", "DeleteItem"):
        item = request.get("Item") if operation == "PutItem" else request.get("Key")
        return [(_table(request.get("TableName")), item)] if isinstance(item, dict) else []
    found: list[tuple[str, dict[str, Any]]] = []
    if operation == "BatchWriteItem" and isinstance(request.get("RequestItems"), dict):
        for table, writes in request["RequestItems"].items():
            for write in writes if isinstance(writes, list) else ():
                item = (write.get("PutRequest") or {}).get("Item") or (write.get("DeleteRequest") or {}).get("Key")
                found += [(_table(table), item)] if isinstance(item, dict) else []
    if operation == "TransactWriteItems" and isinstance(request.get("TransactItems"), list):
        for one in request["TransactItems"]:
            for kind, name in (("Put", "Item"), ("Update", "Key"), ("Delete", "Key")):
                write = one.get(kind) if isinstance(one, dict) else None
                if isinstance(write, dict) and isinstance(write.get(name), dict):
                    found.append((_table(write.get("TableName")), write[name]))
    return found


def _table(name: Any) -> str:
    return str(name or "").rpartition("/")[2]


def kind_of(event: Any) -> str:
    """What a run of a function is, by the event it was given."""
    if not isinstance(event, dict):
        return "invocation"
    if {"triggerSource", "userPoolId"} <= event.keys() or {"RequestType", "ResponseURL", "StackId"} <= event.keys():
        return "trigger"
    if event.get("type") in ("TOKEN", "REQUEST") and ("methodArn" in event or "routeArn" in event):
        return "authorizer"
    if _records(event) or {"detail-type", "source", "detail"} <= event.keys() or "awslogs" in event:
        return "delivery"
    return "invocation"


def source_of(event: Any) -> str:
    """The service that delivered it, as boto3 names it; "" when nobody did."""
    if not isinstance(event, dict):
        return ""
    for record in _records(event)[:1]:
        name = str(record.get("eventSource") or record.get("EventSource") or "").rpartition(":")[2]
        return "sqs" if name == "sqs" else name
    return "events" if "detail-type" in event else "logs" if "awslogs" in event else ""


def delivered(event: Any) -> list[Key]:
    """Keys of what an event delivers, of each record the most telling first."""
    if not isinstance(event, dict):
        return []
    if isinstance(event.get("id"), str) and "detail-type" in event:
        return [("events", event["id"])]
    return [key for record in _records(event) for key in _of_record(record)]


def _records(event: dict[str, Any]) -> list[dict[str, Any]]:
    records = event.get("Records")
    return [one for one in records if isinstance(one, dict)] if isinstance(records, list) else []


def _of_record(record: dict[str, Any]) -> list[Key]:
    source = record.get("eventSource") or record.get("EventSource")
    if source == "aws:sqs":
        return _of_message(record)
    if source == "aws:sns":
        return [("sns", str((record.get("Sns") or {}).get("MessageId")))]
    if source == "aws:kinesis":
        return [("kinesis", str((record.get("kinesis") or {}).get("sequenceNumber")))]
    if source == "aws:s3":
        s3 = record.get("s3") or {}
        key = unquote_plus(str((s3.get("object") or {}).get("key")))
        place = f"{(s3.get('bucket') or {}).get('name')}/{key}"
        return [("s3", place, str((s3.get("object") or {}).get("eTag") or "")), ("s3", place, "")]
    if source == "aws:dynamodb":
        change = record.get("dynamodb") or {}
        table = str(record.get("eventSourceARN") or "").split("/stream/")[0]
        keys = json.dumps(change.get("Keys") or {}, sort_keys=True)
        return [("dynamodb", table, str(change.get("SequenceNumber")), keys)]
    return []


def _of_message(record: dict[str, Any]) -> list[Key]:
    """A message's own id; what it carries when a topic, a bucket or a bus has put it there; the header AWS carries."""
    keys: list[Key] = [("sqs", str(record.get("messageId")))]
    body = record.get("body")
    if isinstance(body, str) and body[:1] == "{":
        try:
            carried = json.loads(body)
        except (ValueError, RecursionError):
            carried = None
        if isinstance(carried, dict):
            keys += delivered(carried)
            if carried.get("Type") == "Notification" and "TopicArn" in carried:
                keys.append(("sns", str(carried.get("MessageId"))))
    header = (record.get("attributes") or {}).get("AWSTraceHeader")
    if isinstance(header, str) and root_of(header):
        keys.append(("header", root_of(header), parent_of(header)))
    return keys
