/** One task of the list: its text, its tick, and the form that takes their place while it is edited. */

import { busy, fromTemplate, onSubmit, part, say } from "./dom.js";

/** `onChange` is called after the task changed, `onRemoved` when it has left the list and focus needs a new place. */
export function taskItem(task, app, { onChange, onRemoved }) {
  const item = fromTemplate("task");
  const view = item.firstElementChild;
  const tick = part(item, "task-done");
  const edit = part(item, "task-edit");
  const remove = part(item, "task-delete");

  /** Send the change, then show the task as the service keeps it. */
  async function update(fields, news) {
    task = await app.api.update(task.taskId, fields);
    paint(item, view, task);
    say(news);
    onChange();
  }

  function closeForm() {
    item.replaceChildren(view);
    edit.focus();
  }

  function openForm() {
    const save = async (fields) => {
      await update(fields, "Task saved.");
      closeForm();
    };
    const form = editForm(task, { save, close: closeForm, fail: app.fail });
    item.replaceChildren(form);
    say("");
    form.elements.title.focus();
  }

  async function drop() {
    await app.api.remove(task.taskId);
    const neighbour = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    say("Task deleted.");
    onRemoved(neighbour);
  }

  tick.addEventListener("change", () => {
    const done = tick.checked;
    const undo = (error) => {
      tick.checked = !done;
      app.fail(error);
    };
    busy(tick, () => update({ done }, done ? "Task done." : "Task to do again."), undo);
  });
  edit.addEventListener("click", openForm);
  remove.addEventListener("click", () => busy(remove, drop, app.fail));
  paint(item, view, task);
  return item;
}

function editForm(task, { save, close, fail }) {
  const form = fromTemplate("task-form");
  form.elements.title.value = task.title;
  form.elements.description.value = task.description;
  form.elements.dueDate.value = task.dueDate ?? "";
  onSubmit(form, ({ dueDate, ...fields }) => save({ ...fields, dueDate: dueDate || null }), fail);
  part(form, "task-cancel").addEventListener("click", close);
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
  });
  return form;
}

/** Write the task into its elements. `view` is off the page while the form is open. */
function paint(item, view, task) {
  item.dataset.taskId = task.taskId;
  item.dataset.done = task.done;
  part(view, "task-done").checked = task.done;
  part(view, "task-done").setAttribute("aria-label", `Done: ${task.title}`);
  part(view, "task-edit").setAttribute("aria-label", `Edit ${task.title}`);
  part(view, "task-delete").setAttribute("aria-label", `Delete ${task.title}`);
  part(view, "task-item-title").textContent = task.title;
  part(view, "task-item-description").textContent = task.description;
  const due = part(view, "task-item-due");
  due.textContent = task.dueDate ? dueText(task) : "";
  due.dataset.overdue = isOverdue(task);
}

function dueText(task) {
  const date = new Date(`${task.dueDate}T00:00:00`);
  return (isOverdue(task) ? "Overdue: " : "Due ") + date.toLocaleDateString(undefined, { dateStyle: "medium" });
}

/** Whether the day it was due is over, where the person is. */
function isOverdue(task) {
  return Boolean(task.dueDate) && !task.done && new Date(`${task.dueDate}T23:59:59.999`) < new Date();
}
