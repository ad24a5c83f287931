"""CRC64NVME of bodies and of uploads in parts."""

from __future__ import annotations

import base64

import pytest

from groundcloud.edge.checksums import Parts, listed, ours, without
from groundcloud.edge.crc64 import Crc64, checksum, combined
from groundcloud.errors import AwsError

SUM = (b"x-amz-checksum-crc64nvme", b"rosUhgp5mIg=")
LONG = (b"content-length", b"65537")


def test_the_check_value_of_the_catalogue() -> None:
    """``123456789``, whole, fed in pieces and combined."""
    crc = Crc64()
    for piece in (b"", b"12345", b"", b"6789"):
        crc.feed(piece)
    parts = [(fed.value, fed.size) for fed in (fed_with(b"12345"), fed_with(b"6789"))]
    assert base64.b64decode(checksum(b"123456789")).hex() == "ae8b14860a799888"
    assert checksum(b"123456789") == crc.text() == combined(parts) == SUM[1].decode()
    assert checksum(b"") == combined([]) == base64.b64encode(bytes(8)).decode()


def fed_with(data: bytes) -> Crc64:
    crc = Crc64()
    crc.feed(data)
    return crc


def test_what_is_summed_here() -> None:
    assert ours("UploadPart", [SUM]) and not ours("UploadPart", [LONG])
    assert ours("PutObject", [LONG]) and ours("PutObject", [LONG, SUM])
    assert not ours("PutObject", [LONG, (b"x-amz-checksum-crc32", b"x")])
    assert not ours("PutObject", [(b"content-length", b"65536"), SUM])
    assert not ours("PutObject", [LONG, SUM, (b"x-amz-content-sha256", b"STREAMING-UNSIGNED-PAYLOAD-TRAILER")])


def test_what_the_engine_does_not_hear() -> None:
    asked = (b"x-amz-sdk-checksum-algorithm", b"CRC64NVME")
    assert without([LONG, SUM, asked, (b"x-amz-checksum-type", b"FULL_OBJECT")]) == [LONG]
    other = [(b"x-amz-checksum-algorithm", b"CRC32"), (b"x-amz-checksum-type", b"COMPOSITE")]
    assert without(other) == other
    part = b"<Part><ChecksumCRC64NVME>x=</ChecksumCRC64NVME><PartNumber>1</PartNumber></Part>"
    assert listed(part) == b"<Part><PartNumber>1</PartNumber></Part>"


def test_a_whole_upload_is_held_against_its_parts() -> None:
    parts, query = Parts(), "uploadId=u&partNumber="
    listing = b"<PartNumber>1</PartNumber><PartNumber>2</PartNumber>"
    parts.note(f"{query}1", fed_with(b"12345"))
    parts.check("uploadId=u", listing, "wrong")  # the second part is not known
    parts.note(f"{query}2", fed_with(b"6789"))
    parts.check("uploadId=u", listing, SUM[1].decode())
    with pytest.raises(AwsError, match="did not match the calculated checksum"):
        parts.check("uploadId=u", listing, "wrong")
    parts.forget("uploadId=u")
    parts.check("uploadId=u", listing, "wrong")
