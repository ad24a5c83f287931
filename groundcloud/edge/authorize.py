"""Verifies every signature made with a key that the cloud knows: root keys, and those it has given out.

The engine takes whatever names a root key (``test``, the configured one, 12 digits) for the administrator's, whatever
the signature; AWS takes no wrong signature from anybody. A key that is not known here is refused by the next step,
unless the operation needs none.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, Protocol
from urllib.parse import parse_qsl

from groundcloud.clock import Clock
from groundcloud.edge import credentials, sigv2, sigv4
from groundcloud.edge.chunks import SIGNED_CHUNKS, chunk_key
from groundcloud.edge.exchange import Exchange, Identity
from groundcloud.edge.identify import bucket_of_host
from groundcloud.edge.incomplete import TIMESTAMP, lacks, signed_at
from groundcloud.edge.limits import CLOCK_SKEW_SECONDS, MAX_OPERATION_BODY_BYTES, MAX_PRESIGNED_SECONDS
from groundcloud.errors import AwsError
from groundcloud.http import Headers, Response
from groundcloud.iam.registry import KnownKey
from groundcloud.settings import Settings

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256\s+Credential=[^/,\s]*/(\d{8})/([^/,\s]+)/([^/,\s]+)/aws4_request\s*,\s*"
    r"SignedHeaders=([^,\s]+)\s*,\s*Signature=([0-9a-f]{64})\s*"
)
_ACCOUNT = re.compile(r"\d{12}")
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_ASYMMETRIC_QUERY = f"X-Amz-Algorithm={sigv4.ASYMMETRIC}"
_UNHASHED = ("UNSIGNED-PAYLOAD", "STREAMING-")


class Keys(Protocol):
    """`groundcloud.iam.registry.KeyRegistry`: the keys that were given out."""

    def find(self, access_key: str) -> KnownKey | None: ...


SIGNED_BY = "groundcloud.signed_by"
"""Scope key of the `Signer` whose signature was found to be right."""


class Signer(NamedTuple):
    """`key` is None for a root key. `is_whole`: the body was verified too, and the request cannot have been passed on
    by somebody else, as a presigned URL can."""

    key: KnownKey | None
    is_whole: bool


class Authorize:
    """Sets `exchange.scope[SIGNED_BY]`, and `exchange.is_admin` for a root user; raises `AwsError` for a signature that
    is wrong; never answers by itself, and lets keys pass that it does not know."""

    def __init__(self, settings: Settings, clock: Clock, keys: Keys | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._keys = keys

    async def __call__(self, exchange: Exchange) -> Response | None:
        identity = exchange.identity
        if identity is not None and _is_asymmetric(exchange):
            raise credentials.asymmetric(identity)
        if identity is None:
            return None
        if not identity.access_key:
            _check_unsigned(identity, exchange.headers)
            return None
        is_root = self._is_root_key(identity.access_key)
        key = None if is_root or self._keys is None else self._keys.find(identity.access_key)
        if key is None and not is_root:
            return None
        whole = await self._verify(exchange, identity, key)
        if whole is None:
            if is_root:  # the engine would take it for a root user's, unseen
                raise credentials.unsupported(identity)
            return None
        exchange.scope[SIGNED_BY] = Signer(key, whole)
        exchange.is_admin = whole and is_root
        return None

    async def _verify(self, exchange: Exchange, identity: Identity, key: KnownKey | None) -> bool | None:
        """Whether the body was verified too; None for a signature of a kind that only the engine knows."""
        authorization = exchange.headers.get("authorization") or ""
        if key is not None:
            self._check_session(exchange, identity, key)
        secret = key.secret if key else self._settings.secret_access_key
        if authorization.startswith("AWS4-HMAC-SHA256"):
            return await self._verify_header(exchange, identity, authorization, secret)
        if authorization.startswith("AWS "):
            self._verify_v2(exchange, identity, authorization.rpartition(":")[2], None, secret)
            return False
        if not authorization:
            return await self._verify_query(exchange, identity, secret)
        return None

    def _is_root_key(self, access_key: str) -> bool:
        return access_key in ("test", self._settings.access_key_id) or bool(_ACCOUNT.fullmatch(access_key))

    def _check_session(self, exchange: Exchange, identity: Identity, key: KnownKey) -> None:
        """A session's key is nothing without its token, and nothing after its time."""
        token = _token(exchange)
        if token != key.token:
            raise credentials.invalid_token(identity) if token else credentials.unknown_key(identity)
        if key.is_temporary and key.expires <= self._clock.now():
            raise credentials.expired(identity)

    async def _verify_header(self, exchange: Exchange, identity: Identity, authorization: str, secret: str) -> bool:
        """True when the body was verified too: S3 streams bodies whose hash the client only declares."""
        found = _AUTHORIZATION.fullmatch(authorization)
        if found is None or len(exchange.headers.get_all("authorization")) != 1:
            raise credentials.incomplete(identity, lacks(authorization, exchange.headers))
        date, region, service, signed_headers, signature = found.groups()
        names, timestamp = signed_headers.split(";"), signed_at(exchange.headers)
        if not timestamp:
            raise credentials.incomplete(identity, lacks(authorization, exchange.headers))
        if "host" not in names or not timestamp.startswith(date):
            raise _mismatch(identity)
        # Who signs goes by a machine's clock, whatever a test has moved ours to.
        self._check_time(identity, timestamp, CLOCK_SKEW_SECONDS, self._clock.machine())
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
        if not sigv4.matches(received, secret, region, service, signature):
            raise _mismatch(identity)
        if not is_whole:
            scope = f"{date}/{region}/{service}/aws4_request"
            signing = sigv4.signing_key(secret, date, region, service)
            exchange.scope[SIGNED_CHUNKS] = chunk_key(str(declared), signing, signature, timestamp, scope)
        return is_whole

    async def _verify_query(self, exchange: Exchange, identity: Identity, secret: str) -> bool | None:
        """A presigned URL. It can be passed on, so it never makes its bearer the administrator of our own parts."""
        query = dict(parse_qsl(exchange.query_string, keep_blank_values=True))
        if "AWSAccessKeyId" in query:
            self._verify_v2(exchange, identity, query.get("Signature", ""), query.get("Expires", ""), secret)
        elif query.get("X-Amz-Algorithm") == sigv4.ALGORITHM:
            await self._verify_presigned(exchange, identity, query, secret)
        else:
            return None
        return False

    async def _verify_presigned(
        self, exchange: Exchange, identity: Identity, query: dict[str, str], secret: str
    ) -> None:
        _, date, region, service, _ = query["X-Amz-Credential"].split("/")
        timestamp, lifetime = query.get("X-Amz-Date", ""), query.get("X-Amz-Expires", "")
        if not timestamp.startswith(date) or not lifetime.isdecimal():
            raise _mismatch(identity)
        is_s3 = identity.signing_name in ("s3", "s3express")
        self._check_lifetime(identity, timestamp, int(lifetime))
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
            # S3's URLs do not sign what is sent to them, unless they say so.
            (exchange.headers.get("x-amz-content-sha256") or "UNSIGNED-PAYLOAD")
            if is_s3
            else hashlib.sha256(await exchange.body(MAX_OPERATION_BODY_BYTES)).hexdigest(),
        )
        signature = query.get("X-Amz-Signature", "")
        if not sigv4.matches(received, secret, region, service, signature):
            raise _mismatch(identity)

    def _verify_v2(
        self, exchange: Exchange, identity: Identity, signature: str, expires: str | None, secret: str
    ) -> None:
        if expires is not None and not (expires.isdecimal() and int(expires) >= self._clock.now()):
            raise AwsError("AccessDenied", "Request has expired", 403)
        bucket = bucket_of_host(exchange)
        resource = f"/{bucket}{exchange.raw_path}" if bucket else exchange.raw_path
        received = sigv2.Received(
            exchange.method, resource, exchange.query_string, exchange.headers, expires, _token(exchange)
        )
        if not sigv2.matches(received, identity.access_key, secret, signature):
            raise _mismatch(identity)

    def _check_lifetime(self, identity: Identity, timestamp: str, lifetime: int) -> None:
        """A presigned URL's own time (AmazonS3/latest/API/sigv4-query-string-auth.html)."""
        if identity.service != "s3":
            self._check_time(identity, timestamp, lifetime, self._clock.now())
            return
        try:
            sent = _epoch(timestamp)
        except ValueError:
            raise AwsError("AuthorizationQueryParametersError", "X-Amz-Date is not a date", 400) from None
        if lifetime > MAX_PRESIGNED_SECONDS:
            message = "X-Amz-Expires must be less than a week (in seconds) that is 604800"
            raise AwsError("AuthorizationQueryParametersError", message, 400)
        if sent - CLOCK_SKEW_SECONDS > self._clock.now():
            raise AwsError("AccessDenied", "Request is not yet valid", 403)
        if sent + lifetime < self._clock.now():
            raise AwsError("AccessDenied", "Request has expired", 403)

    def _check_time(self, identity: Identity, timestamp: str, lifetime: float, now: float) -> None:
        """`lifetime` seconds from the timestamp on, and as far into the future as clocks may differ."""
        try:
            sent = _epoch(timestamp)
        except ValueError:
            raise _mismatch(identity) from None
        if -CLOCK_SKEW_SECONDS <= now - sent <= lifetime:
            return
        if identity.service == "s3":
            message = "The difference between the request time and the current time is too large."
            raise AwsError("RequestTimeTooSkewed", message, 403)
        at, minutes = datetime.fromtimestamp(now, UTC), CLOCK_SKEW_SECONDS // 60
        skew, said = timedelta(minutes=minutes), at.strftime(TIMESTAMP)
        earlier, later = (at - skew).strftime(TIMESTAMP), (at + skew).strftime(TIMESTAMP)
        expired = f"Signature expired: {timestamp} is now earlier than {earlier} ({said} - {minutes} min.)"
        early = f"Signature not yet current: {timestamp} is still later than {later} ({said} + {minutes} min.)"
        raise _mismatch(identity, expired if sent < now else early)


