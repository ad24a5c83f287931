/** The list of tasks: loads it page by page, adds to it, and keeps count. */

import { busy, onSubmit, part, say } from "./dom.js";
import { taskItem } from "./task-item.js";

export function taskScreen(screen, app) {
  const list = part(screen, "task-list");
  const more = part(screen, "load-more");
  const heading = screen.querySelector("h1");
  const { form } = part(screen, "add-task");
  let nextToken = null;

  /** Show which of the states the list is in, and how much is done. */
  function refresh(state = "ready") {
    const count = list.children.length;
    const done = list.querySelectorAll('[data-done="true"]').length;
    part(screen, "loading").hidden = state !== "loading";
    part(screen, "load-failed").hidden = state !== "failed";
    part(screen, "empty").hidden = state !== "ready" || count > 0 || nextToken !== null;
    part(screen, "task-count").textContent = count ? `${done} of ${count}${nextToken ? "+" : ""} done` : "";
    more.hidden = state !== "ready" || nextToken === null;
  }

  async function load() {
    const page = await app.api.list(nextToken);
    nextToken = page.nextToken;
    list.append(...page.tasks.map(show));
    refresh();
  }

  async function loadFirst() {
    refresh("loading");
    try {
      await load();
    } catch (error) {
      refresh("failed");
      throw error;
    }
  }

  /** After a task has left: focus its neighbour, so that the keyboard stays where it was. */
  function closeGap(neighbour) {
    refresh();
    (neighbour ? neighbour.querySelector("input") : heading).focus();
  }

  function show(task) {
    return taskItem(task, app, { onChange: () => refresh(), onRemoved: closeGap });
  }

  onSubmit(
    form,
    async ({ title, description, dueDate }) => {
      const task = await app.api.create({ title, description, dueDate: dueDate || null });
      list.prepend(show(task));
      refresh();
      say("Task added.");
      form.reset();
      form.elements.title.focus();
    },
    app.fail,
  );
  more.addEventListener("click", () => busy(more, load, app.fail));
  const retry = part(screen, "retry");
  retry.addEventListener("click", () => busy(retry, loadFirst, app.fail));
  heading.focus();
  loadFirst().catch(app.fail);
}
