/** The few things every screen does with the page. Text goes in as `textContent` only, so none of it is markup. */

/** The element with this test id under `root`. */
export function part(root, testId) {
  return root.querySelector(`[data-testid="${testId}"]`);
}

/** The one element of a template, fresh. */
export function fromTemplate(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

/** Tell the person something; screen readers speak it. `kind` is "info" or "error". */
export function say(text, kind = "info") {
  const message = document.getElementById("message");
  message.textContent = text;
  message.dataset.kind = kind;
}

/**
 * Run `work` with `control` (a button or a form) out of use, so that nothing is sent twice. A failure goes to
 * `onError`; focus returns to where it was if the control took it away.
 */
export async function busy(control, work, onError) {
  if (control.getAttribute("aria-busy") === "true") return;
  const buttons = control.matches("form") ? [...control.querySelectorAll("button")] : [control];
  const focused = document.activeElement;
  control.setAttribute("aria-busy", "true");
  for (const button of buttons) button.disabled = true;
  try {
    await work();
  } catch (error) {
    onError(error);
  } finally {
    control.removeAttribute("aria-busy");
    for (const button of buttons) button.disabled = false;
    if (document.activeElement === document.body && focused?.isConnected) focused.focus();
  }
}

/**
 * Call `send(fields)` when the form is submitted and filled in; `fields` is `{name: text}`. The browser's own
 * validation message is said aloud and the field at fault is focused.
 */
export function onSubmit(form, send, onError) {
  form.addEventListener("input", (event) => event.target.removeAttribute("aria-invalid"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wrong = [...form.elements].find((field) => !field.checkValidity());
    if (wrong) {
      wrong.setAttribute("aria-invalid", "true");
      wrong.focus();
      const label = wrong.closest("label").firstChild.textContent.trim();
      say(`${label}: ${wrong.validationMessage}`, "error");
      return;
    }
    busy(form, () => send(Object.fromEntries(new FormData(form))), onError);
  });
}
