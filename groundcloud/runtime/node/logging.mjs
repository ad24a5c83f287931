// console.* as in Lambda: one event of the log for each call, with time, request id and level.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
//
// Each record is a frame (groundcloud/runtime/output.py), so that one of several lines stays one event.

import { writeSync } from "node:fs";
import { format } from "node:util";
import { asOnLambda, inLog, linesOf } from "./errors.mjs";

const LEVELS = { TRACE: 0x04, DEBUG: 0x08, INFO: 0x0c, WARN: 0x10, ERROR: 0x14, FATAL: 0x18 };
const RANKS = Object.keys(LEVELS);
const METHODS = { trace: "TRACE", debug: "DEBUG", info: "INFO", log: "INFO", warn: "WARN", error: "ERROR" };
const TEXT = 0xa55a0003;
const JSON_RECORD = 0xa55a0002;
const HEADER_BYTES = 16;
const BUSY_MILLISECONDS = 1;

let requestId;
let json = false;
let least = 0;

/** Of which call the next records are. */
export function setRequestId(id) {
  requestId = id;
}

/** Make console.* write records; AWS_LAMBDA_LOG_FORMAT and AWS_LAMBDA_LOG_LEVEL say how. */
export function patchConsole(environ) {
  json = (environ.AWS_LAMBDA_LOG_FORMAT ?? "").toUpperCase() === "JSON";
  least = json ? Math.max(0, RANKS.indexOf((environ.AWS_LAMBDA_LOG_LEVEL ?? "").toUpperCase())) : 0;
  for (const [method, level] of Object.entries(METHODS)) {
    console[method] = (...values) => record(level, values);
  }
  console.fatal = (...values) => record("FATAL", values);
}

/** Log an error that ended a call, as AWS words it. */
export function logError(what, error) {
  record("ERROR", json ? [what, error] : [what, inLog(error)]);
}

function record(level, values) {
  if (RANKS.indexOf(level) < least) {
    return;
  }
  const time = Date.now();
  const stamp = new Date(time).toISOString();
  const line = () => `${stamp}\t${requestId}\t${level}\t${asOnLambda(format(...values))}`;
  const text = json ? jsonRecord(stamp, level, values) : line();
  const data = Buffer.from(text);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + data.length);
  frame.writeUInt32BE(((json ? JSON_RECORD : TEXT) | LEVELS[level]) >>> 0, 0);
  frame.writeUInt32BE(data.length, 4);
  frame.writeBigUInt64BE(BigInt(time) * 1000n, 8);
  data.copy(frame, HEADER_BYTES);
  writeAll(frame);
}

function jsonRecord(timestamp, level, values) {
  const result = { timestamp, level, requestId };
  if (values.length === 1) {
    result.message = values[0];
    try {
      return JSON.stringify(result, (_, value) => (value instanceof Error ? described(value) : value));
    } catch {
      result.message = asOnLambda(format(values[0]));
      return JSON.stringify(result);
    }
  }
  result.message = asOnLambda(format(...values));
  const error = values.find((value) => value instanceof Error);
  if (error) {
    Object.assign(result, { errorType: error.constructor?.name ?? "UnknownError", errorMessage: error.message });
    result.stackTrace = typeof error.stack === "string" ? linesOf(error.stack) : [];
  }
  return JSON.stringify(result);
}

function described(error) {
  const { message, stack } = error;
  const stackTrace = typeof stack === "string" ? linesOf(stack) : stack;
  return { errorType: error.constructor?.name ?? "UnknownError", errorMessage: message, stackTrace, ...error };
}

function writeAll(data) {
  for (let start = 0; start < data.length; ) {
    try {
      start += writeSync(1, data, start);
    } catch (error) {
      if (error.code !== "EAGAIN") {
        // A function that closed its output goes on without a log.
        return;
      }
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MILLISECONDS);
    }
  }
}
