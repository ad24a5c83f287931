"""Which operations on items may go to DynamoDB Local itself, and how they are asked there: pure functions.

LocalStack's provider hands these operations on as they are, under an access key made of account and region, for each
of which DynamoDB Local keeps tables of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from groundcloud.http import Headers, Request

SERVICE = "dynamodb"
TARGET = "DynamoDB_20120810."
_JSON = "application/x-amz-json-1.0"
_OPERATIONS = frozenset(
    f"{TARGET}{name}".encode()
    for name in ("BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
)
"""Not the others on items: transactions and PartiQL LocalStack changes on their way."""

_CREDENTIAL = re.compile(rb"Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/dynamodb/")
_ACCOUNT = re.compile(r"\d{12}")
_QUERY, _OF_INDEXES = f"{TARGET}Query", b"ALL_ATTRIBUTES"
"""LocalStack looks whether the index of a query has them all."""

_LOCALSTACKS = frozenset({b"origin", b"content-encoding"})
"""LocalStack answers browsers with headers of its own, and unpacks bodies."""


@dataclass(frozen=True)
class ItemCall:
    """An operation on items: its ``X-Amz-Target``, and whose tables it is about."""

    target: str
    account: str
    region: str


def item_call(headers: Iterable[tuple[bytes, bytes]], roots: frozenset[str], account: str) -> ItemCall | None:
    """What the headers of a request to DynamoDB ask for; None for all that has to go through LocalStack. The access key
    is an account's number, or one of `account`'s names (`roots`), as whose everything goes on that was permitted."""
    found = {}
    for name, value in headers:
        lower = name.lower()
        if lower in _LOCALSTACKS:
            return None
        found[lower] = value
    target = found.get(b"x-amz-target", b"")
    if target not in _OPERATIONS or found.get(b"content-type") != _JSON.encode():
        return None
    credential = _CREDENTIAL.search(found.get(b"authorization", b""))
    if credential is None:
        return None
    key = credential[1].decode("latin-1")
    owner = account if key in roots else key
    return ItemCall(target.decode(), owner, credential[2].decode()) if _ACCOUNT.fullmatch(owner) else None


def is_checked_by_localstack(call: ItemCall, body: bytes) -> bool:
    return call.target == _QUERY and _OF_INDEXES in body


def for_dynamodb_local(target: str, account: str, region: str, body: bytes) -> Request:
    """The request for DynamoDB Local, which verifies no signature and takes letters and digits only for a key."""
    key = f"{account}{region}".replace("-", "")
    credential = f"{key}/20000101/{region or 'us-east-1'}/{SERVICE}/aws4_request"
    headers = [
        ("Host", SERVICE),
        ("Content-Type", _JSON),
        ("X-Amz-Target", target),
        ("Authorization", f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature={'0' * 64}"),
    ]
    return Request("POST", "/", "", Headers(headers), body)
