"""Tells a misspelt resource type from one that exists on AWS and that the engine does not have."""

from __future__ import annotations

import asyncio
import re

from groundcloud.http import Response

_REFUSED = re.compile(rb"Unrecognized resource types: \[([^\]]*)\]")


async def with_known_types(response: Response, region: str) -> Response:
    """`response`, with a sentence added when it refuses types that AWS would take."""
    found = _REFUSED.search(response.body) if response.status == 400 else None
    if found is None:
        return response
    refused = [name.strip() for name in found[1].decode().split(",")]
    known = await asyncio.to_thread(_types_of_aws, region)
    missing = [name for name in refused if name in known]
    if not missing:
        return response
    sentence = f" (AWS has {', '.join(missing)}, Groundcloud does not yet)"
    headers = response.headers.copy()
    headers.remove("content-length")
    body = response.body[: found.end()] + sentence.encode() + response.body[found.end() :]
    return Response(response.status, headers, body)


def _types_of_aws(region: str) -> set[str]:
    """Every type that CloudFormation's published schemas describe; takes seconds, hence only after a refusal."""
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

    return set(PROVIDER_SCHEMA_MANAGER.get_resource_types(region))
