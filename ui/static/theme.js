// The theme that was chosen here, set before anything is painted: light, dark, or none for the system's own.
"use strict";

const THEMES = ["", "light", "dark"];
const THEME_NAMES = { "": "System", light: "Light", dark: "Dark" };

function storedTheme() {
  try {
    const stored = localStorage.getItem("groundcloud-theme") ?? "";
    return THEMES.includes(stored) ? stored : "";
  } catch {
    return ""; // a browser that keeps nothing for this site
  }
}

function applyTheme(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function nextTheme() {
  const theme = THEMES[(THEMES.indexOf(storedTheme()) + 1) % THEMES.length];
  try {
    localStorage.setItem("groundcloud-theme", theme);
  } catch {
    // it holds for this page then
  }
  applyTheme(theme);
  return theme;
}

applyTheme(storedTheme());
