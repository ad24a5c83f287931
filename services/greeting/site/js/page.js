/** The page's own parts. Text goes in as `textContent` only, so none of it is markup. */

export const byId = (id) => document.getElementById(id);

/** Put a fresh copy of a template's one element on the page. */
export function show(id) {
  const screen = byId(id).content.firstElementChild.cloneNode(true);
  byId("screen").replaceChildren(screen);
  document.title = `${screen.querySelector("h1").textContent} · Greeting`;
  return screen;
}

/** Tell the person something; screen readers speak it. `kind` is "info" or "error". */
export function say(text = "", kind = "info") {
  byId("message").textContent = text;
  byId("message").dataset.kind = kind;
}

/** Run `work` with `button` out of use, so that nothing is sent twice; what fails is said. */
export async function once(button, work) {
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    say(error.message, "error");
  } finally {
    button.disabled = false;
  }
}

/** Call `send({name: value})` when a form is sent, if the browser finds it filled in; else say what is missing. */
export function onSend(form, send) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const missing = [...form.elements].find((field) => !field.checkValidity());
    if (missing) {
      missing.focus();
      say(`${missing.labels[0].firstChild.textContent.trim()}: ${missing.validationMessage}`, "error");
      return;
    }
    say();
    once(form.querySelector("button"), () => send(Object.fromEntries(new FormData(form))));
  });
}
