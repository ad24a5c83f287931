"""``provided.al2023`` and ``provided.al2``: functions that bring a `bootstrap` of their own.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html and runtimes-provided.html
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from groundcloud.runtime.families import Plan
from groundcloud.runtime.families.provided import ProvidedFamily
from groundcloud.runtime.process import FunctionProcess
from tests.fakes.lambda_world import LambdaWorld
from tests.support.packages import archive

WORLDS = {
    "sandbox": {"pure": False, "uv": True, "isolation": True},
    "plain": {"pure": False, "uv": False, "isolation": False},
}

PYTHON = b"""#!/usr/bin/env python3
import json, os, urllib.request
api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/"
print("bootstrap started", flush=True)
while True:
    with urllib.request.urlopen(api + "next") as answer:
        event, request_id = json.load(answer), answer.headers["Lambda-Runtime-Aws-Request-Id"]
    if event == "fail":
        kind, body = "error", {"errorType": "Own.Error", "errorMessage": "as asked"}
    elif event == "exit":
        os._exit(7)
    else:
        environ, argv = os.environ, open("/proc/self/cmdline").read().split("\\0")
        kind, body = "response", {"event": event, "handler": environ["_HANDLER"], "root": environ["LAMBDA_TASK_ROOT"],
            "cwd": os.getcwd(), "variables": sorted(environ), "argv": argv}
    urllib.request.urlopen(urllib.request.Request(api + request_id + "/" + kind, json.dumps(body).encode())).read()
"""

FAILING = b"""#!/usr/bin/env python3
import http.client, os
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
error = '{"errorType": "Own.Error", "errorMessage": "no luck"}'
api.request("POST", "/2018-06-01/runtime/init/error", error)
open(os.environ["SAID"], "w").close()
api.getresponse()
os._exit(1)
"""

SHELL = b"""#!/bin/sh
set -eu
. "$LAMBDA_TASK_ROOT/lib/greeting.sh"
exec python3 "$LAMBDA_TASK_ROOT/loop.py" "$GREETING"
"""

LOOP = b"""
import json, os, sys, urllib.request
api = f"http://{os.environ['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as answer:
        answer.read()
        request_id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    urllib.request.urlopen(urllib.request.Request(f"{api}{request_id}/response", json.dumps(sys.argv[1]).encode()))
"""

COMPILED = r"""
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char buffer[65536];

static int ask(const char *text, size_t size) {
    char host[64];
    struct sockaddr_in address = {.sin_family = AF_INET};
    snprintf(host, sizeof host, "%s", getenv("AWS_LAMBDA_RUNTIME_API"));
    char *colon = strchr(host, ':');
    *colon = 0;
    address.sin_port = htons(atoi(colon + 1));
    inet_pton(AF_INET, host, &address.sin_addr);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address)) exit(1);
    if (write(fd, text, size) < 0) exit(2);
    size_t got = read(fd, buffer, sizeof buffer - 1);
    buffer[got] = 0;
    close(fd);
    return 0;
}

int main(void) {
    static char text[65536];
    for (;;) {
        const char *next = "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: x\r\n\r\n";
        ask(next, strlen(next));
        char id[64] = "";
        sscanf(strstr(buffer, "Request-Id: ") + 12, "%63[^\r]", id);
        const char *body = strstr(buffer, "\r\n\r\n") + 4;
        int size = snprintf(text, sizeof text, "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\n"
                            "Content-Length: %zu\r\n\r\n{\"compiled\":%s}", id, strlen(body) + 13, body);
        ask(text, size);
    }
}
"""


@pytest.fixture(scope="module", params=WORLDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path_factory.mktemp("provided"), **WORLDS[request.param])
    yield world
    world.close()


def deploy(world: LambdaWorld, name: str, package: bytes, **config: Any) -> None:
    settings = {"Runtime": "provided.al2023", "Handler": "my.handler", "Timeout": 5, **config}
    world.engine.add_function(name, package, **settings)


def test_a_script(world: LambdaWorld) -> None:
    """Any executable will do; it sees Lambda's variables and calls itself what it likes."""
    for runtime in ("provided.al2023", "provided.al2"):
        deploy(world, "script", archive({"bootstrap": PYTHON}), Runtime=runtime)
        seen = world.value("script", {"a": 1})
        assert (seen["event"], seen["handler"]) == ({"a": 1}, "my.handler")
        assert seen["cwd"] == seen["root"]
        assert f"{seen['root']}/bootstrap" in seen["argv"]
        own = {"LANG", "TZ", "PATH", "LD_LIBRARY_PATH", "_HANDLER", "LC_CTYPE"}
        assert {name for name in seen["variables"] if not name.startswith(("AWS_", "LAMBDA_"))} <= own
    error = world.error("script", "fail")
    assert error == {"errorType": "Own.Error", "errorMessage": "as asked"}
    error = world.error("script", "exit")
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith("Runtime exited with error: exit status 7")
    assert world.value("script", "again")["event"] == "again"


