"""What the cloud itself takes of a plain proxy call: from the client's socket to the function's, and back again.

The function is a runtime of its own that does nothing but note when an event has come to its socket and when it sends
the answer; what passes between these two moments is not the cloud's. That somebody is woken four times, is.
"""

from __future__ import annotations

import io
import time
import zipfile

from bench.functions import make_role
from bench.scenario import BODY
from bench.subject import REGION, Subject
from bench.wire import Connection, request

FIGURE = "request path, of our own"
NAME = "request-path"
WARM_UP = 20
BOOTSTRAP = r"""#!/usr/bin/env python3
import os, socket, time

host, _, port = os.environ["AWS_LAMBDA_RUNTIME_API"].rpartition(":")
api = socket.create_connection((host, int(port)))
api.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
PREFIX = "/2018-06-01/runtime/invocation"
NEXT = f"GET {PREFIX}/next HTTP/1.1\r\nHost: x\r\n\r\n".encode()
MARK = b"\r\nLambda-Runtime-Aws-Request-Id: "
rest = b""


def message():
    global rest
    while True:
        head, end, body = rest.partition(b"\r\n\r\n")
        if end:
            length = int(head.lower().split(b"\r\ncontent-length:")[1].split(b"\r\n")[0])
            if len(body) >= length:
                rest = body[length:]
                return head
        rest += api.recv(65536)


api.sendall(NEXT)
while True:
    head = message()
    came = time.time_ns()
    if MARK not in head:
        continue
    request_id = head.split(MARK)[1].split(b"\r\n")[0].decode()
    left = time.time_ns()
    body = b'{"statusCode":200,"body":"%d %d"}' % (came, left)
    post = f"POST {PREFIX}/{request_id}/response HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    api.sendall(post.encode() + body + NEXT)
"""


def measure(subject: Subject, count: int) -> dict[str, list[float]]:
    """Milliseconds of each call, without what passed in the function."""
    api_id = _deploy(subject)
    headers = {"Host": f"{api_id}.execute-api.localhost:{subject.port}", "Content-Type": "application/json"}
    message = request("POST", "/bench/", headers, BODY)
    connection = Connection(subject.port)
    samples = []
    for _ in range(WARM_UP + count):
        began = time.time_ns()
        answer = connection.call(message)
        ended = time.time_ns()
        came, left = map(int, answer.split())
        samples.append(((ended - began) - (left - came)) / 1e6)
    return {FIGURE: samples[WARM_UP:]}


def _deploy(subject: Subject) -> str:
    """The function and an API whose root is its proxy; the API's id."""
    functions, apis = subject.client("lambda"), subject.client("apigateway")
    arn = functions.create_function(
        FunctionName=NAME,
        Runtime="provided.al2023",
        Role=make_role(subject, NAME),
        Handler="bootstrap",
        Code={"ZipFile": _package()},
    )["FunctionArn"]
    functions.get_waiter("function_active_v2").wait(FunctionName=NAME, WaiterConfig={"Delay": 1})
    api = apis.create_rest_api(name=NAME)
    where = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "POST"}
    apis.put_method(**where, authorizationType="NONE")
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
    apis.put_integration(**where, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    apis.create_deployment(restApiId=api["id"], stageName="bench")
    functions.add_permission(
        FunctionName=NAME, StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    return str(api["id"])


def _package() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        bootstrap = zipfile.ZipInfo("bootstrap")
        bootstrap.external_attr = 0o755 << 16
        archive.writestr(bootstrap, BOOTSTRAP)
    return buffer.getvalue()
