"""What an engine writes into every answer, and AWS only where it was asked for.

AWS's services answer a page of another origin with `Access-Control-*`, and nobody else; and the request's id under one
name, which is another with S3 (https://docs.aws.amazon.com/AmazonS3/latest/API/RESTCommonResponseHeaders.html) than
elsewhere (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html, the example of
a response). An SDK parses each header of each answer: these six were a fiftieth of what a small call takes of a
function's processor time.
"""

from __future__ import annotations

from collections.abc import Callable

from groundcloud.edge.exchange import Exchange
from groundcloud.engines.embedded.asgi import Message

_REQUEST_ID = b"x-amzn-requestid"
_OF_S3 = frozenset({b"x-amz-request-id", b"x-amz-id-2"})
_OF_PAGES = frozenset(
    b"access-control-" + name
    for name in (b"allow-origin", b"allow-methods", b"allow-headers", b"allow-credentials", b"expose-headers")
)
_OF_BOTH = _OF_S3 | _OF_PAGES


def only_asked(exchange: Exchange) -> Callable[[Message], Message] | None:
    """What leaves out of an answer's head that nobody has asked for who has sent this; None when everything stays. S3
    is left alone: it asks its buckets."""
    identity = exchange.identity
    if identity is None or identity.service.startswith("s3") or exchange.method == "OPTIONS":
        return None
    return _for_pages if "origin" in exchange.headers else _for_nobody


def _for_pages(head: Message) -> Message:
    return {**head, "headers": _without(head.get("headers") or [], _OF_S3)}


def _for_nobody(head: Message) -> Message:
    return {**head, "headers": _without(head.get("headers") or [], _OF_BOTH)}


def _without(headers: list[tuple[bytes, bytes]], names: frozenset[bytes]) -> list[tuple[bytes, bytes]]:
    kept, has_id = [], False
    for pair in headers:
        name = pair[0].lower()
        has_id = has_id or name == _REQUEST_ID
        if name not in names:
            kept.append(pair)
    # An answer that has its id under S3's name only keeps it.
    return kept if has_id else [pair for pair in headers if pair[0].lower() not in names - _OF_S3]
