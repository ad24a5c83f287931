"""Which headers S3's answers are completed by."""

from __future__ import annotations

import pytest

from groundcloud.edge.storage import completed

SUM = (b"x-amz-checksum-crc32", b"NhCmhg==")
AES = (b"x-amz-server-side-encryption", b"AES256")
KMS = (b"X-Amz-Server-Side-Encryption", b"aws:kms")


@pytest.mark.parametrize("operation", ["GetObject", "HeadObject", "CopyObject", "CompleteMultipartUpload"])
def test_every_object_says_how_it_is_encrypted(operation: str):
    assert completed(operation, [], [(b"etag", b"x")]) == [(b"etag", b"x"), AES]


def test_another_encryption_stays():
    assert completed("GetObject", [], [KMS]) == [KMS]
    customer = (b"x-amz-server-side-encryption-customer-algorithm", b"AES256")
    assert completed("GetObject", [], [customer]) == [customer]


def test_a_checksum_comes_back_once():
    told = [(b"x-amz-checksum-algorithm", b"CRC32"), (b"x-amz-sdk-checksum-algorithm", b"CRC32"), SUM]
    assert completed("PutObject", told, [AES]) == [AES, SUM, (b"x-amz-checksum-type", b"FULL_OBJECT")]
    assert completed("UploadPart", told, [AES]) == [AES, SUM]
    assert completed("UploadPart", told, [AES, SUM]) == [AES, SUM]
    assert completed("GetObject", told, [AES]) == [AES]
