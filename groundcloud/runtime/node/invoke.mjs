// Takes one call after the other, and sees that each is answered exactly once.

import { makeContext } from "./context.mjs";
import { RuntimeFault, payloadOf } from "./errors.mjs";
import { isStreaming } from "./handler.mjs";
import { logError, setRequestId } from "./logging.mjs";
import { runStreaming } from "./streaming.mjs";

const UNCAUGHT_STATUS = 129;
const REJECTED_STATUS = 128;
const UNSETTLED =
  "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that " +
  "was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes";

/** Ends the process for an error that nobody caught, as the error of the call that runs (or of the start). */
export class LastResort {
  constructor(client) {
    this._fail = (payload) => client.failInit(payload);
    this._client = client;
    process.on("uncaughtException", (error) => this.end("Uncaught Exception", error, UNCAUGHT_STATUS));
    process.on("unhandledRejection", (reason) => {
      const error = new RuntimeFault("UnhandledPromiseRejection", String(reason));
      error.reason = reason;
      this.end("Unhandled Promise Rejection", error, REJECTED_STATUS);
    });
  }

  /** From now on errors belong to this call. */
  serve(id) {
    this._fail = (payload) => this._client.fail(id, payload);
  }

  end(what, error, status = UNCAUGHT_STATUS) {
    logError(what, error);
    // A second error must not be sent while the first is on its way.
    this.end = () => {};
    this._fail(payloadOf(error)).then(() => process.exit(status));
  }
}

/** The loop: for ever, or until the process ends. */
export async function serve(client, handler, lastResort, { callbacks }) {
  let whenEmpty = null;
  process.on("beforeExit", () => whenEmpty?.());
  const run = isStreaming(handler) ? streamed : callbacks ? withCallback : plain;
  for (;;) {
    const { headers, body } = await client.next();
    const id = headers["lambda-runtime-aws-request-id"];
    setRequestId(id);
    lastResort.serve(id);
    setTrace(headers["lambda-runtime-trace-id"]);
    await run(client, id, handler, JSON.parse(body), makeContext(headers, process.env), (listener) => {
      whenEmpty = listener;
    });
    whenEmpty = null;
  }
}

function setTrace(trace) {
  if (trace) {
    process.env._X_AMZN_TRACE_ID = trace;
  } else {
    delete process.env._X_AMZN_TRACE_ID;
  }
}

async function plain(client, id, handler, event, context, onEmpty) {
  const outcome = new Promise((resolve, reject) => {
    onEmpty(() => reject(new RuntimeFault("NodeJsExit", UNSETTLED)));
    (async () => handler(event, context))().then(resolve, reject);
  });
  await answer(client, id, outcome, (cause) => new RuntimeFault("JSONStringifyError", cause));
}

/** Handlers up to Node.js 22 may answer by a promise, by their third argument or by their context. */
async function withCallback(client, id, handler, event, context, onEmpty) {
  let waits = true;
  const outcome = new Promise((resolve, reject) => {
    const settle = (error, result) => (error === undefined || error === null ? resolve(result) : reject(error));
    const callback = (error, result) => {
      if ((error === undefined || error === null) && waits) {
        onEmpty(() => resolve(result));
      } else {
        settle(error, result);
      }
    };
    onEmpty(() => (isAsync(handler) ? reject(new RuntimeFault("NodeJsExit", UNSETTLED)) : resolve(null)));
    Object.defineProperty(context, "callbackWaitsForEmptyEventLoop", {
      enumerable: true,
      get: () => waits,
      set: (value) => {
        waits = value;
      },
    });
    context.done = settle;
    context.succeed = (result) => settle(null, result);
    context.fail = (error) => settle(error ?? "handled");
    try {
      const result = handler(event, context, once(callback));
      if (typeof result?.then === "function") {
        result.then(context.succeed, context.fail);
      }
    } catch (error) {
      reject(error ?? "handled");
    }
  });
  await answer(client, id, outcome, (cause) => new Error(cause));
}

async function streamed(client, id, handler, event, context, onEmpty) {
  const { stream, done } = await runStreaming(client, id, handler, event, context);
  const empty = new Promise((_, reject) => onEmpty(() => reject(new Error("Response stream is not finished."))));
  try {
    await Promise.race([done, empty]);
  } catch (error) {
    done.catch(() => {});
    logError("Invoke Error", error);
    await stream.abort(payloadOf(error));
  }
}

async function answer(client, id, outcome, unserializable) {
  let text;
  try {
    text = serialized(await outcome, unserializable);
  } catch (error) {
    logError("Invoke Error", error);
    await client.fail(id, payloadOf(error));
    return;
  }
  await client.respond(id, text);
}

function serialized(result, unserializable) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? "null";
  } catch {
    throw unserializable("Unable to stringify response body");
  }
}

function isAsync(handler) {
  return Object.prototype.toString.call(handler) === "[object AsyncFunction]";
}

function once(call) {
  let used = false;
  return (...values) => {
    if (!used) {
      used = true;
      call(...values);
    }
  };
}
