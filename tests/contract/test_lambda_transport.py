"""A function's calls of AWS go to the cloud by a way of the runtime's own, and nothing but their cost tells.

The way in is botocore's event `before-send`, whose handlers may answer in place of the HTTP client
(https://botocore.amazonaws.com/v1/documentation/api/latest/topics/events.html; the comment in botocore's `endpoint.py`:
"before-send" responses are used instead of sending). What a function does may not be held by that.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import pytest

from tests.fakes.lambda_world import LambdaWorld
from tests.support.scripted_server import ScriptedServer

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: application/x-amz-json-1.0\r\n\r\n{}"

COUNTING = """
import os, sys, boto3, botocore.session
asked = []
def audit(event, arguments):
    if event == 'http.client.send' and b' HTTP/1.1' in arguments[1]:
        asked.append(arguments[1].split()[1].decode())
sys.addaudithook(audit)
"""
"""Code of a function that knows what http.client was asked for: `asked`, the paths."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path_factory.mktemp("lambda"), pure=False)
    yield world
    world.close()


@pytest.fixture(scope="module")
def cloud() -> Iterator[ScriptedServer]:
    server = ScriptedServer([OK] * 100)
    yield server
    server.close()


def _deploy(world: LambdaWorld, name: str, code: str, url: str) -> None:
    world.deploy(name, code, Environment={"Variables": {"AWS_ENDPOINT_URL": url}})


def test_whichever_way_a_client_is_made_its_calls_are_sent_by_the_runtime(
    world: LambdaWorld, cloud: ScriptedServer
) -> None:
    """https://docs.aws.amazon.com/boto3/latest/guide/session.html: the default session, one's own, resources; and
    botocore's. A body that is read as it comes (GetObject) stays with the HTTP client."""
    code = (
        f"{COUNTING}\n"
        "ways = {'default': lambda: boto3.client('dynamodb'), 'session': lambda: boto3.Session().client('dynamodb'),\n"
        "    'resource': lambda: boto3.resource('dynamodb').meta.client,\n"
        "    'botocore': lambda: botocore.session.get_session().create_client('dynamodb')}\n"
        "def handler(event, context):\n"
        "    counts = {}\n"
        "    for name, make in ways.items():\n"
        "        make().list_tables()\n"
        "        counts[name] = len(asked)\n"
        "    counts['stream'] = boto3.client('s3').get_object(Bucket='b', Key='k')['Body'].read().decode()\n"
        "    return [counts, asked]\n"
    )
    _deploy(world, "ways", code, cloud.url)
    counts, asked = world.value("ways")
    assert counts == {"default": 0, "session": 0, "resource": 0, "botocore": 0, "stream": "{}"}
    assert asked == ["/b/k"]


def test_each_process_of_a_function_has_connections_of_its_own(world: LambdaWorld, cloud: ScriptedServer) -> None:
    """https://aws.amazon.com/blogs/compute/parallel-processing-in-python-with-aws-lambda/: processes that a handler
    makes call AWS, too."""
    code = (
        f"{COUNTING}\n"
        "client = boto3.client('dynamodb')\n"
        "def handler(event, context):\n"
        "    client.list_tables()\n"
        "    child = os.fork()\n"
        "    if not child:\n"
        "        client.list_tables()\n"
        "        os._exit(len(asked))\n"
        "    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])\n"
        "    client.list_tables()\n"
        "    return [status, len(asked)]\n"
    )
    _deploy(world, "forks", code, cloud.url)
    before = len(cloud.ports)
    assert world.value("forks") == [0, 0]
    parent, child, again = cloud.ports[before:]
    assert parent == again != child


def test_a_call_that_fails_is_told_as_botocore_tells_it(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/boto3/latest/guide/error-handling.html: `EndpointConnectionError`, after as many
    attempts as the client's configuration says."""
    code = (
        f"{COUNTING}\n"
        "from botocore.config import Config\n"
        "attempts = []\n"
        "client = boto3.client('dynamodb', config=Config(retries={'total_max_attempts': 2}))\n"
        "client.meta.events.register('before-send', lambda request, **options: attempts.append(request.url))\n"
        "def handler(event, context):\n"
        "    try:\n"
        "        client.list_tables()\n"
        "    except Exception as error:\n"
        "        return [type(error).__name__, str(error), len(attempts), len(asked)]\n"
    )
    _deploy(world, "refused", code, "http://127.0.0.1:1")
    told = 'Could not connect to the endpoint URL: "http://127.0.0.1:1/"'
    assert world.value("refused") == ["EndpointConnectionError", told, 2, 0]


def test_what_is_logged_of_a_request_is_logged(world: LambdaWorld, cloud: ScriptedServer) -> None:
    """https://docs.aws.amazon.com/boto3/latest/reference/core/boto3.html#boto3.set_stream_logger: at level DEBUG the
    HTTP client's own lines are among botocore's."""
    code = (
        f"{COUNTING}\n"
        "import io, logging\n"
        "lines = io.StringIO()\n"
        "logging.basicConfig(stream=lines, level=logging.DEBUG, force=True)\n"
        "def handler(event, context):\n"
        "    boto3.client('dynamodb').list_tables()\n"
        "    return ['\"POST / HTTP/1.1\" 200 2' in lines.getvalue(), len(asked)]\n"
    )
    _deploy(world, "logs", code, cloud.url)
    assert world.value("logs") == [True, 1]
    assert json.loads(cloud.requests[-1].partition(b"\r\n\r\n")[2]) == {}
