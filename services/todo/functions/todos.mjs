// What a to-do is and what can be done with it. No AWS here: each function takes the table as an argument, so that a
// test can hand it one of its own.
//
// As stored and as callers see it (`note` and `due` null when absent, to callers; ids sort by age):
//   {list, id, title, note, due, done, createdAt, updatedAt}

import { randomBytes } from "node:crypto";

import { NotFoundError, ValidationError } from "./errors.mjs";

const LIMITS = { list: 50, title: 200, note: 2000, page: 100 };
const DEFAULT_LIST = "inbox";
const DEFAULT_PAGE = 25;
const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const WHOLE_NUMBER = /^[0-9]{1,4}$/;

const FIELDS = { title: readTitle, note: readNote, due: readDue, done: readDone };

export async function createTodo(input, table) {
  const { list, fields } = read(input);
  if (fields.title === undefined) throw new ValidationError("title is required.");
  const now = new Date().toISOString();
  const todo = { list, id: newId(), done: false, ...withoutNulls(fields), createdAt: now, updatedAt: now };
  await table.put(todo);
  return toPublic(todo);
}

export async function listTodos(input, table) {
  only(input, ["list", "limit", "next"]);
  const after = input.next === undefined ? undefined : readId(input.next, "next");
  const { items, last } = await table.query(readList(input.list), { limit: readLimit(input.limit), after });
  return { todos: items.map(toPublic), next: last ?? null };
}

export async function getTodo(input, table) {
  only(input, ["id", "list"]);
  return found(await table.get(readKey(input)));
}

export async function updateTodo(input, table) {
  const { fields } = read(input, ["id"]);
  if (Object.keys(fields).length === 0) {
    throw new ValidationError(`Nothing to change. Give at least one of: ${Object.keys(FIELDS).join(", ")}.`);
  }
  const changes = { ...fields, updatedAt: new Date().toISOString() };
  return found(await table.update(readKey(input), changes));
}

export async function deleteTodo(input, table) {
  only(input, ["id", "list"]);
  return found(await table.delete(readKey(input)));
}

function found(item) {
  if (item === undefined) throw new NotFoundError();
  return toPublic(item);
}

function toPublic(item) {
  const { list, id, title, note = null, due = null, done, createdAt, updatedAt } = item;
  return { list, id, title, note, due, done, createdAt, updatedAt };
}

/** The list and the fields that `input` gives, each checked; `also` names what else it may hold. */
function read(input, also = []) {
  only(input, ["list", ...also, ...Object.keys(FIELDS)]);
  const given = Object.keys(FIELDS).filter((name) => input[name] !== undefined);
  return {
    list: readList(input.list),
    fields: Object.fromEntries(given.map((name) => [name, FIELDS[name](input[name])])),
  };
}

function only(input, allowed) {
  const unknown = Object.keys(input).find((name) => !allowed.includes(name));
  if (unknown === undefined) return;
  throw new ValidationError(`Unknown field ${JSON.stringify(unknown.slice(0, 50))}. Allowed: ${allowed.join(", ")}.`);
}

function readKey(input) {
  if (input.id === undefined) throw new ValidationError("id is required.");
  return { list: readList(input.list), id: readId(input.id, "id") };
}

function readId(value, name) {
  if (typeof value !== "string" || !ID.test(value)) {
    throw new ValidationError(`${name} must be the id of a to-do, such as 019aa5b2-6f00-7c3e-9d41-5b7f0e2a9c11.`);
  }
  return value;
}

function readList(value) {
  return value === undefined ? DEFAULT_LIST : text("list", value, LIMITS.list);
}

// A query string has only text, so the digits of a number are as good as the number.
function readLimit(value) {
  if (value === undefined) return DEFAULT_PAGE;
  const limit = typeof value === "string" && WHOLE_NUMBER.test(value) ? Number(value) : value;
  if (!Number.isInteger(limit) || limit < 1 || limit > LIMITS.page) {
    throw new ValidationError(`limit must be a whole number from 1 to ${LIMITS.page}.`);
  }
  return limit;
}

function readTitle(value) {
  return text("title", value, LIMITS.title);
}

function readNote(value) {
  return value === null ? null : text("note", value, LIMITS.note);
}

function readDone(value) {
  if (typeof value !== "boolean") throw new ValidationError("done must be true or false.");
  return value;
}

function readDue(value) {
  if (value === null) return null;
  if (typeof value === "string" && DATE.test(value)) {
    const day = new Date(`${value}T00:00:00Z`);
    // The 31st of February is read as a day of March.
    if (!Number.isNaN(day.valueOf()) && day.toISOString().startsWith(value)) return value;
  }
  throw new ValidationError("due must be a date such as 2026-12-31, or null.");
}

function text(name, value, limit) {
  if (typeof value !== "string") throw new ValidationError(`${name} must be a string.`);
  const trimmed = value.trim();
  if (trimmed === "") throw new ValidationError(`${name} must not be blank.`);
  if (trimmed.length > limit) {
    throw new ValidationError(`${name} must have at most ${limit} characters, and has ${trimmed.length}.`);
  }
  if (!trimmed.isWellFormed()) throw new ValidationError(`${name} has characters that are not valid Unicode.`);
  return trimmed;
}

function withoutNulls(fields) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}

/** A UUID version 7 (RFC 9562): 48 bits of milliseconds, then random, so sorting by id is sorting by age. */
export function newId(now = Date.now()) {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
