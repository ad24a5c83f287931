// The field that leaves only the rows of a page with its text in them, also when a live page has exchanged them.
"use strict";

function findRows(field) {
  const wanted = field.value.trim().toLowerCase();
  const rows = [...document.querySelectorAll("[data-row]")];
  for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  return `${rows.filter((row) => !row.hidden).length} of ${rows.length} shown`;
}

for (const field of document.querySelectorAll("[data-find]")) {
  field.hidden = false;
  field.addEventListener("input", () => announce(findRows(field)));
  document.addEventListener("htmx:afterSettle", () => findRows(field));
}
