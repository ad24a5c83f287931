"""The administrator's signature: taken when it is right, refused when it is not, and nobody else's business."""

from __future__ import annotations

import asyncio
import hashlib
import re
from datetime import UTC, datetime

import pytest
from botocore.auth import HmacV1Auth, HmacV1QueryAuth, S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from groundcloud.edge.authorize import Authorize
from groundcloud.edge.exchange import Identity
from groundcloud.edge.incomplete import signed_at
from groundcloud.errors import AwsError
from groundcloud.http import Headers
from groundcloud.ports import Scope
from groundcloud.settings import Settings
from tests.support.edge import Wire, exchange

HOST = "127.0.0.1:4566"
INVOKE = "/2015-03-31/functions/f/invocations"
SCOPE = Scope("000000000000", "us-east-1")
S3 = Identity("s3", "GetObject", "rest-xml", SCOPE, "test", "s3")
WRONG = ("InvalidSignatureException", 403)
WRONG_XML = ("SignatureDoesNotMatch", 403)


class LateClock:
    """A clock that is `late` seconds ahead of the machine's."""

    def __init__(self, late: float = 0) -> None:
        self._late = late

    def now(self) -> float:
        return datetime.now(UTC).timestamp() + self._late

    def machine(self) -> float:
        return self.now()

    def monotonic(self) -> float:
        return 0.0


def signed(
    method="POST", target=INVOKE, body=b"{}", key="test", secret="test", service="lambda", headers=(), auth=SigV4Auth
):
    """``[method, target, headers, body]`` signed by botocore."""
    request = AWSRequest(method, f"http://{HOST}{target}", dict(headers), body)
    auth(Credentials(key, secret), service, "us-east-1").add_auth(request)
    return [method, request.prepare().url.removeprefix(f"http://{HOST}"), list(request.headers.items()), body]


def signed_v2(auth, method="GET", target="/b/k", headers=(), secret="test"):
    """The same by Signature Version 2."""
    request = AWSRequest(method, f"http://{HOST}{target}", dict(headers))
    auth(Credentials("test", secret)).add_auth(request)
    return [method, request.prepare().url.removeprefix(f"http://{HOST}"), list(request.headers.items()), b""]


def presigned(secret="test"):
    identity = Identity("sts", "GetCallerIdentity", "query", SCOPE, "test", "sts")
    target = "/?Action=GetCallerIdentity"
    return signed("GET", target, b"", service="sts", auth=SigV4QueryAuth, secret=secret), identity


def is_admin(request, *, late=0.0, identity=None, key="test", host=HOST, **settings):
    """The verdict; raises `AwsError` for a signature that is refused."""
    one = exchange(*request, host=host)
    one.identity = identity or Identity("lambda", "Invoke", "rest-json", SCOPE, key, "lambda")
    assert asyncio.run(Authorize(Settings(**settings), LateClock(late))(one)) is None
    return one.is_admin


def refusal(request, **options):
    """``(code, status)`` of the refusal."""
    with pytest.raises(AwsError) as caught:
        is_admin(request, **options)
    return caught.value.code, caught.value.status


def changed(request, at, value):
    return [*request[:at], value, *request[at + 1 :]]


def with_header(request, name, value):
    kept = [pair for pair in request[2] if pair[0].lower() != name.lower()]
    return changed(request, 2, [*kept, (name, value)])


def test_the_right_signature():
    assert is_admin(signed())


def test_an_account_key_and_the_configured_one():
    assert is_admin(signed(key="123456789012"), key="123456789012")
    assert is_admin(signed(key="me", secret="mine"), key="me", access_key_id="me", secret_access_key="mine")


@pytest.mark.parametrize("key", ["AKIAEXAMPLE", "ASIAEXAMPLE", "12345678901", "1234567890123", "", "root"])
def test_other_keys_are_left_to_the_engine(key):
    assert not is_admin(signed(key=key or "x", secret="unknown"), key=key)


def test_a_wrong_secret():
    assert refusal(signed(secret="wrong")) == WRONG


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (0, "PUT"),
        (1, "/2015-03-31/functions/g/invocations"),
        (1, INVOKE + "?Qualifier=2"),
        (3, b'{"a":1}'),
        (3, b""),
    ],
)
def test_what_was_changed_after_signing(at, value):
    assert refusal(changed(signed(), at, value)) == WRONG


def test_a_body_that_is_not_the_declared_one():
    declared = [("X-Amz-Content-SHA256", hashlib.sha256(b"{}").hexdigest())]
    assert is_admin(signed(headers=declared))
    assert refusal(changed(signed(headers=declared), 3, b'{"a":1}')) == WRONG


