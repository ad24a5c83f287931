/** Sign in, sign up, confirm. Each function wires one screen that `App.render` has just put on the page. */

import { busy, onSubmit, part, say } from "./dom.js";

export function signInScreen(screen, app) {
  prepare(screen, app);
  onSubmit(
    screen.querySelector("form"),
    async ({ email, password }) => {
      app.email = email;
      await app.session.signIn(email, password);
      app.go("tasks");
    },
    (error) => {
      if (error.code !== "UserNotConfirmedException") return app.fail(error);
      return app.go("confirm", `${error.message} Enter your code, or have a new one sent.`, "error");
    },
  );
}

export function signUpScreen(screen, app) {
  prepare(screen, app);
  onSubmit(
    screen.querySelector("form"),
    async ({ email, password }) => {
      app.email = email;
      const answer = await app.cognito.signUp(email, password);
      app.go("confirm", sentTo(answer.CodeDeliveryDetails));
    },
    app.fail,
  );
}

export function confirmScreen(screen, app) {
  prepare(screen, app);
  screen.querySelector('[data-part="local"]').hidden = !app.config.profile || app.config.profile === "aws";
  const form = screen.querySelector("form");
  onSubmit(
    form,
    async ({ email, code }) => {
      app.email = email;
      await app.cognito.confirm(email, code.replaceAll(/\s/g, ""));
      app.go("sign-in", "Your address is confirmed. You can sign in now.");
    },
    app.fail,
  );
  const resend = part(screen, "resend");
  resend.addEventListener("click", () => busy(resend, () => sendAgain(form, app), app.fail));
}

async function sendAgain(form, app) {
  const { email } = form.elements;
  if (!email.checkValidity()) {
    email.focus();
    say(`E-mail address: ${email.validationMessage}`, "error");
    return;
  }
  const answer = await app.cognito.resend(email.value);
  say(sentTo(answer.CodeDeliveryDetails));
}

function sentTo(details) {
  return `We sent a code to ${details?.Destination ?? "your e-mail address"}.`;
}

/** Carry the address over from the last screen, let the password be shown, focus the first empty field. */
function prepare(screen, app) {
  const { email, password, show } = screen.querySelector("form").elements;
  email.value = app.email;
  email.addEventListener("input", () => {
    app.email = email.value;
  });
  show?.addEventListener("change", () => {
    password.type = show.checked ? "text" : "password";
  });
  [...screen.querySelectorAll("input")].find((field) => !field.value).focus();
}
