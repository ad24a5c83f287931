"""What a function sees: variables, files, modules, credentials, and nothing of the host."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from groundcloud.errors import AwsError
from groundcloud.ports import Scope
from tests.fakes.fake_engine import SCOPE
from tests.fakes.lambda_world import CLIENTS, ENDPOINT, LambdaWorld
from tests.support.packages import archive

_THIS = f"python{sys.version_info[0]}.{sys.version_info[1]}"


@pytest.fixture(scope="module", params=CLIENTS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path_factory.mktemp("lambda"), **CLIENTS[request.param])
    yield world
    world.close()


@pytest.fixture
def only_world(tmp_path: Any) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path, pure=False)
    yield world
    world.close()


def test_variables_are_lambdas_and_the_functions_own(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""
    world.deploy(
        "variables",
        "import os\ndef handler(event, context): return dict(os.environ)",
        Runtime=_THIS,
        Environment={"Variables": {"TABLE": "tasks", "TZ": "Europe/Berlin"}},
        MemorySize=512,
    )
    seen = world.value("variables")
    assert set(seen) == {
        "TABLE",
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_XRAY_CONTEXT_MISSING",
        "AWS_XRAY_DAEMON_ADDRESS",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
        "TZ",
        "LANG",
        "PATH",
        "LD_LIBRARY_PATH",
        "PYTHONPATH",
        "AWS_ENDPOINT_URL",
    }
    assert seen["TABLE"] == "tasks"
    assert seen["TZ"] == "Europe/Berlin"
    assert seen["_HANDLER"] == "app.handler"
    assert seen["AWS_REGION"] == seen["AWS_DEFAULT_REGION"] == "us-east-1"
    assert seen["AWS_EXECUTION_ENV"] == f"AWS_Lambda_{_THIS}"
    assert seen["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "512"
    assert seen["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
    assert seen["AWS_ENDPOINT_URL"] == ENDPOINT
    assert seen["AWS_SESSION_TOKEN"] == "token"


def test_trace_id_changes_with_each_call(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html (_X_AMZN_TRACE_ID)"""
    world.deploy("trace", "import os\ndef handler(event, context): return os.environ['_X_AMZN_TRACE_ID']")
    first, second = world.value("trace"), world.value("trace")
    assert first != second
    assert first.startswith("Root=1-")
    given = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"
    assert world.invoke("trace", trace_header=given).payload.decode().strip('"') == given


