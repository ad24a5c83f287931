"""What a parent has loaded before it forks a Python function is not seen by the function but in its speed.

The Python runtimes bring boto3 (https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html#python-sdk); all else
is as in a fresh interpreter.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from groundcloud.ports import Scope
from tests.fakes.fake_engine import SCOPE
from tests.fakes.lambda_world import LambdaWorld

forked = pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks")

MODEL = """
import json, os
os.makedirs("/tmp/models/toys/2020-01-01", exist_ok=True)
with open("/tmp/models/toys/2020-01-01/service-2.json", "w") as file:
    json.dump({
        "version": "2.0",
        "metadata": {"apiVersion": "2020-01-01", "endpointPrefix": "toys", "protocol": "json", "serviceId": "Toys",
                     "signatureVersion": "v4", "targetPrefix": "Toys"},
        "operations": {}, "shapes": {}}, file)
"""


def _keys(params: dict[str, Any], scope: Scope) -> dict[str, Any]:
    """Keys that tell their role."""
    role = params["RoleArn"].rpartition("/")[2]
    return {"Credentials": {"AccessKeyId": role, "SecretAccessKey": f"{role}-secret", "SessionToken": f"{role}-token"}}


@pytest.fixture(scope="module", params=["awslambdaric", "pure"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path_factory.mktemp("lambda"), pure=request.param == "pure")
    world.engine.on("sts", "AssumeRole", _keys)
    yield world
    world.close()


@forked
@pytest.mark.parametrize("form", ["Text", "JSON"])
def test_functions_are_forked_whatever_their_log_format(world: LambdaWorld, form: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html: the format of a log says
    nothing about how a function starts."""
    code = "def handler(event, context): return open('/proc/self/cmdline').read().split(chr(0))"
    world.deploy(f"forked-{form}", code, LoggingConfig={"LogFormat": form})
    assert any(part.endswith("zygote.py") for part in world.value(f"forked-{form}"))


