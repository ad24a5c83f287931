"""May this caller do that? The step between the signature and whoever answers.

Root keys go straight on. A request that a known key signed is decided here, by `groundcloud.iam`, and then goes on as
the administrator's of the account whose resources it is about: nobody behind has to decide again, or could decide
differently. Only where an answer tells who asked (STS, and the few services that look at their caller) does the
caller's own signature go on. A key that nobody here has issued is refused.
"""

from __future__ import annotations

from groundcloud.clock import Clock
from groundcloud.edge import credentials
from groundcloud.edge.authorize import SIGNED_BY, Signer
from groundcloud.edge.exchange import RAW_NAMES, Exchange, Identity
from groundcloud.edge.identify import bucket_of, bucket_of_host
from groundcloud.edge.issued import Issued
from groundcloud.edge.limits import MAX_OPERATION_BODY_BYTES
from groundcloud.edge.storage import REFUSAL, Refusal
from groundcloud.errors import AwsError
from groundcloud.http import Response
from groundcloud.iam import minting
from groundcloud.iam.access import ENFORCE, OFF, AccessControl, Verdict
from groundcloud.iam.checks import Check
from groundcloud.iam.identities import Identities, Principal
from groundcloud.iam.issuing import ISSUING
from groundcloud.iam.messages import message
from groundcloud.iam.model import CallerKind, Decision
from groundcloud.iam.operations import NEVER_DENIED, is_open
from groundcloud.iam.origin import Origin
from groundcloud.iam.params import Call, needs_body
from groundcloud.iam.registry import KnownKey
from groundcloud.ports import Scope

_LOOK_AT_THEIR_CALLER = frozenset(
    {"sts", "appsync", "bedrock-agentcore", "eks", "iot", "iot-data", "s3tables", "signer"}
)
_QUERY_SIGNATURE = frozenset(
    {"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders", "x-amz-signature"}
    | {"x-amz-security-token", "awsaccesskeyid", "signature", "expires"}
)
_ALWAYS_ROOTS = ("CreateBucket", "DeleteBucketPolicy", "GetBucketPolicy", "PutBucketPolicy")
_OF_NO_BUCKET = frozenset({"CreateBucket", "ListBuckets"})
_CHUNKS_SIGNED = "STREAMING-AWS4-"
_NO_SIGNATURE = "0" * 64
_UNKNOWN = "No model of AWS's knows this request, so nobody but the account's administrator may send it to LocalStack"