def test_modules_are_the_runtimes_and_nothing_else(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html: boto3 is there; our own environment is not."""
    world.deploy(
        "modules",
        """
import importlib, importlib.metadata, sys
def importable(name):
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True
def handler(event, context):
    return {
        "path": sys.path,
        "distributions": sorted(d.metadata["Name"].lower() for d in importlib.metadata.distributions()),
        "there": [name for name in event if importable(name)],
    }
""",
        Timeout=10,
    )
    ours = ["ministack", "flask", "uvicorn", "groundcloud", "httptools", "pytest", "pip", "launch", "pure_client"]
    seen = world.value("modules", ["boto3", "botocore", "sqlite3", *ours])
    assert seen["there"] == ["boto3", "botocore", "sqlite3"]
    base = ["boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six", "urllib3"]
    own = [] if world.pure else ["awslambdaric", "simplejson", "snapshot-restore-py"]
    assert seen["distributions"] == sorted(base + own)
    assert not any("site-packages" in entry and not entry.startswith("/opt/") for entry in seen["path"])


def test_working_folder_is_the_code(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html; the code may not change itself."""
    world.engine.add_function(
        "files",
        {
            "app.py": """
import os, stat, sys
from lib import helper
def handler(event, context):
    mode = lambda name: oct(stat.S_IMODE(os.stat(name).st_mode))
    return {"same": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"] == sys.path[0], "text": open("data/a.txt").read(),
            "modes": [mode("."), mode("app.py"), mode("data")], "helper": helper.x}
""",
            "lib/helper.py": "x = 1",
            "data/a.txt": "hello",
        },
    )
    assert world.value("files") == {"same": True, "text": "hello", "modes": ["0o555", "0o444", "0o555"], "helper": 1}


def test_builtins_are_complete(world: LambdaWorld) -> None:
    """The interpreter starts without site-packages, but `exit` and UTF-8 are as on Lambda."""
    world.deploy(
        "builtins",
        """
import sys
def handler(event, context):
    print("grün 😀")
    return [exit.name, open(__file__).encoding.lower(), sys.argv]
""",
    )
    assert world.value("builtins") == ["exit", "utf-8", ["bootstrap"]]
    assert "grün 😀\n" in world.log("builtins")


def test_executables_keep_their_bit(only_world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-zip.html (file permissions)"""
    code = b"import subprocess\ndef handler(event, context): return subprocess.getoutput('./bin/tool')"
    tool = b"#!/bin/sh\necho from the tool\n"
    only_world.engine.add_function("tool", archive({"app.py": code, "bin/tool": tool}, executable=["bin/tool"]))
    assert only_world.value("tool") == "from the tool"


def test_credentials_are_the_roles(only_world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"""
    only_world.deploy("roles", "def handler(event, context): return 1", Role="arn:aws:iam::123456789012:role/path/r")
    only_world.value("roles")
    assert only_world.engine.asked("sts", "AssumeRole") == [
        {"RoleArn": "arn:aws:iam::123456789012:role/path/r", "RoleSessionName": "roles", "DurationSeconds": 3600}
    ]


def test_environment_is_replaced_before_its_credentials_expire(only_world: LambdaWorld) -> None:
    """Credentials are always good for the whole call."""
    only_world.deploy("expiring", "def handler(event, context): return context.log_stream_name", Timeout=10)
    first = only_world.value("expiring")
    only_world.clock.shift += 3600 - 10 - 60 - 30
    assert only_world.value("expiring") == first
    only_world.clock.shift += 40
    assert only_world.value("expiring") != first


def test_role_that_is_missing(only_world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html (role cannot be assumed)"""
    only_world.deploy("no-role", "def handler(event, context): return 1")
    only_world.engine.missing_roles.add("arn:aws:iam::123456789012:role/no-role-role")
    with pytest.raises(AwsError) as caught:
        only_world.invoke("no-role")
    assert (caught.value.code, caught.value.status) == ("AccessDeniedException", 403)
    assert caught.value.message == "The role defined for the function cannot be assumed by Lambda."
    only_world.engine.missing_roles.clear()
    assert only_world.value("no-role") == 1


def test_layers_are_importable(only_world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/python-layers.html"""
    engine = only_world.engine
    engine.add_function("carrier", {"python/shared.py": "value = 'from the layer'"})
    location = engine.functions[SCOPE, "carrier"]["Code"]["Location"]
    engine.on("lambda", "GetLayerVersionByArn", lambda params, scope: {"Content": {"Location": location}})
    layer = "arn:aws:lambda:us-east-1:123456789012:layer:shared:1"
    only_world.deploy(
        "layered", "import shared\ndef handler(event, context): return shared.value", Layers=[{"Arn": layer}]
    )
    assert only_world.value("layered") == "from the layer"


def test_other_versions_of_python(only_world: LambdaWorld) -> None:
    """A function runs on the interpreter it asks for when it is installed; else its log warns."""
    code = "import sys, boto3\ndef handler(event, context): return list(sys.version_info[:2])"
    only_world.deploy("old", code, Runtime="python3.6", Timeout=10)
    assert only_world.value("old") == list(sys.version_info[:2])
    assert any(line.startswith("WARNING: this function asks for python3.6") for line in only_world.log("old"))
    for minor in (12, 13, 14):
        name = f"on-3-{minor}"
        only_world.deploy(name, code, Runtime=f"python3.{minor}", Timeout=10)
        version = only_world.value(name)
        warned = any(line.startswith("WARNING") for line in only_world.log(name))
        assert version == [3, minor] or (version == list(sys.version_info[:2]) and warned)


@pytest.mark.parametrize("runtime", ["dotnet8", "ruby3.4", "java21", ""])
def test_other_runtimes_say_what_is_supported(only_world: LambdaWorld, runtime: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors (InvalidRuntimeException, 502)"""
    only_world.deploy("other", "", Runtime=runtime)
    with pytest.raises(AwsError, match="This cloud runs python3.x, nodejs18.x and newer") as caught:
        only_world.invoke("other")
    assert (caught.value.code, caught.value.status) == ("InvalidRuntimeException", 502)


@pytest.mark.unsupported("container images")
def test_container_images_are_refused(only_world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors"""
    only_world.deploy("image", "", PackageType="Image", Runtime="", CodeSha256="")
    with pytest.raises(AwsError, match="container images"):
        only_world.invoke("image")


@pytest.mark.parametrize("archive", [b"", b"no archive"])
def test_package_that_is_no_zip(only_world: LambdaWorld, archive: bytes) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors (InvalidZipFileException, 502)"""
    only_world.engine.add_function("broken", archive)
    with pytest.raises(AwsError) as caught:
        only_world.invoke("broken")
    assert (caught.value.code, caught.value.status) == ("InvalidZipFileException", 502)


def test_scopes_are_separate(only_world: LambdaWorld) -> None:
    """The same name in another account and region is another function."""
    other = Scope("210987654321", "eu-west-1")
    code = "import os\ndef handler(event, context): return [os.environ['AWS_REGION'], context.invoked_function_arn]"
    only_world.deploy("twin", code)
    only_world.deploy("twin", code, scope=other)
    arn = "arn:aws:lambda:eu-west-1:210987654321:function:twin"
    assert only_world.value("twin")[0] == "us-east-1"
    assert only_world.value(arn) == ["eu-west-1", arn]