@pytest.mark.parametrize("word", ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-EVENTS"])
def test_a_body_that_was_not_signed_is_for_the_engine_and_never_for_us(word):
    assert not is_admin(signed(headers=[("X-Amz-Content-SHA256", word)]))


def test_a_signed_header_that_was_changed_or_doubled():
    request = signed(headers=[("X-Amz-Invocation-Type", "DryRun")])
    assert is_admin(request)
    assert refusal(with_header(request, "X-Amz-Invocation-Type", "Event")) == WRONG
    assert refusal(changed(request, 2, [*request[2], ("x-amz-invocation-type", "Event")])) == WRONG


def test_another_host():
    assert refusal(signed(), host="127.0.0.1:9999") == WRONG


@pytest.mark.parametrize("late", [0, 890, -890])
def test_a_signature_lives_a_quarter_of_an_hour(late):
    assert is_admin(signed(), late=late)


@pytest.mark.parametrize("late", [910, -910])
def test_and_not_longer(late):
    assert refusal(signed(), late=late) == WRONG


@pytest.mark.parametrize("date", ["yesterday", "20261121", "20200101T000000Z", "Sat, 21 Nov 2020 08:00:00 GMT"])
def test_a_date_that_is_none_or_another(date):
    assert refusal(with_header(signed(), "X-Amz-Date", date)) == WRONG


@pytest.mark.parametrize(
    ("service", "protocol", "code", "status"),
    [
        ("lambda", "rest-json", "IncompleteSignatureException", 403),
        ("dynamodb", "json", "IncompleteSignatureException", 400),
        ("iam", "query", "IncompleteSignature", 403),
        ("s3", "rest-xml", "AccessDenied", 403),
    ],
)
def test_no_date_at_all(service, protocol, code, status):
    identity = Identity(service, "Any", protocol, SCOPE, "test", service)
    assert refusal(with_header(signed(), "X-Amz-Date", ""), identity=identity) == (code, status)


def test_an_http_date_will_do():
    at = datetime.strptime(dict(signed()[2])["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    given = Headers([("Date", at.strftime("%a, %d %b %Y %H:%M:%S GMT"))])
    assert signed_at(given) == at.strftime("%Y%m%dT%H%M%SZ")
    assert signed_at(Headers([("Date", "Someday, ")])) == "Someday, "
    assert signed_at(Headers([*given.items, ("X-Amz-Date", "20261121T080000Z")])) == "20261121T080000Z"


def test_the_scopes_date_must_be_the_dates():
    request = signed()
    authorization = dict(request[2])["Authorization"]
    day = authorization.split("/")[1]
    assert refusal(with_header(request, "Authorization", authorization.replace(day, "20200101"))) == WRONG


def test_the_host_must_be_signed():
    request = signed()
    authorization = dict(request[2])["Authorization"]
    assert "SignedHeaders=host;" in authorization
    assert refusal(with_header(request, "Authorization", authorization.replace("host;", ""))) == WRONG


@pytest.mark.parametrize("value", ["AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=test"])
def test_half_a_signature(value):
    for key in ("test", ""):
        unnamed = Identity("lambda", "Invoke", "rest-json", SCOPE, key, "lambda")
        found = refusal(with_header(signed(), "Authorization", value), identity=unnamed)
        assert found == ("IncompleteSignatureException", 403)


def test_two_signatures():
    request = signed()
    twice = changed(request, 2, [*request[2], ("authorization", dict(request[2])["Authorization"])])
    assert refusal(twice) == ("IncompleteSignatureException", 403)


@pytest.mark.parametrize(
    "target",
    [
        "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af%3Alive/invocations",
        INVOKE + "?Qualifier=%24LATEST",
        INVOKE + "?b=2&a=1&a=0&c",
        "/2015-03-31/functions/a~b_c.d-e/invocations/",
        "/2015-03-31/functions/%C3%A9%20%2B%25/invocations",
        "//2015-03-31/functions/./f/../f/invocations",
        "/?x=a+b%20c",
    ],
)
def test_paths_and_queries_with_odd_characters(target):
    assert is_admin(signed(target=target))


def test_what_a_client_signed_more_strictly_than_it_sent():
    """curl sends the path and query it was given and signs them encoded by the book."""
    strict = signed("GET", "/2015-03-31/functions/a%3Ab/?j=c%20d&k=a%2Fb", b"")
    assert is_admin(changed(strict, 1, "/2015-03-31/functions/a:b/?k=a/b&j=c%20d"))


def test_headers_that_botocore_never_signs_and_values_with_spaces():
    request = signed(headers=[("X-Custom", "a   b  ")])
    assert is_admin(with_header(request, "X-Custom", "a b"))


def test_a_header_beyond_ascii():
    request = signed(headers=[("X-Thing", "é")])
    assert is_admin(with_header(request, "X-Thing", "é".encode().decode("latin-1")))


def test_presigned_is_right_but_no_administration():
    """A link can be passed on; what the edge answers by itself wants the caller."""
    request, identity = presigned()
    assert "X-Amz-Signature=" in request[1]
    assert not is_admin(request, identity=identity)


def test_a_presigned_url_that_was_changed_or_is_over():
    request, identity = presigned()
    for other in (
        changed(request, 1, request[1].replace("CallerIdentity", "SessionToken")),
        changed(request, 1, request[1].replace("Expires=3600", "Expires=x")),
        changed(request, 1, re.sub("X-Amz-Signature=.{4}", "X-Amz-Signature=0000", request[1])),
        changed(request, 0, "POST"),
        presigned(secret="wrong")[0],
    ):
        assert refusal(other, identity=identity) == WRONG_XML
    assert refusal(request, identity=identity, late=3700) == WRONG_XML


def test_an_objects_body_is_not_read():
    """It streams to the engine; what is checked is the hash that the client declares."""
    wire = Wire([b"x"])
    request = signed("PUT", "/b/a//b%20c/../d", b"x", service="s3", auth=S3SigV4Auth)
    one = exchange(*request[:3], wire=wire)
    one.identity = S3
    asyncio.run(Authorize(Settings(), LateClock())(one))
    assert (wire.reads, one.is_admin) == (0, False)
    assert refusal(changed(request, 1, "/b/other"), identity=S3) == WRONG_XML
    assert refusal(request, identity=S3, late=3700) == ("RequestTimeTooSkewed", 403)


@pytest.mark.parametrize("target", ["/b/k", "/b/a%20b/%C3%A9", "/b?acl", "/b/k?versionId=a%2Bb&other=1", "/"])
@pytest.mark.parametrize("auth", [HmacV1Auth, HmacV1QueryAuth])
def test_signature_version_2(auth, target):
    headers = [("Content-Type", "text/plain"), ("x-amz-meta-who", "me")]
    assert not is_admin(signed_v2(auth, target=target, headers=headers), identity=S3)
    assert refusal(signed_v2(auth, target=target, secret="wrong"), identity=S3) == WRONG_XML
    request = signed_v2(auth, target=target)
    assert refusal(changed(request, 0, "DELETE"), identity=S3) == WRONG_XML
    assert refusal(changed(request, 1, request[1].replace("/", "/x", 1)), identity=S3) == WRONG_XML


def test_signature_version_2_with_a_date_of_amazons():
    request = signed_v2(HmacV1Auth)
    dated = [*request[2], ("x-amz-date", "Sat, 21 Nov 2026 08:00:00 GMT")]
    assert refusal(changed(request, 2, dated), identity=S3) == WRONG_XML


def test_signature_version_2_at_a_virtual_host():
    request = signed_v2(HmacV1QueryAuth)
    moved = changed(request, 1, request[1].replace("/b/k", "/k"))
    assert not is_admin(moved, identity=S3, host="b.s3.localhost:4566")
    assert refusal(moved, identity=S3, host="c.s3.localhost:4566") == WRONG_XML


@pytest.mark.parametrize("expires", ["1", "x", ""])
def test_a_presigned_url_of_version_2_that_is_over(expires):
    request = signed_v2(HmacV1QueryAuth)
    old = re.sub(r"Expires=\d+", f"Expires={expires}", request[1])
    assert refusal(changed(request, 1, old), identity=S3) == ("AccessDenied", 403)


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [
        ("json", ("InvalidSignatureException", 400)),
        ("rest-json", ("InvalidSignatureException", 403)),
        ("query", ("SignatureDoesNotMatch", 403)),
        ("ec2", ("SignatureDoesNotMatch", 403)),
        ("rest-xml", ("SignatureDoesNotMatch", 403)),
    ],
)
def test_the_refusal_is_in_the_words_of_the_protocol(protocol, expected):
    identity = Identity("service", "Op", protocol, SCOPE, "test", "lambda")
    assert refusal(signed(secret="wrong"), identity=identity) == expected


def test_what_was_not_signed_or_not_identified_has_no_administrator():
    anonymous = Identity("cognito-idp", "SignUp", "json", SCOPE)
    assert not is_admin(["POST", "/", [], b"{}"], identity=anonymous)
    one = exchange(*signed())
    asyncio.run(Authorize(Settings(), LateClock())(one))
    assert not one.is_admin


@pytest.mark.parametrize("value", ["", "Bearer x"])
def test_a_key_without_any_signature(value):
    """The identity names a key only if the request does; this is what happens if it ever did not."""
    assert not is_admin(["POST", INVOKE, [("Authorization", value)], b"{}"], key="AKIAEXAMPLE")
