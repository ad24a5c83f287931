"""Verifies every signature that claims to be the administrator's.

The engine verifies the signatures of users and roles, and S3's presigned URLs of Signature Version 4; whatever else
names a root key (``test``, the configured one, 12 digits) it takes for the administrator's, whatever the signature.
AWS takes no wrong signature from anybody, so it is checked here; and only a request that was found to be the
administrator's may be answered by a part of ours.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import parse_qsl

from groundcloud.clock import Clock
from groundcloud.edge import sigv2, sigv4
from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.identify import bucket_of_host
from groundcloud.edge.limits import CLOCK_SKEW_SECONDS, MAX_OPERATION_BODY_BYTES
from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.settings import Settings

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=[^/,\s]*/(\d{8})/([^/,\s]+)/([^/,\s]+)/aws4_request\s*,\s*"
    r"SignedHeaders=([^,\s]+)\s*,\s*Signature=([0-9a-f]{64})\s*"
)
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_UNHASHED = ("UNSIGNED-PAYLOAD", "STREAMING-")
_TIMESTAMP = "%Y%m%dT%H%M%SZ"


class Authorize:
    """Sets `exchange.is_admin`, or raises `AwsError` for a signature that is not the administrator's; never answers
    by itself, and leaves every other key to the engine."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    async def __call__(self, exchange: Exchange) -> Response | None:
        identity = exchange.identity
        if identity is None or not self._is_admin_key(identity.access_key):
            return None
        authorization = exchange.headers.get("authorization") or ""
        if authorization.startswith("AWS4-HMAC-SHA256"):
            exchange.is_admin = await self._verify_header(exchange, identity, authorization)
        elif authorization.startswith("AWS "):
            self._verify_v2(exchange, identity, authorization.rpartition(":")[2], None)
        elif not authorization:
            await self._verify_query(exchange, identity)
        return None

    def _is_admin_key(self, access_key: str) -> bool:
        return access_key in ("test", self._settings.access_key_id) or bool(re.fullmatch(r"\d{12}", access_key))

    async def _verify_header(self, exchange: Exchange, identity: Identity, authorization: str) -> bool:
        """True when the body was verified too: S3 streams bodies whose hash the client only declares."""
        found = _AUTHORIZATION.fullmatch(authorization)
        if found is None or len(exchange.headers.get_all("authorization")) != 1:
            raise AwsError("IncompleteSignature", "Authorization header is not a whole SigV4 signature", 403)
        date, region, service, signed_headers, signature = found.groups()
        names, timestamp = signed_headers.split(";"), exchange.headers.get("x-amz-date") or ""
        if "host" not in names or not timestamp.startswith(date):
            raise _mismatch(identity)
        self._check_time(identity, timestamp, CLOCK_SKEW_SECONDS)
        declared = exchange.headers.get("x-amz-content-sha256")
        is_whole = declared is None or (identity.service != "s3" and not declared.startswith(_UNHASHED))
        if is_whole:
            body_hash = hashlib.sha256(await exchange.body(MAX_OPERATION_BODY_BYTES)).hexdigest()
            if declared not in (None, body_hash):
                raise _mismatch(identity)
            declared = body_hash
        received = sigv4.Received(
            exchange.method,
            exchange.raw_path,
            exchange.query_string,
            exchange.headers,
            names,
            timestamp,
            str(declared),
        )
        if not sigv4.matches(received, self._settings.secret_access_key, region, service, signature):
            raise _mismatch(identity)
        return is_whole

    async def _verify_query(self, exchange: Exchange, identity: Identity) -> None:
        """A presigned URL. It can be passed on, so it never makes its bearer the administrator of our own parts."""
        query = dict(parse_qsl(exchange.query_string, keep_blank_values=True))
        if "AWSAccessKeyId" in query:
            self._verify_v2(exchange, identity, query.get("Signature", ""), query.get("Expires", ""))
        elif identity.signing_name not in ("s3", "s3express"):  # S3's are verified by the engine
            await self._verify_presigned(exchange, identity, query)

    async def _verify_presigned(self, exchange: Exchange, identity: Identity, query: dict[str, str]) -> None:
        _, date, region, service, _ = query["X-Amz-Credential"].split("/")
        timestamp, lifetime = query.get("X-Amz-Date", ""), query.get("X-Amz-Expires", "")
        if not timestamp.startswith(date) or not lifetime.isdecimal():
            raise _mismatch(identity)
        self._check_time(identity, timestamp, int(lifetime))
        unsigned = "&".join(
            pair for pair in exchange.query_string.split("&") if not pair.startswith("X-Amz-Signature=")
        )
        received = sigv4.Received(
            exchange.method,
            exchange.raw_path,
            unsigned,
            exchange.headers,
            query.get("X-Amz-SignedHeaders", "").split(";"),
            timestamp,
            hashlib.sha256(await exchange.body(MAX_OPERATION_BODY_BYTES)).hexdigest(),
        )
        signature = query.get("X-Amz-Signature", "")
        if not sigv4.matches(received, self._settings.secret_access_key, region, service, signature):
            raise _mismatch(identity)

    def _verify_v2(self, exchange: Exchange, identity: Identity, signature: str, expires: str | None) -> None:
        if expires is not None and not (expires.isdecimal() and int(expires) >= self._clock.now()):
            raise AwsError("AccessDenied", "Request has expired", 403)
        bucket = bucket_of_host(exchange)
        resource = f"/{bucket}{exchange.raw_path}" if bucket else exchange.raw_path
        received = sigv2.Received(exchange.method, resource, exchange.query_string, exchange.headers, expires)
        if not sigv2.matches(received, identity.access_key, self._settings.secret_access_key, signature):
            raise _mismatch(identity)

    def _check_time(self, identity: Identity, timestamp: str, lifetime: float) -> None:
        """`lifetime` seconds from the timestamp on, and as far into the future as clocks may differ."""
        try:
            sent = _epoch(timestamp)
        except ValueError:
            raise _mismatch(identity) from None
        now = self._clock.now()
        if -CLOCK_SKEW_SECONDS <= now - sent <= lifetime:
            return
        if identity.service == "s3":
            message = "The difference between the request time and the current time is too large."
            raise AwsError("RequestTimeTooSkewed", message, 403)
        at = datetime.fromtimestamp(now, UTC).strftime(_TIMESTAMP)
        raise _mismatch(identity, f"Signature expired: {timestamp} is too far from the current time {at}")


@lru_cache(maxsize=64)
def _epoch(timestamp: str) -> float:
    """Kept, because the requests of one second share it and parsing takes longer than verifying."""
    return datetime.strptime(timestamp, _TIMESTAMP).replace(tzinfo=UTC).timestamp()


def _mismatch(identity: Identity, message: str = _MISMATCH) -> AwsError:
    """In the words of the service's protocol (…/CommonErrors.html of each service's API reference)."""
    if identity.protocol in ("json", "rest-json", "smithy-rpc-v2-cbor"):
        return AwsError("InvalidSignatureException", message, 403 if identity.protocol == "rest-json" else 400)
    return AwsError("SignatureDoesNotMatch", message, 403)
