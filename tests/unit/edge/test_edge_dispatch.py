"""Which part answers: data planes by host and path, services by identity, the engine for the rest."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from groundcloud.edge.chain import STREAMED
from groundcloud.edge.dataplanes import DataPlanes
from groundcloud.edge.exchange import Identity
from groundcloud.edge.functionconfig import check_configuration
from groundcloud.edge.limits import MAX_DATA_PLANE_BODY_BYTES, MAX_OPERATION_BODY_BYTES
from groundcloud.edge.passthrough import PassThrough
from groundcloud.edge.services import Services, after_writing, invocations, open_to_all, stacks_for_all
from groundcloud.errors import AwsError
from groundcloud.http import Request, Response
from groundcloud.ports import Scope
from tests.support.edge import Wire, exchange

SCOPE = Scope("123456789012", "eu-west-1")


def plane(*, answers, log):
    async def handle(request):
        log.append((request.hostname, request.path, request.body))
        return Response(200) if answers else None

    return handle


def offered(target="/", host="127.0.0.1:4566", answers=(True,)):
    log = []
    planes = DataPlanes(*(plane(answers=answer, log=log) for answer in answers))
    answer = asyncio.run(planes(exchange("POST", target, body=b"body", host=host)))
    return log, answer


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("/prod/x", "abc.execute-api.localhost:4566"),
        ("/prod/x", "ABC.Execute-API.us-east-1.amazonaws.com"),
        ("/", "bucket.s3-website.localhost:4566"),
        ("/", "bucket.s3-website-us-east-1.amazonaws.com"),
        ("/", "bucket.s3-website.eu-central-1.amazonaws.com"),
        ("/", "www.example.com.s3-website.localhost"),
        ("/", "d111.cloudfront.net"),
        ("/", "d111.cloudfront.localhost."),
        ("/_aws/execute-api/abc/prod/x", "localhost:4566"),
        ("/restapis/abc/prod/_user_request_/x", "localhost:4566"),
    ],
)
def test_data_planes_are_offered_what_may_be_theirs(target, host):
    log, answer = offered(target, host)
    assert len(log) == 1
    assert answer.status == 200


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("/", "127.0.0.1:4566"),
        ("/restapis/abc/resources", "127.0.0.1:4566"),
        ("/bucket/restapis/a/b/_user_request_", "127.0.0.1:4566"),
        ("/", "s3.amazonaws.com"),
        ("/", "execute-api.localhost"),
        ("/key", "my.cloudfront-logs.s3.localhost:4566"),
        ("/key", "a.execute-api.s3.us-east-1.amazonaws.com"),
        ("/", "cloudfront.amazonaws.com"),
    ],
)
def test_and_nothing_else(target, host):
    """What is offered is buffered: objects must stream to the engine."""
    log, answer = offered(target, host)
    assert (log, answer) == ([], None)


def test_the_first_plane_that_answers_wins_and_none_is_none():
    log, answer = offered(host="d1.cloudfront.net", answers=(False, True, True))
    assert (len(log), answer.status) == (2, 200)
    log, answer = offered(host="d1.cloudfront.net", answers=(False, False))
    assert (len(log), answer) == (2, None)


def test_a_data_planes_body_is_bounded():
    chunk = b"x" * (MAX_DATA_PLANE_BODY_BYTES // 2)
    one = exchange("POST", host="d1.cloudfront.net", wire=Wire([chunk, chunk, b"x"]))
    with pytest.raises(AwsError) as caught:
        asyncio.run(DataPlanes(plane(answers=True, log=[]))(one))
    assert caught.value.status == 413


class Part:
    """Notes what it is asked."""

    def __init__(self) -> None:
        self.asked = []

    async def handle(self, operation, request, scope):
        self.asked.append((operation, request.body, scope))
        return Response(200)

    async def handle_invoke(self, request, function, qualifier, scope, *, counted=False):
        self.asked.append((function, qualifier, scope, counted))
        return Response(200)

    async def handle_streaming_invoke(self, request, function, qualifier, scope, *, counted=False):
        self.asked.append(("streaming", function, qualifier, scope, counted))
        return Response(200)


def identified(service, operation, target="/", *, is_admin=False, method="POST"):
    one = exchange(method, target, body=b"body")
    one.identity = Identity(service, operation, "json", SCOPE, "test")
    one.is_admin = is_admin
    return one


def ask(handlers, one):
    return asyncio.run(Services(handlers)(one))


def test_a_service_that_is_nobodys_is_the_engines():
    assert ask({"lambda": open_to_all(Part())}, identified("sqs", "SendMessage")) is None
    assert ask({"lambda": open_to_all(Part())}, exchange()) is None


def test_a_part_is_asked_with_operation_request_and_scope():
    part = Part()
    assert ask({"cognito-idp": open_to_all(part)}, identified("cognito-idp", "SignUp")).status == 200
    assert part.asked == [("SignUp", b"body", SCOPE)]


def compressed(body, encoding="gzip"):
    one = exchange("POST", "/", [("Content-Encoding", encoding), ("Content-Length", str(len(body)))], body)
    one.identity = Identity("cognito-idp", "SignUp", "json", SCOPE)
    return one


def test_a_part_gets_a_compressed_body_inflated_and_the_engine_as_it_came():
    """Source: https://smithy.io/2.0/spec/behavior-traits.html#smithy-api-requestcompression-trait"""
    part, packed = Part(), gzip.compress(b"plain", mtime=0)
    one = compressed(packed)
    assert ask({"cognito-idp": open_to_all(part)}, one).status == 200
    assert part.asked == [("SignUp", b"plain", SCOPE)]
    assert asyncio.run(one.receive())["body"] == packed