def test_a_shell_script_with_files_beside_it(world: LambdaWorld) -> None:
    files = {"bootstrap": SHELL, "loop.py": LOOP, "lib/greeting.sh": b"GREETING=hello\n"}
    deploy(world, "shell", archive(files))
    assert world.value("shell") == "hello"


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no C compiler here")
def test_a_compiled_program(world: LambdaWorld, tmp_path: Path) -> None:
    (tmp_path / "bootstrap.c").write_text(COMPILED)
    subprocess.run(["gcc", "-static", "-O1", "-o", "bootstrap", "bootstrap.c"], cwd=tmp_path, check=True)
    deploy(world, "compiled", archive({"bootstrap": (tmp_path / "bootstrap").read_bytes()}))
    for n in range(3):
        assert world.value("compiled", {"n": n}) == {"compiled": {"n": n}}


@pytest.mark.parametrize("version", ["HTTP/1.1\\r\\nConnection: close", "HTTP/1.0"], ids=["close", "http-1.0"])
def test_a_client_that_reads_to_the_end(world: LambdaWorld, version: str) -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-9.6: who asks for the connection's end gets it with the answer. So
    do clients of a few lines (nc, /dev/tcp); they waited for ever."""
    source = f"""#!/usr/bin/env python3
import os, socket
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
def ask(method, path, body=b""):
    link = socket.create_connection((host, int(port)))
    head = method + " /2018-06-01/runtime/invocation/" + path + " {version}\\r\\nHost: x\\r\\nContent-Length: "
    link.sendall((head + str(len(body)) + "\\r\\n\\r\\n").encode() + body)
    head, _, body = b"".join(iter(lambda: link.recv(4096), b"")).partition(b"\\r\\n\\r\\n")
    return dict(line.lower().split(": ", 1) for line in head.decode().split("\\r\\n")[1:]), body
while True:
    headers, event = ask("GET", "next")
    ask("POST", headers["lambda-runtime-aws-request-id"] + "/response", event)
"""
    deploy(world, "to-the-end", archive({"bootstrap": source.encode()}), Timeout=60)
    assert [world.value("to-the-end", number) for number in range(3)] == [0, 1, 2]


def test_bootstrap_in_a_layer(world: LambdaWorld) -> None:
    """The code comes first, then /opt: a layer may hold the runtime and be shared."""
    world.engine.packages["/layer/runtime"] = archive({"bootstrap": PYTHON})
    world.engine.on(
        "lambda", "GetLayerVersionByArn", lambda params, scope: {"Content": {"Location": "http://x/layer/runtime"}}
    )
    layer = "arn:aws:lambda:us-east-1:123456789012:layer:runtime:1"
    deploy(world, "from-layer", archive({"data.txt": b"x"}), Layers=[{"Arn": layer}])
    assert world.value("from-layer", 5)["event"] == 5


@pytest.mark.parametrize(
    ("package", "reason"),
    [
        (archive({"other": b""}), "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"),
        (archive({"bootstrap": PYTHON}, executable=()), "bootstrap: permission denied"),
        (archive({"bootstrap": b"echo no interpreter named"}), "bootstrap: exec format error"),
        (archive({"bootstrap": b"\x7fELF of another machine"}), "bootstrap: exec format error"),
        (archive({"bootstrap": b"#!/bin/sh\r\necho from Windows"}), "bootstrap: no such file or directory"),
    ],
    ids=["missing", "not-executable", "no-interpreter", "other-machine", "line-ends"],
)
def test_no_bootstrap(world: LambdaWorld, package: bytes, reason: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html (Runtime.InvalidEntrypoint)"""
    deploy(world, "without", package)
    result = world.invoke("without")
    error = json.loads(result.payload)
    assert error["errorType"] == "Runtime.InvalidEntrypoint"
    assert error["errorMessage"].startswith(f"RequestId: {result.request_id} Error: ")
    assert error["errorMessage"].endswith(reason)
    assert any("Runtime.InvalidEntrypoint" in line for line in world.log("without"))
    reports = [line.split("\t") for line in world.log("without") if line.startswith("INIT_REPORT")]
    assert [report[1] for report in reports[-2:]] == ["Phase: init", "Phase: invoke"]
    assert {report[3].strip() for report in reports} == {"Error Type: Runtime.InvalidEntrypoint"}


def test_output_is_logged(world: LambdaWorld) -> None:
    deploy(world, "prints", archive({"bootstrap": PYTHON}))
    world.value("prints")
    assert any("bootstrap started" in line for line in world.log("prints"))


@pytest.mark.parametrize("uv", [True, False], ids=["uvloop", "asyncio"])
def test_a_start_that_fails_at_once_is_told_to_the_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uv: bool
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html (initialization error). Whoever started the
    process on a busy machine may go on only after it has failed; environments ended then, and the call got no error."""
    said = tmp_path / "said"
    spawn = ProvidedFamily.start

    async def late(family: ProvidedFamily, plan: Plan) -> FunctionProcess:
        process = await spawn(family, plan)
        async with asyncio.timeout(60):
            while not said.exists():
                await asyncio.sleep(0.01)
        for _ in range(20):
            # The error has been sent; turns of the loop in which it could be read.
            await asyncio.sleep(0.005)
        said.unlink()
        return process

    monkeypatch.setattr(ProvidedFamily, "start", late)
    world = LambdaWorld(tmp_path / "world", pure=False, uv=uv, isolation=False)
    try:
        deploy(world, "unlucky", archive({"bootstrap": FAILING}), Environment={"Variables": {"SAID": str(said)}})
        assert world.error("unlucky") == {"errorType": "Own.Error", "errorMessage": "no luck"}
    finally:
        world.close()
