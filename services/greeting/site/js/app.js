import { Account } from "./account.js";
import { loadConfig } from "./aws.js";
import { Files } from "./files.js";
import { home } from "./home.js";
import { byId, onSend, once, say, show } from "./page.js";

/** The way from screen to screen: the address's fragment names it, signing in leads home. */
class App {
  username = "";

  constructor(config) {
    this.config = config;
    this.account = new Account(config);
    this.files = new Files(config, this.account);
  }

  go(screen, news, kind) {
    history.replaceState(null, "", screen === "home" ? location.pathname : `#${screen}`);
    this.render();
    say(news, kind);
  }

  render() {
    const { name } = this.account;
    byId("account").hidden = name === null;
    byId("signed-in-as").textContent = name ?? "";
    const wanted = location.hash.slice(1);
    if (name !== null) home(show("home"), this);
    else (SCREENS[wanted] ?? SCREENS["sign-in"])(show(SCREENS[wanted] ? wanted : "sign-in"), this);
    say();
  }
}

const SCREENS = {
  "sign-in": (screen, app) => {
    const form = prepared(screen, app);
    onSend(form, async (fields) => {
      try {
        await app.account.signIn(fields);
      } catch (error) {
        if (error.code !== "UserNotConfirmedException") throw error;
        app.go("confirm", `${error.message} Enter your code, or have a new one sent.`, "error");
        return;
      }
      app.go("home");
    });
  },
  register: (screen, app) => {
    onSend(prepared(screen, app), async (fields) => app.go("confirm", sentTo(await app.account.register(fields))));
  },
  confirm: (screen, app) => {
    const form = prepared(screen, app);
    screen.querySelector("[data-local]").hidden = !app.config.cognitoEndpoint;
    onSend(form, async (fields) => {
      await app.account.confirm(fields);
      app.go("sign-in", "You are registered. You can sign in now.");
    });
    const { resend, username } = form.elements;
    resend.addEventListener("click", () => once(resend, async () => say(sentTo(await app.account.resend(username.value)))));
  },
};

const sentTo = (where) => `We sent a code to ${where ?? "you"}.`;

/** Carry the username over from the last screen, and focus the first empty field. */
function prepared(screen, app) {
  const form = screen.querySelector("form");
  form.elements.username.value = app.username;
  form.elements.username.addEventListener("input", (event) => {
    app.username = event.target.value;
  });
  [...form.elements].find((field) => !field.value).focus();
  return form;
}

try {
  const app = new App(await loadConfig());
  byId("sign-out").addEventListener("click", () =>
    once(byId("sign-out"), async () => {
      app.files.forget();
      await app.account.signOut();
      app.go("sign-in", "You are signed out.");
    }),
  );
  addEventListener("hashchange", () => app.render());
  app.render();
} catch (error) {
  byId("screen").replaceChildren();
  say(error.message, "error");
}
