// Events that a person keeps for a function, in this browser only.
"use strict";

const saved = document.querySelector("[data-saved]");

if (saved) {
  const place = `groundcloud-events-${saved.dataset.saved}`;
  const list = saved.querySelector("[data-saved-list]");
  const name = saved.querySelector("[data-saved-name]");
  const event = document.getElementById("event");
  const read = () => JSON.parse(localStorage.getItem(place) || "{}");

  const show = () => {
    list.replaceChildren(...Object.keys(read()).map((each) => new Option(each)));
    for (const button of saved.querySelectorAll("[data-saved-load], [data-saved-forget]")) button.disabled = !list.options.length;
  };

  const change = (edit) => {
    const events = read();
    edit(events);
    localStorage.setItem(place, JSON.stringify(events));
    show();
  };

  saved.querySelector("[data-saved-load]").addEventListener("click", () => { event.value = read()[list.value]; });
  saved.querySelector("[data-saved-forget]").addEventListener("click", () => {
    askFirst(document.getElementById("forget-dialog"), () => change((events) => { delete events[list.value]; }));
  });
  saved.querySelector("[data-saved-keep]").addEventListener("click", () => {
    if (!name.value.trim()) { name.focus(); return; }
    change((events) => { events[name.value.trim()] = event.value; });
    list.value = name.value.trim();
    announce(`Saved as ${name.value.trim()}`);
  });
  show();
  saved.hidden = false;
}