@pytest.mark.parametrize(
    "body", [b"plain", b"", gzip.compress(b"plain", mtime=0)[:-3], gzip.compress(b"plain", mtime=0) * 2]
)
def test_a_body_that_says_gzip_and_is_none_never_reaches_the_engine_past_the_part(body):
    with pytest.raises(AwsError):
        ask({"cognito-idp": open_to_all(Part())}, compressed(body))


def test_a_small_body_cannot_become_a_huge_one():
    with pytest.raises(AwsError):
        ask({"cognito-idp": open_to_all(Part())}, compressed(gzip.compress(bytes(MAX_OPERATION_BODY_BYTES + 1))))


def test_only_the_administrators_templates_are_ours():
    class Stacks(Part):
        async def handle_other(self, operation: str, request: Request, signed: Request, scope: Scope) -> Response:
            return Response(403)

    part = Stacks()
    handlers = {"cloudformation": stacks_for_all(part)}
    assert ask(handlers, identified("cloudformation", "CreateStack")).status == 403
    assert ask(handlers, identified("cloudformation", "CreateStack", is_admin=True)).status == 200
    assert len(part.asked) == 1


@pytest.mark.parametrize(
    ("path", "function", "qualifier"),
    [
        ("/2015-03-31/functions/f/invocations", "f", None),
        ("/2015-03-31/functions/f/invocations/?Qualifier=live", "f", "live"),
        (
            "/2015-03-31/functions/arn%3Aaws%3Alambda%3Ax%3A1%3Afunction%3Af/invocations",
            "arn:aws:lambda:x:1:function:f",
            None,
        ),
    ],
)
def test_the_administrators_invoke_goes_to_the_runtime(path, function, qualifier):
    part = Part()
    assert ask({"lambda": invocations(part)}, identified("lambda", "Invoke", path, is_admin=True)).status == 200
    assert part.asked == [(function, qualifier, SCOPE, False)]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_roles_invoke_is_the_runtimes_once_the_engine_lets_it_pass(allowed):
    part = Part()

    async def gate(request, run):
        assert (request.raw_path, request.body) == ("/2015-03-31/functions/f/invocations", b"body")
        return (await run(), True) if allowed else (Response(403), False)

    handlers = {"lambda": invocations(part, gate)}
    answer = ask(handlers, identified("lambda", "Invoke", "/2015-03-31/functions/f/invocations"))
    assert answer.status == (200 if allowed else 403)
    assert part.asked == ([("f", None, SCOPE, True)] if allowed else [])


def test_other_operations_go_to_the_engine():
    part = Part()
    path = "/2015-03-31/functions/f/invocations"
    assert ask({"lambda": invocations(part)}, identified("lambda", "ListFunctions", path, is_admin=True)) is None
    assert ask({"lambda": invocations(part)}, identified("lambda", "Invoke", "/elsewhere", is_admin=True)) is None
    assert part.asked == []


