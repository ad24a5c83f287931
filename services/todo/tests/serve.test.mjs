// The two ways to be called: directly, and by a function URL.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, mock, test } from "node:test";

import { NotFoundError, ValidationError } from "../functions/errors.mjs";
import { serve } from "../functions/serve.mjs";

const CONTEXT = { functionName: "create" };
const BY_URL = JSON.parse(readFileSync(new URL("events/url-create-todo.json", import.meta.url)));

const echo = serve(async (input) => input, { status: 201 });
const failing = (error) =>
  serve(async () => {
    throw error;
  });

let info;
let warn;
beforeEach(() => {
  mock.restoreAll();
  info = mock.method(console, "info", () => {});
  warn = mock.method(console, "warn", () => {});
});

test("a direct call gets the result itself", async () => {
  assert.deepEqual(await echo({ title: "Buy milk" }, CONTEXT), { title: "Buy milk" });
});

test("a direct call sees what went wrong as an error", async () => {
  await assert.rejects(failing(new NotFoundError())({}, CONTEXT), { name: "NotFoundError" });
  for (const event of [null, [], "text", 7]) {
    await assert.rejects(echo(event, CONTEXT), { name: "ValidationError", message: "The input must be a JSON object." });
  }
});

test("a URL's body is the input, and the answer is HTTP", async () => {
  const answer = await echo(BY_URL, CONTEXT);
  assert.equal(answer.statusCode, 201);
  assert.equal(answer.headers["content-type"], "application/json");
  assert.deepEqual(JSON.parse(answer.body), JSON.parse(BY_URL.body));
});

test("a URL's body may be base64, and a URL without a body is asked by its query string", async () => {
  const encoded = { ...BY_URL, body: Buffer.from('{"title": "Grüße"}').toString("base64"), isBase64Encoded: true };
  assert.deepEqual(JSON.parse((await echo(encoded, CONTEXT)).body), { title: "Grüße" });
  const asked = { ...BY_URL, body: undefined, queryStringParameters: { list: "work" } };
  assert.deepEqual(JSON.parse((await echo(asked, CONTEXT)).body), { list: "work" });
  assert.deepEqual(JSON.parse((await echo({ ...asked, queryStringParameters: undefined }, CONTEXT)).body), {});
});

test("a URL answers a caller's mistake with 4xx and a reason", async () => {
  const refused = await failing(new ValidationError("title is required."))(BY_URL, CONTEXT);
  assert.equal(refused.statusCode, 400);
  assert.deepEqual(JSON.parse(refused.body), { error: "ValidationError", message: "title is required." });
  assert.equal((await failing(new NotFoundError())(BY_URL, CONTEXT)).statusCode, 404);
  for (const [body, message] of [["{no", "The body is not valid JSON."], ["[]", "The body must be a JSON object."]]) {
    const answer = await echo({ ...BY_URL, body }, CONTEXT);
    assert.deepEqual([answer.statusCode, JSON.parse(answer.body).message], [400, message]);
  }
});

test("a fault of ours is Lambda's to report, whoever called", async () => {
  const fault = new Error("the table is gone");
  await assert.rejects(failing(fault)(BY_URL, CONTEXT), fault);
  await assert.rejects(failing(fault)({}, CONTEXT), fault);
  assert.equal(info.mock.callCount() + warn.mock.callCount(), 0);
});

test("every other call writes one line of JSON", async () => {
  await echo({}, CONTEXT);
  await failing(new NotFoundError())(BY_URL, CONTEXT);
  const [done] = info.mock.calls[0].arguments;
  const [refused] = warn.mock.calls[0].arguments;
  assert.deepEqual([JSON.parse(done).function, JSON.parse(done).outcome], ["create", "done"]);
  assert.equal(JSON.parse(refused).reason, "There is no such to-do.");
});
