"""What a zygote imports and warms before it forks: the runtime client, boto3, and the models of the services in use.

What is kept is what any function would make for itself: modules, compiled expressions, parsed models (`loaders.py`),
and boto3's default session, which has neither credentials nor configuration: it looks for them when it is first used.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
import types

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

SERVICES: dict[str, tuple[str, dict[str, Any], bytes] | None] = {
    "dynamodb": ("put_item", {"TableName": "t", "Item": {"a": {"S": "b"}}}, b"{}"),
    "s3": ("list_buckets", {}, b"<a/>"),
    "sqs": ("list_queues", {}, b"{}"),
    "ssm": ("get_parameter", {"Name": "n"}, b"{}"),
    "lambda": ("list_functions", {}, b"{}"),
    "sns": None,
    "sts": None,
}
"""What is loaded, and a call with an answer by which what is lazy is loaded too."""

RESOURCES = ("dynamodb", "s3", "sqs", "sns")

MODULES = ("boto3.dynamodb.conditions", "boto3.dynamodb.table", "encodings.idna", "urllib3.util.ssl_match_hostname")
"""What the first call of a client would import."""

_FAKE = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
_FAKE_VARIABLES = {
    "AWS_ACCESS_KEY_ID": "a",
    "AWS_SECRET_ACCESS_KEY": "b",
    "AWS_SESSION_TOKEN": "c",
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
}


def preload(client: str, load: Callable[[str], Any]) -> Callable[[str], None]:
    """Import and warm everything; what runs a handler, by its name."""
    load("launch").finish_site()
    api = load("api_client")
    run = _pure(api, load("pure_client")) if client == "pure" else _awslambdaric(api)
    transport = _warm(load)

    def prepared(handler: str) -> None:
        _forget_what_is_set_otherwise()
        transport.open(os.environ.get("AWS_ENDPOINT_URL", ""))
        run(handler)

    return prepared


def _pure(api: Any, pure_client: Any) -> Callable[[str], None]:
    def run(handler: str) -> None:
        pure_client.main(handler, api.RuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"]))

    return run


def _awslambdaric(api: Any) -> Callable[[str], None]:
    """AWS's client, with `api_client` in place of its compiled part, which is not even loaded."""
    unset: Any = types.ModuleType("runtime_client")
    unset.initialize_client = lambda user_agent: None
    sys.modules["runtime_client"] = unset
    from awslambdaric import __main__, lambda_runtime_client

    # A function that imports it finds the compiled one, as on AWS.
    del sys.modules["runtime_client"]

    def run(handler: str) -> None:
        main = __main__
        if "AWS_LAMBDA_LOG_FORMAT" in os.environ or "AWS_LAMBDA_LOG_LEVEL" in os.environ:
            # Read while it is imported.
            importlib.reload(main.bootstrap)
        lambda_runtime_client.runtime_client = api.stand_in(api.RuntimeClient(os.environ["AWS_LAMBDA_RUNTIME_API"]))
        main.main(["bootstrap", handler])

    return run


def _warm(load: Callable[[str], Any]) -> Any:
    """Import, parse and compile what first sessions, clients and calls would; boto3's default session. The transport
    that sessions have from now on, not yet open."""
    import boto3
    import botocore.loaders
    import botocore.session

    for name in MODULES:
        importlib.import_module(name)
    loaders = load("loaders")
    loader = botocore.loaders.Loader(file_loader=loaders.Files())
    bare = list(loader.search_paths)
    core = botocore.session.get_session()
    core.register_component("data_loader", loader)
    session = boto3.session.Session(botocore_session=core, **_FAKE)
    for service in SERVICES:
        _call(session, service)
    for service in RESOURCES:
        session.resource(service)
    more = [path for path in loader.search_paths if path not in bare]
    default = botocore.session.get_session()
    # A session that looked for it would read the configuration now.
    default.register_component("data_loader", loaders.PreparedLoader(loader, more))
    boto3.setup_default_session(botocore_session=default)
    loaders.hand_out(loader, more)
    transport = load("transport").Transport(load("connection").Connection)
    transport.attach(default)
    transport.hand_out()
    return transport


def rehearse() -> None:
    """Do what functions do first of all, in a process that is going to be one's: memory that they write to is its own
    then. Leaves nothing behind."""
    import boto3

    os.environ.update(_FAKE_VARIABLES)
    _answered(boto3.session.Session().resource("dynamodb").meta.client, "dynamodb")
    os.environ.clear()
    # Sessions refer to themselves: what the function makes shall have their place.
    gc.collect()


def _forget_what_is_set_otherwise() -> None:
    """Leave a function that has models of its own to make its default session itself."""
    import boto3

    if "AWS_DATA_PATH" in os.environ:
        boto3.DEFAULT_SESSION = None


def _call(session: Any, service: str) -> None:
    """Make a client and one call that is answered before it is sent."""
    _answered(session.client(service, endpoint_url="http://127.0.0.1:1"), service)


def _answered(client: Any, service: str) -> None:
    from botocore.awsrequest import AWSResponse

    call = SERVICES[service]
    if call is None:
        return
    operation, params, answer = call

    class Raw:
        def stream(self, *_: Any, **__: Any) -> Any:
            yield answer

    client.meta.events.register("before-send", lambda request, **_: AWSResponse(request.url, 200, {}, Raw()))
    getattr(client, operation)(**params)
