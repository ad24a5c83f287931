"""Zips that depend on nothing but their content: sorted names, one timestamp, modes kept."""

from __future__ import annotations

import io
import stat
import zipfile

from groundcloud.deploy.folder import SourceFile, read_source

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a zip can name."""

_UNIX = 3


def zip_bytes(files: list[SourceFile]) -> bytes:
    """A zip of `files`: the same bytes for the same names, modes and content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(files, key=lambda each: each.name):
            entry = zipfile.ZipInfo(file.name, EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = _UNIX
            entry.external_attr = (stat.S_IFREG | file.mode) << 16
            archive.writestr(entry, read_source(file.path))
    return buffer.getvalue()