class Permit:
    """An engine that judges nobody (`engine_judges`) gets nothing but what was found to be permitted here."""

    def __init__(
        self,
        access: AccessControl,
        identities: Identities,
        issued: Issued,
        clock: Clock,
        *,
        engine_judges: bool = True,
    ) -> None:
        self._engine_judges = engine_judges
        self._look_at_their_caller = _LOOK_AT_THEIR_CALLER if engine_judges else frozenset({"sts"})
        self._access = access
        self._identities = identities
        self._issued = issued
        self._clock = clock

    async def __call__(self, exchange: Exchange) -> Response | None:
        identity = exchange.identity
        if identity is None or exchange.method == "OPTIONS":
            return None
        signer: Signer | None = exchange.scope.get(SIGNED_BY)
        if signer is not None and signer.key is not None:
            await self._judge(exchange, identity, signer)
        elif signer is not None:
            await self._judge_root(exchange, identity)
            if signer.is_whole:
                exchange.judged = identity.scope
        elif signer is None and not identity.access_key and identity.service == "s3":
            await self._judge_anonymous(exchange, identity)
        elif signer is None and identity.access_key and not _is_open(identity):
            raise credentials.unknown_key(identity)
        elif signer is None and not self._engine_judges and not _is_open(identity):
            raise credentials.unsigned(identity)
        key = signer.key if signer else None
        if key is not None and identity.operation == "GetCallerIdentity":
            return await self._caller_identity(key, exchange.request_id)
        if (identity.service, identity.operation) in ISSUING:
            return await self._issued.answer(exchange, identity, key)
        return None

    async def _caller_identity(self, key: KnownKey, request_id: str) -> Response | None:
        """Told here where the engine does not know the key, or tells callers apart less well than we do."""
        if key.is_ours:
            return minting.identity(key.arn, key.principal_id, key.account, request_id)
        principal = None if self._engine_judges else await self._identities.principal(key)
        if principal is None:
            return None
        caller = principal.caller
        return minting.identity(caller.arn, caller.principal_id or key.account, key.account, request_id)

    async def _judge(self, exchange: Exchange, identity: Identity, signer: Signer) -> None:
        assert signer.key is not None
        principal = await self._identities.principal(signer.key)
        if principal is None:
            raise credentials.unknown_key(identity)
        if principal.caller.kind is CallerKind.ROOT and principal.session is None:
            verdict = Verdict(None, principal.caller.account)
        elif not self._engine_judges and not identity.operation:
            raise credentials.denied(identity, f"{identity.service}:*", _UNKNOWN)
        elif _is_open(identity):
            return  # what no model knows, and what needs no signature, is the engine's to judge
        else:
            call, origin = await _call(exchange, identity), self._origin(exchange, identity)
            verdict = await self._access.judge(call, identity.scope, principal, origin)
            if identity.service == "s3":
                exchange.scope[REFUSAL] = self._refusal_of(identity, principal, origin)
        if verdict.refused is not None:
            await self._check_bucket(exchange, identity)
            raise _refusal(identity, verdict.refused)
        self._pass_on(exchange, identity, signer, verdict)

    async def _judge_root(self, exchange: Exchange, identity: Identity) -> None:
        """The account's administrator may do everything, but for what the policy of its own bucket denies to everybody;
        that policy it may always change
        (docs.aws.amazon.com/AmazonS3/latest/userguide/access-policy-language-overview.html)."""
        bucket = bucket_of(exchange) if identity.service == "s3" else ""
        if not bucket or identity.operation in _ALWAYS_ROOTS or not identity.operation:
            return
        account = identity.scope.account
        if not await self._access.resources.has_policy(bucket, account):
            return
        principal = self._identities.root(account, identity.access_key or "")
        call, origin = await _call(exchange, identity), self._origin(exchange, identity)
        verdict = await self._access.judge(call, identity.scope, principal, origin)
        if verdict.refused is not None:
            raise _refusal(identity, verdict.refused)

    async def _check_bucket(self, exchange: Exchange, identity: Identity) -> None:
        """That there is no such bucket, S3 tells even those who may do nothing
        (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html)."""
        bucket = bucket_of(exchange) if identity.service == "s3" and identity.operation != "CreateBucket" else ""
        if bucket and not await self._access.resources.bucket_owner(bucket, identity.scope.account):
            raise AwsError("NoSuchBucket", "The specified bucket does not exist", 404)

    def _pass_on(self, exchange: Exchange, identity: Identity, signer: Signer, verdict: Verdict) -> None:
        """As the administrator, or as it was signed where that matters and the engine will agree."""
        may_differ = verdict.is_denied or self._access.mode == OFF
        is_known = signer.key is not None and not signer.key.is_ours
        if (
            is_known
            and identity.service in self._look_at_their_caller
            and (not may_differ or f"{identity.service}:{identity.operation}" in NEVER_DENIED)
        ):
            return
        declared = exchange.headers.get("x-amz-content-sha256") or ""
        if is_known and declared.startswith(_CHUNKS_SIGNED) and not may_differ and self._engine_judges:
            return  # each chunk is signed, and only the engine reads them one by one
        as_administrator(exchange, identity, verdict.account)
        exchange.is_admin = signer.is_whole
        if signer.is_whole:
            exchange.judged = Scope(verdict.account, identity.scope.region)

    async def _judge_anonymous(self, exchange: Exchange, identity: Identity) -> None:
        """S3 is called anonymously, and so are pages of other services that look like S3's paths: it is S3 when there
        is such a bucket. Forms carry their own signature, which the engine reads."""
        if (exchange.headers.get("content-type") or "").startswith("multipart/form-data"):
            return
        if not identity.operation:
            self._refuse_strangers(identity)
            return
        bucket = bucket_of(exchange)
        owner = await self._access.resources.bucket_owner(bucket, identity.scope.account) if bucket else ""
        if not owner:
            self._refuse_strangers(identity)
            return
        call, origin = await _call(exchange, identity), self._origin(exchange, identity)
        verdict = await self._access.judge_anonymous(call, identity.scope, owner, origin)
        exchange.scope[REFUSAL] = self._refusal_of(identity, None, origin)
        if verdict.refused is not None and not self._engine_judges:
            raise credentials.unsigned(identity)
        if verdict.refused is None and (verdict.is_denied or self._access.mode != ENFORCE or not self._engine_judges):
            as_administrator(exchange, identity, owner)

    def _refuse_strangers(self, identity: Identity) -> None:
        """What nobody signed, and what is about no bucket that there is. The engine judges by the bucket alone, so that
        it would make one, or list all, for anybody."""
        asks_of_account = identity.operation in _OF_NO_BUCKET and self._access.mode == ENFORCE
        if asks_of_account or not self._engine_judges:
            raise credentials.unsigned(identity)

    def _refusal_of(self, identity: Identity, principal: Principal | None, origin: Origin) -> Refusal:
        """For whoever answers: what else the caller (None: anybody) may not do with a bucket."""
        access, name = self._access, f"{identity.service}:{identity.operation}"

        async def refusal(action: str, bucket: str) -> AwsError | None:
            owner = await access.resources.bucket_owner(bucket, identity.scope.account)
            if not owner:
                return None
            check, scope = Check(action, f"arn:aws:s3:::{bucket}"), Scope(owner, identity.scope.region)
            if principal is None:
                decision = await access.decide_for_anybody(check, scope, origin, name)
            else:
                decision = await access.decide_for(principal, check, scope, origin, name)
            return _refusal(identity, decision) if access.refuses(decision) else None

        return refusal

    def _origin(self, exchange: Exchange, identity: Identity) -> Origin:
        client = exchange.scope.get("client") or ("127.0.0.1", 0)
        region = identity.scope.region
        return Origin(exchange.request_id, client[0], region, self._clock.now(), exchange.headers)


