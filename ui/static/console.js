// What every page does beyond links and forms: copy buttons, local times, questions before something is lost, the theme.
// Everything works without it, less comfortably. Listeners stand on the document, because live pages exchange their parts.
"use strict";

function announce(text) {
  document.getElementById("announcer").textContent = text;
}

// --- Copy buttons ---------------------------------------------------------------------------------------------------

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  const word = button.querySelector(".copy-word");
  word.textContent = "Copied";
  button.classList.add("done");
  announce("Copied");
  setTimeout(() => {
    word.textContent = "Copy";
    button.classList.remove("done");
  }, 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button).catch(() => announce("The browser did not allow copying"));
});

// --- Times ----------------------------------------------------------------------------------------------------------

const STEPS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const exact = new Intl.DateTimeFormat(undefined, {
  weekday: "short", day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit",
  fractionalSecondDigits: 3, hourCycle: "h23", timeZoneName: "short",
});
const ofDay = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", fractionalSecondDigits: 3, hourCycle: "h23",
});
const ofYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

function ago(seconds) {
  if (seconds < 5) return "just now";
  const [unit, length] = STEPS.find(([, each]) => seconds >= each);
  return words.format(-Math.floor(seconds / length), unit);
}

function clock(moment) {
  const today = moment.toDateString() === new Date().toDateString();
  return (today ? "" : `${ofYear.format(moment)}, `) + ofDay.format(moment);
}

function showTimes(root = document) {
  for (const time of root.querySelectorAll("time[data-ago], time[data-clock]")) {
    const moment = new Date(time.dateTime);
    time.title = exact.format(moment);
    time.textContent = "clock" in time.dataset ? clock(moment) : ago((Date.now() - moment) / 1000);
  }
}

showTimes();
setInterval(showTimes, 5000);
document.addEventListener("htmx:afterSettle", () => showTimes());

// --- Questions before something is lost -----------------------------------------------------------------------------

function askFirst(dialog, then) {
  dialog.returnValue = "";
  dialog.addEventListener("close", () => { if (dialog.returnValue === "yes") then(); }, { once: true });
  dialog.showModal();
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const dialog = form.dataset.confirm && document.getElementById(form.dataset.confirm);
  if (!dialog) return;
  event.preventDefault();
  askFirst(dialog, () => form.submit());
});

// --- Writes by htmx carry the session's token -----------------------------------------------------------------------

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.verb !== "get") {
    event.detail.headers["X-CSRF-Token"] = document.querySelector("meta[name=csrf-token]").content;
  }
});

// --- What was revealed takes the place of the button that had the focus ---------------------------------------------

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.matches?.(".secret")) event.target.querySelector(".revealed .copy")?.focus();
});

// --- Theme ----------------------------------------------------------------------------------------------------------

function nameTheme(theme) {
  const button = document.querySelector("[data-theme-next]");
  button.querySelector("span").textContent = THEME_NAMES[theme];
  button.setAttribute("aria-label", theme ? `Theme: ${theme}` : "Theme: as the system");
}

nameTheme(storedTheme());
document.querySelector("[data-theme-next]").addEventListener("click", () => nameTheme(nextTheme()));

// --- The navigation of narrow screens scrolls sideways ---------------------------------------------------------------

const currentScreen = document.querySelector(".side nav [aria-current]");
if (currentScreen) currentScreen.parentElement.scrollLeft = currentScreen.offsetLeft - currentScreen.parentElement.offsetLeft - 16;