@pytest.mark.parametrize(("operation", "written"), [("GetMetricData", 1), ("PutMetricData", 0)])
def test_what_waits_is_written_before_it_is_read(operation, written):
    seen = []

    async def flush():
        seen.append("flushed")

    assert ask({"cloudwatch": after_writing(None, flush)}, identified("cloudwatch", operation)) is None
    assert len(seen) == written


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"AWS_REGION": "x", "OWN": "y"}, "Reserved keys used in this request: AWS_REGION"),
        ({"BIG": "x" * (4096 - len('{"BIG":""}') + 1)}, "exceeded the 4KB limit"),
        ({"BIG": "x" * (4096 - len('{"BIG":""}'))}, None),
        (None, None),
    ],
)
def test_variables_that_lambda_refuses_never_reach_the_engine(variables, words):
    """Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""
    given = {"Environment": {"Variables": variables}, "FunctionName": "f", "Handler": "a.b", "Runtime": "python3.13"}
    role = "arn:aws:iam::000000000000:role/r"
    asked = {**given, "Role": role, "Code": {}}
    if words is None:
        check_configuration("CreateFunction", asked)
        return
    with pytest.raises(AwsError, match=words) as caught:
        check_configuration("CreateFunction", asked)
    assert caught.value.code == "InvalidParameterValueException"


def test_the_engine_gets_the_connection_as_it_came():
    wire = Wire([b"a", b"b"])
    one = exchange("PUT", "/b/k%20?x", [("X-A", "1")], wire=wire)
    seen = {}

    async def engine(scope, receive, send):
        seen.update(scope, body=(await receive())["body"] + (await receive())["body"])
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    assert asyncio.run(PassThrough(engine)(one)) is STREAMED
    assert (seen["raw_path"], seen["query_string"], seen["body"]) == (b"/b/k%20", b"x", b"ab")
    assert (one.status, wire.body) == (201, b"done")


_ENGINES = ("Content-Type", "x-amzn-requestid", "x-amz-request-id", "x-amz-id-2", "Access-Control-Allow-Origin")
_LEFT = ["Content-Type", "x-amzn-requestid"]


@pytest.mark.parametrize(
    ("service", "headers", "answered", "left"),
    [
        ("dynamodb", [], _ENGINES, _LEFT),
        ("dynamodb", [("Origin", "http://localhost")], _ENGINES, [*_LEFT, "Access-Control-Allow-Origin"]),
        ("s3", [], _ENGINES, list(_ENGINES)),
        ("route53", [], ("x-amz-request-id", "Access-Control-Allow-Origin"), ["x-amz-request-id"]),
        (None, [], _ENGINES, list(_ENGINES)),
    ],
    ids=["nobody asked", "a page asked", "S3", "an id under one name only", "no AWS request"],
)
def test_what_an_engine_adds_to_every_answer_goes_to_who_asked_for_it(service, headers, answered, left):
    wire = Wire()
    one = exchange("POST", "/", headers, wire=wire)
    if service:
        one.identity = Identity(service, "PutItem", "json", SCOPE)

    async def engine(scope, receive, send):
        pairs = [(name.encode(), b"1") for name in answered]
        await send({"type": "http.response.start", "status": 200, "headers": pairs})
        await send({"type": "http.response.body", "body": b"{}"})

    asyncio.run(PassThrough(engine)(one))
    assert [name for name, _ in wire.headers.items] == left


def passed_on(protocol, status, body):
    """What arrives of an engine's answer."""
    wire = Wire()
    one = exchange("POST", "/", wire=wire)
    one.identity = Identity("polly", "DescribeVoices", protocol, SCOPE)

    async def engine(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    asyncio.run(PassThrough(engine)(one))
    return one.status, wire.body


def test_a_service_that_the_engine_lacks_is_an_error_that_names_it():
    """The engine says it in a JSON of its own, in which no SDK finds an error."""
    with pytest.raises(AwsError, match="does not have the service polly") as caught:
        passed_on("rest-json", 400, b'{"error": "Unsupported service: polly"}')
    assert (caught.value.code, caught.value.status) == ("NotImplemented", 501)


def test_an_operation_of_lambda_that_the_engine_lacks_is_an_error_that_names_it():
    """The engine takes the path for a function's name."""
    with pytest.raises(AwsError, match="does not support Lambda's operation DescribeVoices"):
        passed_on("rest-json", 404, b'{"__type": "X", "message": "Function not found: /2021-07-20/functions/f/x"}')


@pytest.mark.parametrize("status", [200, 400, 404])
def test_every_other_answer_of_the_engine_passes(status):
    assert passed_on("json", status, b'{"message": "no"}') == (status, b'{"message": "no"}')