def _is_open(identity: Identity) -> bool:
    return not identity.operation or is_open(identity.service, identity.operation)


async def _call(exchange: Exchange, identity: Identity) -> Call:
    wanted = needs_body(identity.service, identity.operation, identity.protocol)
    return Call(
        identity.service,
        identity.operation,
        identity.protocol,
        exchange.method,
        exchange.raw_path,
        exchange.query_string,
        exchange.headers,
        await exchange.body(MAX_OPERATION_BODY_BYTES) if wanted else b"",
        bucket_of_host(exchange) if identity.service == "s3" else "",
    )


def _refusal(identity: Identity, decision: Decision) -> AwsError:
    return credentials.denied(identity, decision.request.action, message(decision))


def as_administrator(exchange: Exchange, identity: Identity, account: str) -> None:
    """Put the credential of `account`'s root user in place of the caller's. The engine does not verify signatures of
    root keys: that is done, for every caller, before this."""
    service = identity.signing_name or identity.service
    credential = f"{account}/20000101/{identity.scope.region}/{service}/aws4_request"
    value = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature={_NO_SIGNATURE}"
    scope, headers = exchange.scope, exchange.headers
    headers.remove_all("authorization", "x-amz-security-token")
    headers.add("Authorization", value)
    dropped = (b"authorization", b"x-amz-security-token")
    scope["headers"] = [pair for pair in scope["headers"] if pair[0].lower() not in dropped]
    scope["headers"].append((b"authorization", value.encode("latin-1")))
    if RAW_NAMES in scope:
        scope[RAW_NAMES] = [name for name in scope[RAW_NAMES] if name.lower() not in dropped] + [b"Authorization"]
    if exchange.query_string:
        kept = [pair for pair in exchange.query_string.split("&") if _kept(pair)]
        exchange.query_string = "&".join(kept)
        scope["query_string"] = exchange.query_string.encode("latin-1")


def _kept(pair: str) -> bool:
    return pair.partition("=")[0].lower() not in _QUERY_SIGNATURE
