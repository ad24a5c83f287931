// The keyboard: "/" leads to the page's search, "g" and a letter to a screen, "p" pauses, "?" shows the list.
"use strict";

const GO_MILLISECONDS = 1500;
let going = 0;

function showHelp() {
  document.getElementById("help").showModal();
}

function goTo(key) {
  document.querySelector(`[data-go="${CSS.escape(key)}"]`)?.click();
}

function search() {
  const field = document.querySelector('[data-shortcut="/"]:not([hidden])');
  if (!field) announce("There is nothing to search on this page");
  field?.focus();
  field?.select?.();
}

const KEYS = {
  "/": search,
  "?": showHelp,
  g: () => { going = Date.now(); },
  p: () => document.querySelector("[data-pause]")?.click(),
};

function isTyping(event) {
  return event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog[open]");
}

document.addEventListener("keydown", (event) => {
  if (isTyping(event)) return;
  const afterG = Date.now() - going < GO_MILLISECONDS;
  going = 0;
  const work = afterG ? () => goTo(event.key) : KEYS[event.key];
  if (!work) return;
  event.preventDefault();
  work();
});

document.querySelector("[data-help]").addEventListener("click", showHelp);
