"""Signed chunks, with AWS's own example.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html, "Example: PUT object".
"""

from __future__ import annotations

import pytest

from groundcloud.edge.chunks import SignedChunks, chunk_key
from groundcloud.edge.sigv4 import signing_key
from tests.support.chunks import Chunked

SCOPE = "20130524/us-east-1/s3/aws4_request"
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
KEY = signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "20130524", "us-east-1", "s3")
CHUNKED = Chunked(KEY, SEED, "20130524T000000Z", SCOPE)
DATA = b"a" * 66560
TRAILER = "x-amz-checksum-crc32:AAAAAA=="


def read(body: bytes, by: int, *, trailed: bool = False) -> str:
    """The code of the problem, "" when all is right; `body` comes in pieces of `by` bytes."""
    declared = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" + ("-TRAILER" if trailed else "")
    key = chunk_key(declared, KEY, SEED, "20130524T000000Z", SCOPE)
    assert key is not None
    chunks = SignedChunks(key)
    for at in range(0, len(body), by):
        chunks.feed(body[at : at + by])
    problem = chunks.problem()
    return problem.code if problem is not None else ""


def test_awss_example() -> None:
    """Its three signatures."""
    body = CHUNKED.body(DATA)
    for signature in (
        "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
        "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
        "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
    ):
        assert signature.encode() in body
    assert read(body, 70000) == ""


@pytest.mark.parametrize("by", [1, 2, 3, 64, 199, 200, 201, 1000])
@pytest.mark.parametrize("trailer", ["", TRAILER])
def test_pieces_of_any_size(by: int, trailer: str) -> None:
    body = CHUNKED.body(DATA[:2500], size=1000, trailer=trailer)
    assert read(body, by, trailed=bool(trailer)) == ""


@pytest.mark.parametrize("wrong", ["data", "chunk", "last", "trailer", "missing"])
def test_what_was_tampered_with(wrong: str) -> None:
    trailer = TRAILER if wrong in ("trailer", "missing") else ""
    body = CHUNKED.body(DATA[:2500], size=1000, trailer=trailer, wrong=wrong)
    for by in (7, 5000):
        assert read(body, by, trailed=bool(trailer)) == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "IncompleteBody"),
        (CHUNKED.body(DATA), "IncompleteBody"),
        (b"3\r\nabc\r\n0\r\n\r\n", "SignatureDoesNotMatch"),
        (b"x" * 100_000, "SignatureDoesNotMatch"),
        (b"\r\n" * 10, "SignatureDoesNotMatch"),
        (CHUNKED.body(b"") + b"x" * 20_000, "SignatureDoesNotMatch"),
    ],
    ids=["nothing", "no last chunk", "unsigned", "no line", "empty lines", "endless"],
)
def test_no_such_bodies(body: bytes, code: str) -> None:
    if code == "IncompleteBody" and body:
        body = body[: body.index(b"\r\n0;")]
    assert read(body, 4096) == code


def test_other_bodies_have_no_signed_chunks() -> None:
    for declared in ("UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "0" * 64):
        assert chunk_key(declared, KEY, SEED, "", SCOPE) is None
