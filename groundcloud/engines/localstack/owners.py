"""Who answers which service: one table, made at the start of what LocalStack says it has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qs

from groundcloud.http import Request

LOCALSTACK, EMBEDDED = "localstack", "embedded"

_PLANES = {"apigatewaymanagementapi": "apigatewayv2"}
"""Services that are another one's data plane, and live where that one lives."""

_EMBEDDED_PATH = "/_ministack/"
_CREDENTIAL = re.compile(r"Credential=[^/,\s]*/\d{8}/[^/,\s]+/([^/,\s]+)/aws4_request")
_UNSIGNED = "s3"
"""What is called by plain paths without a signature, a presigned URL of SigV2 included."""


class Owners:
    """Looks the owner of a service up; what LocalStack does not name is the embedded engine's."""

    def __init__(self, localstack: Iterable[str]) -> None:
        self._table = dict.fromkeys(localstack, LOCALSTACK)

    @property
    def table(self) -> Mapping[str, str]:
        return self._table

    def of(self, service: str) -> str:
        return self._table.get(_PLANES.get(service, service), EMBEDDED)

    def of_request(self, request: Request) -> str:
        """The owner of a raw request: of the service that it names, else that it is signed for."""
        if not request.service and request.raw_path.startswith(_EMBEDDED_PATH):
            return EMBEDDED
        return self.of(request.service or _signed_for(request))


def _signed_for(request: Request) -> str:
    found = _CREDENTIAL.search(request.headers.get("authorization") or "")
    if found:
        return found[1]
    presigned = parse_qs(request.query_string).get("X-Amz-Credential", [""])[0].split("/")
    return presigned[3] if len(presigned) == 5 else _UNSIGNED
