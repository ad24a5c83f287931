"""Signatures that lack something: when a request was signed, and what AWS says of one that does not tell.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html: ``X-Amz-Date`` or ``Date``.
The sentences as their clients report them: https://github.com/AnWeber/httpyac/issues/769,
https://github.com/aws-samples/amazon-elasticsearch-service-with-authentication/issues/4; of S3
https://github.com/hubrick/vertx-s3-client/issues/5.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC
from email.utils import parsedate_to_datetime

from groundcloud.http import Headers

TIMESTAMP = "%Y%m%dT%H%M%SZ"
_PARTS = ("Credential", "Signature", "SignedHeaders")
_PART = "Authorization header requires '{}' parameter."
_DATE = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."


def signed_at(headers: Headers) -> str:
    """``YYYYMMDDTHHMMSSZ`` of ``X-Amz-Date``, or else of ``Date``, which may be an HTTP date; "" without any."""
    given = headers.get("x-amz-date") or headers.get("date") or ""
    if "," not in given:
        return given
    try:
        return parsedate_to_datetime(given).astimezone(UTC).strftime(TIMESTAMP)
    except ValueError:
        return given


def lacks(authorization: str, headers: Headers) -> str:
    """What is missing of a signature in a header, in AWS's words."""
    missing = [_PART.format(part) for part in _PARTS if f"{part}=" not in authorization]
    if not signed_at(headers):
        missing.append(_DATE)
    missing = missing or ["Authorization header is not one whole signature of Version 4."]
    digest = base64.b64encode(hashlib.sha256(authorization.encode("latin-1", "replace")).digest()).decode()
    return f"{' '.join(missing)} (Hashed with SHA-256 and encoded with Base64) Authorization={digest}"