@pytest.mark.parametrize("session", ["boto3", "boto3.Session()", "boto3.session.Session()"])
def test_sessions_have_the_functions_own_credentials_and_region(world: LambdaWorld, session: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html: clients take the role's keys from
    the function's variables, its region likewise."""
    code = (
        "import boto3\n"
        f"session = {session}\n"
        "client = session.client('dynamodb')\n"
        "resource = session.resource('s3')\n"
        "def handler(event, context):\n"
        "    keys = boto3._get_default_session().get_credentials() if session is boto3 else session.get_credentials()\n"
        "    url = client.generate_presigned_url('list_tables')\n"
        "    return [*keys.get_frozen_credentials()[:3], client.meta.region_name, client.meta.endpoint_url,\n"
        "            resource.meta.client.meta.region_name, 'X-Amz-Credential=' + keys.access_key + '%2F' in url]\n"
    )
    url = "http://127.0.0.1:1234"
    for name, scope in (("one", SCOPE), ("two", Scope(SCOPE.account, "eu-west-3"))):
        function = f"{name}-{len(session)}"
        world.engine.add_function(
            function, {"app.py": code}, scope=scope, Environment={"Variables": {"AWS_ENDPOINT_URL": url}}
        )
        role, arn = f"{function}-role", f"arn:aws:lambda:{scope.region}:{scope.account}:function:{function}"
        keys = [role, f"{role}-secret", f"{role}-token"]
        assert world.value(arn) == [*keys, scope.region, url, scope.region, True]


def test_configuration_that_a_function_writes_is_read(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/sdkref/latest/guide/file-location.html: `AWS_CONFIG_FILE` and `AWS_PROFILE`, also
    when they are set by the program before its first client."""
    code = (
        "import os, boto3\n"
        "with open('/tmp/config', 'w') as file:\n"
        "    file.write('[profile other]\\nregion = eu-north-1\\nmax_attempts = 7\\n')\n"
        "os.environ.update(AWS_CONFIG_FILE='/tmp/config', AWS_PROFILE='other')\n"
        "del os.environ['AWS_REGION'], os.environ['AWS_DEFAULT_REGION']\n"
        "def handler(event, context):\n"
        "    client = boto3.client('sqs')\n"
        "    return [client.meta.region_name, client.meta.config.retries['total_max_attempts']]\n"
    )
    world.deploy("configured", code)
    assert world.value("configured") == ["eu-north-1", 7]


@pytest.mark.parametrize("way", ["variable", "search path", "default session"])
def test_models_of_a_functions_own_are_found(world: LambdaWorld, way: str) -> None:
    """https://docs.aws.amazon.com/boto3/latest/guide/loaders.html: `AWS_DATA_PATH` and the loader's search paths."""
    ways = {
        "variable": "client = boto3.client('toys')",
        "search path": (
            "session = botocore.session.get_session()\n"
            "boto3.Session(botocore_session=session).client('sqs')\n"
            "session.get_component('data_loader').search_paths.append('/tmp/models')\n"
            "client = boto3.Session(botocore_session=session).client('toys')"
        ),
        "default session": (
            "boto3.client('sqs')\n"
            "boto3.DEFAULT_SESSION._session.get_component('data_loader').search_paths.append('/tmp/models')\n"
            "client = boto3.client('toys')"
        ),
    }
    code = (
        f"{MODEL}\nimport boto3, botocore.session\n{ways[way]}\n"
        "def handler(event, context): return client.meta.service_model.service_id"
    )
    variables = {"AWS_DATA_PATH": "/tmp/models"} if way == "variable" else {}
    name = f"models-{way.replace(' ', '-')}"
    world.deploy(name, code, Environment={"Variables": variables})
    assert world.value(name) == "Toys"


def test_an_unknown_service_is_unknown(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/boto3/latest/guide/error-handling.html: the list in the error is botocore's."""
    code = (
        "import boto3, botocore.exceptions, botocore.loaders\n"
        "def handler(event, context):\n"
        "    try:\n"
        "        boto3.client('nonsense')\n"
        "    except botocore.exceptions.UnknownServiceError as error:\n"
        "        known = botocore.loaders.Loader().list_available_services('service-2')\n"
        "        return [', '.join(known) in str(error), boto3.Session().get_available_services() == known,\n"
        "                boto3.Session().get_available_resources()]\n"
    )
    world.deploy("unknown", code)
    same, available, resources = world.value("unknown")
    assert same
    assert available
    assert {"dynamodb", "s3", "sqs"} <= set(resources)


def test_what_a_function_patches_stays_its_own(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html: an environment is a function's."""
    patching = (
        "import boto3, botocore.session, json\n"
        "boto3.client = json.dumps = lambda *arguments, **options: '\"patched\"'\n"
        "boto3.DEFAULT_SESSION = botocore.session.marked = 'patched'\n"
        "client = botocore.session.get_session().create_client('dynamodb')\n"
        "client.meta.service_model.metadata['serviceId'] = 'patched'\n"
        "def handler(event, context): return 'patched'\n"
    )
    looking = (
        "import boto3, botocore.session\n"
        "client = boto3.client('dynamodb')\n"
        "def handler(event, context):\n"
        "    return [hasattr(botocore.session, 'marked'), client.meta.service_model.metadata['serviceId']]\n"
    )
    world.deploy("patches", patching)
    world.deploy("looks", looking)
    world.invoke("patches")
    assert world.value("looks") == [False, "DynamoDB"]


@pytest.mark.parametrize("name", ["boto3", "botocore", "urllib3"])
def test_a_module_that_a_function_brings_is_the_one_it_gets(world: LambdaWorld, name: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-package.html#python-package-searchpath: the function's code
    comes before what the runtime brings."""
    code = (
        f"import {name}\ndef handler(event, context): return [{name}.WHOSE, {name}.__file__.rpartition('/{name}')[0]]"
    )
    world.engine.add_function(f"brings-{name}", {"app.py": code, f"{name}/__init__.py": "WHOSE = 'the function'"})
    whose, folder = world.value(f"brings-{name}")
    assert whose == "the function"
    assert "runtime" not in folder


def test_what_is_loaded_before_a_function_is_what_the_runtime_brings(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html: nothing of the cloud's own is among it, and
    what the parent has loaded is the runtime client, boto3 and what both need."""
    code = (
        "import sys\n"
        "loaded = sorted({name.partition('.')[0] for name in sys.modules} - set(sys.stdlib_module_names))\n"
        "def handler(event, context):\n"
        "    mains = [sorted(vars(sys.modules[name])) for name in ('__main__', '__mp_main__') if name in sys.modules]\n"
        "    return [loaded, sys.argv[1:], sum(mains, [])]\n"
    )
    world.deploy("loaded", code)
    loaded, arguments, main = world.value("loaded")
    allowed = {
        "__main__",
        "__mp_main__",
        "app",
        "awslambdaric",
        "boto3",
        "botocore",
        "dateutil",
        "jmespath",
        "runtime_client",
        "s3transfer",
        "simplejson",
        "six",
        "snapshot_restore_py",
        "urllib3",
    }
    assert set(loaded) <= allowed
    assert arguments == []
    assert not {"Zygote", "load"} & set(main)