def _check_unsigned(identity: Identity, headers: Headers) -> None:
    """A signature that names no key is not none."""
    authorization = headers.get("authorization") or ""
    if authorization.startswith(sigv4.ALGORITHM) and _AUTHORIZATION.fullmatch(authorization) is None:
        raise credentials.incomplete(identity, lacks(authorization, headers))


def _is_asymmetric(exchange: Exchange) -> bool:
    authorization = exchange.headers.get("authorization") or ""
    return authorization.startswith(sigv4.ASYMMETRIC) or _ASYMMETRIC_QUERY in exchange.query_string


def _token(exchange: Exchange) -> str:
    """The session token that came with a request, in a header or in a presigned URL."""
    token = exchange.headers.get("x-amz-security-token") or ""
    if token or "ecurity-" not in exchange.query_string:
        return token
    named = {name.lower(): value for name, value in parse_qsl(exchange.query_string, keep_blank_values=True)}
    return named.get("x-amz-security-token", "")


@lru_cache(maxsize=64)
def _epoch(timestamp: str) -> float:
    """Kept, because the requests of one second share it and parsing takes longer than verifying."""
    return datetime.strptime(timestamp, TIMESTAMP).replace(tzinfo=UTC).timestamp()


def _mismatch(identity: Identity, message: str = _MISMATCH) -> AwsError:
    """In the words of the service's protocol (…/CommonErrors.html of each service's API reference)."""
    if identity.protocol in ("json", "rest-json", "smithy-rpc-v2-cbor"):
        return AwsError("InvalidSignatureException", message, 403 if identity.protocol == "rest-json" else 400)
    return AwsError("SignatureDoesNotMatch", message, 403)
