"""Deployment packages that keep mode bits, as `zip` and the SDKs' tools write them."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Collection, Mapping


def archive(files: Mapping[str, bytes], executable: Collection[str] = ("bootstrap",)) -> bytes:
    """A zip archive of `files`, names to contents."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as target:
        for name, content in files.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFREG | (0o755 if name in executable else 0o644)) << 16
            target.writestr(info, content)
    return buffer.getvalue()
