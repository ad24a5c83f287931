/**
 * The start and the way between screens. The screen shown is the part of the address after "#"; who is not signed
 * in sees sign-in, sign-up and confirm, who is signed in sees the tasks.
 */

import { confirmScreen, signInScreen, signUpScreen } from "./account-screens.js";
import { Cognito } from "./cognito.js";
import { loadConfig } from "./config.js";
import { busy, fromTemplate, say } from "./dom.js";
import { SessionEnded } from "./errors.js";
import { Session } from "./session.js";
import { TaskApi } from "./task-api.js";
import { taskScreen } from "./task-screen.js";

const SCREENS = { "sign-in": signInScreen, "sign-up": signUpScreen, confirm: confirmScreen, tasks: taskScreen };

/** What a screen needs: services, the address last typed, and the way to other screens. */
class App {
  email = "";
  #news = null;

  constructor(config) {
    this.config = config;
    this.cognito = new Cognito(config);
    this.session = new Session(this.cognito);
    this.api = new TaskApi(config, this.session);
    this.fail = this.fail.bind(this);
  }

  /** Show another screen, and `news` on it. */
  go(name, news = "", kind = "info") {
    this.#news = [news, kind];
    if (location.hash === `#${name}`) this.render();
    else location.hash = name;
  }

  /** The one place where a failure becomes words. */
  fail(error) {
    if (error instanceof SessionEnded) this.go("sign-in", error.message, "error");
    else say(error.message, "error");
  }

  render() {
    const name = this.#allowed(location.hash.slice(1));
    const screen = fromTemplate(name);
    say(...(this.#news ?? [""]));
    this.#news = null;
    document.getElementById("screen").replaceChildren(screen);
    document.getElementById("account").hidden = name !== "tasks";
    document.getElementById("signed-in-as").textContent = this.session.email ?? "";
    document.title = `${screen.querySelector("h1").textContent} · CloudTask`;
    SCREENS[name](screen, this);
  }

  #allowed(name) {
    if (this.session.email !== null) return "tasks";
    return Object.hasOwn(SCREENS, name) && name !== "tasks" ? name : "sign-in";
  }
}

function onSignOut(app) {
  const button = document.getElementById("sign-out");
  const leave = async () => {
    await app.session.signOut();
    app.go("sign-in", "You are signed out.");
  };
  button.addEventListener("click", () => busy(button, leave, app.fail));
}

try {
  const app = new App(await loadConfig());
  const { profile } = app.config;
  document.getElementById("foot").textContent = profile && profile !== "aws" ? `Running on the ${profile} cloud` : "";
  onSignOut(app);
  addEventListener("hashchange", () => app.render());
  app.render();
} catch (error) {
  document.getElementById("screen").replaceChildren();
  say(error.message, "error");
}
