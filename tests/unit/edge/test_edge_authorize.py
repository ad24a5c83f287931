"""The administrator's signature: taken when it is right, and never otherwise."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import UTC, datetime

import pytest
from botocore.auth import S3SigV4Auth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from groundcloud.edge.authorize import Authorize
from groundcloud.edge.exchange import Identity
from groundcloud.ports import Scope
from groundcloud.settings import Settings
from tests.support.edge import exchange

INVOKE = "/2015-03-31/functions/f/invocations"
SCOPE = Scope("000000000000", "us-east-1")


class StoppedClock:
    """A clock that is `late` seconds behind or ahead of the machine's."""

    def __init__(self, late: float = 0) -> None:
        self._late = late

    def now(self) -> float:
        return datetime.now(UTC).timestamp() + self._late

    def monotonic(self) -> float:
        return 0.0


def signed(
    method="POST", target=INVOKE, body=b"{}", key="test", secret="test", service="lambda", headers=(), auth=SigV4Auth
):
    """``(method, target, headers, body)`` signed by botocore."""
    request = AWSRequest(method, f"http://127.0.0.1:4566{target}", dict(headers), body)
    auth(Credentials(key, secret), service, "us-east-1").add_auth(request)
    url = request.prepare().url
    return [method, url.removeprefix("http://127.0.0.1:4566"), list(request.headers.items()), body]


def is_admin(request, *, late=0.0, identity=None, key=None, **settings):
    one = exchange(*request)
    one.identity = identity or Identity(
        "lambda", "Invoke", "rest-json", SCOPE, "test" if key is None else key, "lambda"
    )
    assert asyncio.run(Authorize(Settings(**settings), StoppedClock(late))(one)) is None
    return one.is_admin


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
def test_other_keys_are_never_the_administrators(key):
    assert not is_admin(signed(key=key or "x"), key=key)


def test_a_wrong_secret():
    assert not is_admin(signed(secret="wrong"))


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
def test_what_was_changed_after_signing_is_refused(at, value):
    assert not is_admin(changed(signed(), at, value))


def test_a_body_that_is_not_the_declared_one():
    declared = [("X-Amz-Content-SHA256", hashlib.sha256(b"{}").hexdigest())]
    assert is_admin(signed(body=b"{}", headers=declared))
    assert not is_admin(changed(signed(body=b"{}", headers=declared), 3, b'{"a":1}'))


def test_an_unsigned_payload_is_not_trusted():
    assert not is_admin(signed(headers=[("X-Amz-Content-SHA256", "UNSIGNED-PAYLOAD")]))


def test_a_signed_header_that_was_changed_or_doubled():
    request = signed(headers=[("X-Amz-Invocation-Type", "DryRun")])
    assert is_admin(request)
    assert not is_admin(with_header(request, "X-Amz-Invocation-Type", "Event"))
    assert not is_admin(changed(request, 2, [*request[2], ("x-amz-invocation-type", "Event")]))


def test_another_host():
    one = signed()
    moved = exchange(*one, host="127.0.0.1:9999")
    moved.identity = Identity("lambda", "Invoke", "rest-json", SCOPE, "test", "lambda")
    asyncio.run(Authorize(Settings(), StoppedClock())(moved))
    assert not moved.is_admin


@pytest.mark.parametrize(("late", "accepted"), [(0, True), (890, True), (-890, True), (910, False), (-910, False)])
def test_a_signature_lives_a_quarter_of_an_hour(late, accepted):
    assert is_admin(signed(), late=late) is accepted


@pytest.mark.parametrize("date", ["", "yesterday", "20261121", "20261121T000000Z", "Sat, 21 Nov 2026 08:00:00 GMT"])
def test_a_date_that_is_none_or_another(date):
    assert not is_admin(with_header(signed(), "X-Amz-Date", date))


def test_the_scopes_date_must_be_the_dates():
    request = signed()
    authorization = dict(request[2])["Authorization"]
    day = authorization.split("/")[1]
    assert not is_admin(with_header(request, "Authorization", authorization.replace(day, "20200101")))


def test_the_host_must_be_signed():
    request = signed()
    authorization = dict(request[2])["Authorization"]
    assert "SignedHeaders=host;" in authorization
    assert not is_admin(with_header(request, "Authorization", authorization.replace("host;", "")))


@pytest.mark.parametrize(
    "value", ["", "AWS4-HMAC-SHA256", "AWS test:sig", "Bearer x", "AWS4-HMAC-SHA256 Credential=test"]
)
def test_an_authorization_that_is_none(value):
    assert not is_admin(with_header(signed(), "Authorization", value))


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


def test_s3s_paths_are_taken_as_they_are():
    assert is_admin(signed("PUT", "/b/a//b%20c/../d", service="s3", auth=S3SigV4Auth))


def test_headers_that_botocore_never_signs():
    """Other SDKs may sign the user agent or the trace header, and some spell values with spaces."""
    request = signed(headers=[("X-Custom", "a   b  "), ("X-Amz-Client-Context", "e30=")])
    assert is_admin(with_header(request, "X-Custom", "a b"))


def test_presigned_is_not_administration():
    """A link can be passed on; what the edge answers by itself wants the caller."""
    request = signed(auth=SigV4QueryAuth)
    assert "X-Amz-Signature=" in request[1]
    assert not is_admin(request)


def test_only_operations_that_we_answer_are_looked_at():
    for service, operation, looked_at in (
        ("lambda", "CreateFunction", False),
        ("dynamodb", "PutItem", False),
        ("cloudformation", "CreateStack", True),
        ("cloudfront", "CreateInvalidation", True),
    ):
        identity = Identity(service, operation, "query", SCOPE, "test", service)
        assert is_admin(signed(service=service), identity=identity) is looked_at


def test_what_was_not_identified_has_no_administrator():
    one = exchange(*signed())
    asyncio.run(Authorize(Settings(), StoppedClock())(one))
    assert not one.is_admin
