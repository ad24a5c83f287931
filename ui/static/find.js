// The field that leaves only the rows of a page with its text in them.
"use strict";

for (const field of document.querySelectorAll("[data-find]")) {
  field.hidden = false;
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    const rows = [...document.querySelectorAll("[data-row]")];
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    announce(`${rows.filter((row) => !row.hidden).length} of ${rows.length} shown`);
  });
}
