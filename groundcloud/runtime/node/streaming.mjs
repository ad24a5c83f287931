// Response streaming: the global `awslambda` and the stream that a streaming handler writes to.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html

import { Writable } from "node:stream";
import { RuntimeFault } from "./errors.mjs";

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HIGH_WATER_MARK = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");
const PRELUDE_TYPE = "application/vnd.awslambda.http-integration-response";
const DEFAULT_TYPE = "application/octet-stream";
const DELIMITER = Buffer.alloc(8);

/** What a streaming handler writes to. The response begins with its first byte. */
export class ResponseStream extends Writable {
  constructor(client, id, highWaterMark) {
    super(highWaterMark ? { highWaterMark } : {});
    this._client = client;
    this._id = id;
    this._type = DEFAULT_TYPE;
    this._prelude = null;
    this._sink = null;
  }

  setContentType(type) {
    if (this._sink) {
      throw new RuntimeFault("InvalidStreamingOperation", "Cannot set content-type, too late.");
    }
    this._type = type;
  }

  write(chunk, ...rest) {
    const raw = typeof chunk === "string" || chunk instanceof Uint8Array;
    return super.write(raw ? chunk : JSON.stringify(chunk), ...rest);
  }

  _begin() {
    if (!this._sink) {
      this._sink = this._client.stream(this._id, this._type);
      if (this._prelude !== null) {
        this._sink.write(Buffer.from(JSON.stringify(this._prelude)));
        this._sink.write(DELIMITER);
      }
    }
    return this._sink;
  }

  _write(chunk, encoding, done) {
    if (chunk.length) {
      this._begin().write(chunk, done);
    } else {
      done();
    }
  }

  _final(done) {
    this._begin()
      .end(null)
      .then(() => done(), done);
  }

  /** End with an error: in the trailers if something was written, else as the error of the whole call. */
  async abort(payload) {
    if (this.writableFinished) {
      return;
    }
    await (this._sink ? this._sink.end(payload) : this._client.fail(this._id, payload));
    this._final = (done) => done();
    this.destroy();
  }
}

/** Give functions the global `awslambda`. */
export function defineAwslambda() {
  const HttpResponseStream = {
    from(stream, prelude) {
      stream.setContentType(PRELUDE_TYPE);
      stream._prelude = prelude;
      return stream;
    },
  };
  const streamifyResponse = (handler, options) => {
    handler[STREAMING] = "response";
    if (options?.highWaterMark !== undefined) {
      handler[HIGH_WATER_MARK] = Number.parseInt(options.highWaterMark, 10);
    }
    return handler;
  };
  globalThis.awslambda = { ...globalThis.awslambda, streamifyResponse, HttpResponseStream };
}

/** Run a streaming handler to the end of its stream. */
export async function runStreaming(client, id, handler, event, context) {
  const stream = new ResponseStream(client, id, handler[HIGH_WATER_MARK]);
  const finished = new Promise((resolve, reject) => {
    stream.once("finish", resolve);
    stream.once("error", reject);
  });
  finished.catch(() => {});
  return {
    stream,
    done: (async () => {
      const result = handler(event, stream, context);
      if (typeof result?.then !== "function") {
        throw new Error("Streaming does not support non-async handlers.");
      }
      if ((await result) !== undefined) {
        console.warn("Streaming handlers ignore return values.");
      }
      await finished;
    })(),
  };
}
