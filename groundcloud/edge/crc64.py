"""CRC-64/NVME, the checksum that S3 computes by itself: pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html; parameters from the NVM
Express NVM Command Set Specification, section 5.2.1.3.4 (reflected polynomial 9A6C9329AC4BC9B5).
"""

from __future__ import annotations

import base64
from functools import cache

_POLYNOMIAL = 0x9A6C9329AC4BC9B5
_ONES = 0xFFFFFFFFFFFFFFFF


def checksum(data: bytes) -> str:
    """As S3 writes it: eight bytes, the highest first, in base64. About 0.15 µs a byte."""
    table, crc = _table(), _ONES
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return base64.b64encode((crc ^ _ONES).to_bytes(8, "big")).decode()


@cache
def _table() -> tuple[int, ...]:
    entries = []
    for entry in range(256):
        for _ in range(8):
            entry = (entry >> 1) ^ _POLYNOMIAL if entry & 1 else entry >> 1
        entries.append(entry)
    return tuple(entries)
