// What the five handlers share: the two ways to be called, and one log line a call.
//
// Called directly (aws lambda invoke, an SDK, another service) the event is the input and the return value the answer;
// what goes wrong is thrown, so that the caller sees FunctionError with `errorType` and `errorMessage`.
// Called by its URL the input is the JSON body, or the query string where there is no body; the answer is an HTTP
// response, and a caller's mistake a 4xx with `{"error", "message"}`. A fault of ours is thrown either way: Lambda logs
// it, counts it, and answers a URL with 502.
//
// Event: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html

import { ValidationError } from "./errors.mjs";

/** A Lambda handler around `work(input)`; `status` is what the URL answers when all went well. */
export function serve(work, { status = 200 } = {}) {
  return async (event, context) => {
    const byUrl = event?.requestContext?.http !== undefined;
    const started = performance.now();
    try {
      const result = await work(byUrl ? inputOf(event) : objectOnly(event, "input"));
      log(console.info, context, started, { outcome: "done" });
      return byUrl ? respond(status, result) : result;
    } catch (error) {
      if (error.status === undefined) throw error;
      log(console.warn, context, started, { outcome: "refused", reason: error.message });
      if (!byUrl) throw error;
      return respond(error.status, { error: error.name, message: error.message });
    }
  };
}

function inputOf(event) {
  if (!event.body) return { ...event.queryStringParameters };
  const text = event.isBase64Encoded ? Buffer.from(event.body, "base64").toString("utf8") : event.body;
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ValidationError("The body is not valid JSON.");
  }
  return objectOnly(value, "body");
}

function objectOnly(value, what) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new ValidationError(`The ${what} must be a JSON object.`);
  }
  return value;
}

function respond(status, body) {
  return {
    statusCode: status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    body: JSON.stringify(body),
  };
}

// One JSON object on one line, which CloudWatch Logs Insights can query field by field.
function log(write, context, started, fields) {
  const durationMs = Math.round((performance.now() - started) * 10) / 10;
  write(JSON.stringify({ function: context?.functionName, ...fields, durationMs }));
}
