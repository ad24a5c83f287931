// What the five functions do, on a table in memory.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { createTodo, deleteTodo, getTodo, listTodos, newId, updateTodo } from "../functions/todos.mjs";
import { FakeTable } from "./fake-table.mjs";

let table;
beforeEach(() => {
  table = new FakeTable();
});

const UNKNOWN = newId();

test("a to-do is created with defaults, and read again", async () => {
  const todo = await createTodo({ title: "  Buy milk " }, table);
  assert.deepEqual({ ...todo, id: "", createdAt: "", updatedAt: "" }, {
    list: "inbox", id: "", title: "Buy milk", note: null, due: null, done: false, createdAt: "", updatedAt: "",
  });
  assert.equal(todo.createdAt, todo.updatedAt);
  assert.deepEqual(await getTodo({ id: todo.id }, table), todo);
});

test("a list is separate from the others", async () => {
  const todo = await createTodo({ title: "Call Ada", list: "work", note: "at noon", due: "2026-12-31" }, table);
  assert.equal((await listTodos({}, table)).todos.length, 0);
  assert.deepEqual((await listTodos({ list: "work" }, table)).todos, [todo]);
  await assert.rejects(getTodo({ id: todo.id }, table), { name: "NotFoundError" });
});

test("pages visit every to-do once, the newest first", async () => {
  for (let number = 0; number < 5; number += 1) {
    await table.put({ list: "inbox", id: newId(1_000 + number), title: `number ${number}`, done: false });
  }
  const seen = [];
  let next = null;
  do {
    const page = await listTodos({ limit: "2", ...(next && { next }) }, table);
    seen.push(...page.todos.map((todo) => todo.title));
    next = page.next;
  } while (next !== null);
  assert.deepEqual(seen, ["number 4", "number 3", "number 2", "number 1", "number 0"]);
});

test("an update changes what it names, and null removes", async () => {
  const { id } = await createTodo({ title: "Buy milk", note: "two litres", due: "2026-12-01" }, table);
  const changed = await updateTodo({ id, done: true, note: null }, table);
  assert.deepEqual([changed.title, changed.note, changed.due, changed.done], ["Buy milk", null, "2026-12-01", true]);
  assert.deepEqual(await getTodo({ id }, table), changed);
});

test("a deleted to-do is answered once more, then gone", async () => {
  const todo = await createTodo({ title: "Buy milk" }, table);
  assert.deepEqual(await deleteTodo({ id: todo.id }, table), todo);
  await assert.rejects(deleteTodo({ id: todo.id }, table), { name: "NotFoundError", status: 404 });
});

test("what is not there cannot be changed", async () => {
  await assert.rejects(updateTodo({ id: UNKNOWN, done: true }, table), { name: "NotFoundError" });
  assert.equal(table.items.size, 0);
});

const REFUSED = [
  [createTodo, {}, "title is required."],
  [createTodo, { title: "   " }, "title must not be blank."],
  [createTodo, { title: 7 }, "title must be a string."],
  [createTodo, { title: "x".repeat(201) }, "title must have at most 200 characters, and has 201."],
  [createTodo, { title: "half \ud83d" }, "title has characters that are not valid Unicode."],
  [createTodo, { title: "ok", note: "x".repeat(2001) }, "note must have at most 2000 characters, and has 2001."],
  [createTodo, { title: "ok", due: "2026-02-31" }, "due must be a date such as 2026-12-31, or null."],
  [createTodo, { title: "ok", due: "tomorrow" }, "due must be a date such as 2026-12-31, or null."],
  [createTodo, { title: "ok", done: "yes" }, "done must be true or false."],
  [createTodo, { title: "ok", list: "" }, "list must not be blank."],
  [createTodo, { title: "ok", id: UNKNOWN }, 'Unknown field "id". Allowed: list, title, note, due, done.'],
  [listTodos, { limit: 0 }, "limit must be a whole number from 1 to 100."],
  [listTodos, { limit: "many" }, "limit must be a whole number from 1 to 100."],
  [listTodos, { next: "7" }, /^next must be the id of a to-do/],
  [getTodo, {}, "id is required."],
  [getTodo, { id: "1" }, /^id must be the id of a to-do/],
  [updateTodo, { id: UNKNOWN }, "Nothing to change. Give at least one of: title, note, due, done."],
  [updateTodo, { id: UNKNOWN, title: null }, "title must be a string."],
  [deleteTodo, { id: UNKNOWN, force: true }, 'Unknown field "force". Allowed: id, list.'],
];

for (const [work, input, message] of REFUSED) {
  test(`${work.name} refuses ${JSON.stringify(input).slice(0, 60)}`, async () => {
    await assert.rejects(work(input, table), { name: "ValidationError", status: 400, message });
    assert.equal(table.items.size, 0);
  });
}

test("ids are version 7 UUIDs that sort by age", () => {
  const ids = [newId(1), newId(2), newId(2 ** 40)];
  assert.deepEqual(ids.toSorted(), ids);
  assert.match(newId(), /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
