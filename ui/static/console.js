// What the pages do beyond links and forms: copy buttons, "2 min ago", a live inbox, a page that comes back by itself.
// Everything works without it, less comfortably.
"use strict";

const POLL_MILLISECONDS = 1500;

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

function ago(seconds) {
  if (seconds < 5) return "just now";
  const [unit, length] = STEPS.find(([, each]) => seconds >= each);
  return words.format(-Math.floor(seconds / length), unit);
}

function showTimes() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    time.textContent = ago((Date.now() - Date.parse(time.dateTime)) / 1000);
  }
}

showTimes();
setInterval(showTimes, 5000);

// --- Questions before something is lost -----------------------------------------------------------------------------

for (const form of document.querySelectorAll("form[data-confirm]")) {
  const dialog = document.getElementById(form.dataset.confirm);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.returnValue = "";
    dialog.showModal();
  });
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "yes") form.submit();
  });
}

// --- Keyboard -------------------------------------------------------------------------------------------------------

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const target = document.querySelector(`[data-shortcut="${CSS.escape(event.key)}"]`);
  if (target) {
    event.preventDefault();
    target.focus();
    target.select();
  }
});

// --- Live pages -----------------------------------------------------------------------------------------------------

async function fetchPage() {
  const answer = await fetch(location.href, { cache: "no-store" });
  if (!answer.ok) throw new Error(`the console answered ${answer.status}`);
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function exchange(region, fresh) {
  if (fresh.dataset.version === region.dataset.version) return;
  const focused = region.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  region.dataset.version = fresh.dataset.version;
  region.replaceChildren(...fresh.childNodes);
  showTimes();
  if (focused) region.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
  announce(`${region.querySelectorAll("li").length} messages`);
}

async function refresh(region, state) {
  let lost = false;
  try {
    exchange(region, (await fetchPage()).querySelector("[data-live]"));
  } catch {
    lost = true;
  }
  state.classList.toggle("lost", lost);
  state.querySelector("span").textContent = lost ? "The cloud does not answer" : "Live";
}

function every(work) {
  setTimeout(async () => {
    if (!document.hidden) await work();
    every(work);
  }, POLL_MILLISECONDS);
}

const region = document.querySelector("[data-live]");
if (region) every(() => refresh(region, document.querySelector("[data-live-state]")));

if (document.querySelector("[data-retry]")) every(() => fetchPage().then(() => location.reload(), () => undefined));
