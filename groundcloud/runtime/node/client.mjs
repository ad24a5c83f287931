// The Lambda Runtime API over one kept connection: plain HTTP/1.1 on a socket, because this is on the way of every call.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

import net from "node:net";

const PREFIX = "/2018-06-01/runtime/";
const END_OF_HEAD = Buffer.from("\r\n\r\n");
const ERROR_TYPE = "Lambda-Runtime-Function-Error-Type";
const ERROR_BODY = "Lambda-Runtime-Function-Error-Body";

export class RuntimeClient {
  /** `address` is host:port. Only waiting for an answer keeps the process alive, so an empty event loop is noticed. */
  constructor(address) {
    const colon = address.lastIndexOf(":");
    this._host = address;
    this._pieces = [];
    this._size = 0;
    this._parsed = null;
    this._answered = null;
    this._socket = net.connect({ host: address.slice(0, colon), port: Number(address.slice(colon + 1)), noDelay: true });
    this._socket.on("data", (data) => this._receive(data));
    // The cloud has gone; there is nobody to work for.
    this._socket.on("error", () => process.exit(1));
    this._socket.on("close", () => process.exit(1));
    this._socket.unref();
  }

  /** Wait for a call: {headers (lower case), body}. */
  async next() {
    const answer = await this._ask(`GET ${PREFIX}invocation/next HTTP/1.1\r\nHost: ${this._host}\r\n\r\n`);
    if (answer.status !== 200) {
      throw new Error(`The Runtime API answered ${answer.status} to next: ${answer.body}`);
    }
    return answer;
  }

  respond(id, text) {
    return this._post(`invocation/${id}/response`, text);
  }

  fail(id, payload) {
    return this._post(`invocation/${id}/error`, JSON.stringify(payload), payload.errorType);
  }

  failInit(payload) {
    return this._post("init/error", JSON.stringify(payload), payload.errorType);
  }

  /** Begin a streamed response: {write(data, done), end(error payload or null)}; `end` resolves when it was taken. */
  stream(id, contentType) {
    const head = this._head(`invocation/${id}/response`, {
      "Content-Type": contentType,
      "Lambda-Runtime-Function-Response-Mode": "streaming",
      Trailer: `${ERROR_TYPE}, ${ERROR_BODY}`,
      "Transfer-Encoding": "chunked",
    });
    this._socket.write(head);
    return {
      write: (data, done) => {
        this._socket.cork();
        this._socket.write(`${data.length.toString(16)}\r\n`);
        this._socket.write(data);
        this._socket.write("\r\n", done);
        this._socket.uncork();
      },
      end: (failure) => {
        const body = failure && Buffer.from(JSON.stringify(failure)).toString("base64");
        const trailers = failure ? `${ERROR_TYPE}: ${clean(failure.errorType)}\r\n${ERROR_BODY}: ${body}\r\n` : "";
        return this._ask(`0\r\n${trailers}\r\n`);
      },
    };
  }

  _post(path, text, errorType) {
    const body = Buffer.from(text);
    const headers = { "Content-Type": "application/json", "Content-Length": body.length };
    if (errorType) {
      headers[ERROR_TYPE] = clean(errorType);
    }
    return this._ask(this._head(path, headers), body);
  }

  _head(path, headers) {
    const lines = Object.entries({ Host: this._host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    return `POST ${PREFIX}${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
  }

  _ask(head, body) {
    this._socket.ref();
    this._socket.cork();
    this._socket.write(head, "latin1");
    if (body) {
      this._socket.write(body);
    }
    this._socket.uncork();
    return new Promise((resolve) => {
      this._answered = resolve;
    });
  }

  _receive(data) {
    // A large event comes in many pieces, which are put together once: each time anew would take many times its memory.
    this._pieces.push(data);
    this._size += data.length;
    if (!this._parsed) {
      const read = this._joined();
      const end = read.indexOf(END_OF_HEAD);
      if (end < 0) {
        return;
      }
      this._parsed = { ...parseHead(read.toString("latin1", 0, end)), start: end + END_OF_HEAD.length };
    }
    const { status, headers, start } = this._parsed;
    const end = start + Number(headers["content-length"] ?? 0);
    if (this._size < end) {
      return;
    }
    const body = this._joined().toString("utf8", start, end);
    this._pieces = [];
    this._size = 0;
    this._parsed = null;
    const answered = this._answered;
    this._answered = null;
    // From here on only the function's own work keeps the process alive.
    this._socket.unref();
    answered?.({ status, headers, body });
  }

  _joined() {
    if (this._pieces.length > 1) {
      this._pieces = [Buffer.concat(this._pieces, this._size)];
    }
    return this._pieces[0];
  }
}

function parseHead(text) {
  const [first, ...lines] = text.split("\r\n");
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(first.split(" ")[1]), headers };
}

function clean(text) {
  return String(text).replace(/[^\x20-\x7e]/g, "?");
}
