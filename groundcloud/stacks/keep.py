"""What the user sent, kept inside the template that the engine gets, so that it lives exactly as long as the stack.

``Metadata.GroundcloudEdge = {"original": …, "processed": …}``, compressed; `processed` (the template after its
transforms) only when there were any. The compression is deterministic: an unchanged template stays unchanged.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

from groundcloud.stacks.parse import Template

KEY = "GroundcloudEdge"
_LEVEL = 9
_NOT_BY_THEMSELVES = ("AWSTemplateFormatVersion", "Description", "Metadata")


@dataclass(frozen=True)
class Kept:
    """The template as it was sent, and as JSON after its transforms (the same text when it has none)."""

    original: str
    processed: str


def keep(template: Template, original: str, processed: Template | None) -> Template:
    """`template` with what was sent inside. `processed` is None when the document has no transforms."""
    record = {"original": _pack(original)}
    if processed is not None:
        record["processed"] = _pack(json.dumps(processed))
    metadata = template.get("Metadata")
    return {**template, "Metadata": {**(metadata if isinstance(metadata, dict) else {}), KEY: record}}


def recall(body: str) -> Kept | None:
    """What `keep` put into the template text `body`; None when it did not go through here."""
    try:
        template: Any = json.loads(body)
    except json.JSONDecodeError:
        return None
    metadata = template.get("Metadata") if isinstance(template, dict) else None
    record = metadata.get(KEY) if isinstance(metadata, dict) else None
    if not isinstance(record, dict) or "original" not in record:
        return None
    original = _unpack(record["original"])
    return Kept(original, _unpack(record["processed"]) if "processed" in record else original)


def resources_of(body: str) -> dict[str, Any]:
    """The resources of the engine's template in `body`; none when it did not go through here."""
    resources: dict[str, Any] = json.loads(body).get("Resources") or {} if recall(body) is not None else {}
    return resources


def deployed(body: str) -> Any:
    """What an update acts upon of the template in `body`: `Metadata` and `Description` cannot be updated by themselves
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/metadata-section-structure.html)."""
    return acted_upon(json.loads(body))


def acted_upon(template: Template) -> Template:
    return {key: value for key, value in template.items() if key not in _NOT_BY_THEMSELVES}


def _pack(text: str) -> str:
    return b64encode(zlib.compress(text.encode(), _LEVEL)).decode()


def _unpack(packed: str) -> str:
    return zlib.decompress(b64decode(packed)).decode()
