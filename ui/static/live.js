// Live pages: the region marked data-live is asked for anew after each event of its stream, at most twice a second, or
// every other second where there is no stream. With a stream it is asked for now and then all the same: what passes a
// filter may be known later than the event. Nothing is asked while the page is hidden or paused. What was opened stays
// open, what was scrolled stays where it is, and nothing is exchanged under a text that is being selected.
"use strict";

const POLL_MILLISECONDS = 2000;
const GAP_MILLISECONDS = 500;
const ANYWAY_MILLISECONDS = 10000;

class LivePage {
  constructor(region) {
    this.streamUrl = region.dataset.stream;
    this.paused = false;
    this.stream = null;
    this.due = 0;
    this.opened = [];
    this.scrolled = [];
    this.asked = Date.now();
    this.state = document.querySelector("[data-live-state]");
    this.button = document.querySelector("[data-pause]");
    this.button?.addEventListener("click", () => this.pause(!this.paused));
    document.addEventListener("visibilitychange", () => this.follow());
    document.addEventListener("htmx:beforeSwap", (event) => this.beforeSwap(event));
    document.addEventListener("htmx:afterSettle", (event) => this.afterSwap(event));
    for (const failure of ["htmx:sendError", "htmx:responseError"]) {
      document.addEventListener(failure, (event) => { if (this.isRegion(event)) this.show(true); });
    }
    setInterval(() => this.poll(), POLL_MILLISECONDS);
    this.follow();
  }

  get region() { return document.querySelector("[data-live]"); }

  get watching() { return !this.paused && !document.hidden; }

  isRegion(event) { return event.detail.elt?.matches?.("[data-live]") || event.detail.target?.matches?.("[data-live]"); }

  pause(paused) {
    this.paused = paused;
    this.button.setAttribute("aria-pressed", String(paused));
    this.button.textContent = paused ? "Go on" : "Pause";
    this.state.classList.toggle("paused", paused);
    this.show(false);
    this.follow();
    if (!paused) this.ask();
  }

  follow() {
    if (!this.watching || !this.streamUrl) {
      this.stream?.close();
      this.stream = null;
    } else if (!this.stream || this.stream.readyState === EventSource.CLOSED) {
      this.stream = new EventSource(this.streamUrl);
      for (const name of ["trace", "line", "lost"]) this.stream.addEventListener(name, () => this.ask());
    }
  }

  get streaming() { return this.stream?.readyState === EventSource.OPEN && !this.state?.classList.contains("lost"); }

  poll() {
    if (!this.watching || (this.streaming && Date.now() - this.asked < ANYWAY_MILLISECONDS)) return;
    this.follow();
    this.askNow();
  }

  askNow() {
    this.asked = Date.now();
    htmx.trigger(this.region, "live");
  }

  ask() {
    if (this.due || !this.watching) return;
    this.due = setTimeout(() => {
      this.due = 0;
      if (this.watching) this.askNow();
    }, GAP_MILLISECONDS);
  }

  beforeSwap(event) {
    if (!this.isRegion(event) || event.detail.isError) return;
    this.show(false);
    const fresh = /data-live data-version="([^"]*)"/.exec(event.detail.xhr.responseText);
    const same = !fresh || fresh[1] === this.region.getAttribute("data-version");
    if (this.paused || same || this.isSelecting()) event.detail.shouldSwap = false;
    this.opened = [...this.region.querySelectorAll("details[id][open]")].map((each) => each.id);
    this.scrolled = this.scrollers().map((each) => [each.getAttribute("aria-label"), each.scrollLeft, each.scrollTop]);
  }

  afterSwap(event) {
    if (!this.isRegion(event)) return;
    for (const id of this.opened) document.getElementById(id)?.setAttribute("open", "");
    for (const [label, left, top] of this.scrolled) {
      this.scrollers().find((each) => each.getAttribute("aria-label") === label)?.scrollTo(left, top);
    }
    const count = this.region.querySelectorAll("[data-row]").length;
    if (count) announce(`${count} in the list`);
  }

  scrollers() { return [...this.region.querySelectorAll(".scroll[aria-label]")]; }

  isSelecting() {
    const selection = getSelection();
    return !selection.isCollapsed && this.region.contains(selection.anchorNode);
  }

  show(lost) {
    this.state?.classList.toggle("lost", lost);
    const words = this.state?.querySelector("span");
    if (words) words.textContent = lost ? "The cloud does not answer" : this.paused ? "Paused" : "Live";
  }
}

const liveRegion = document.querySelector("[data-live]");
if (liveRegion) new LivePage(liveRegion);

// A page that says that the cloud is away comes back by itself.
if (document.querySelector("[data-retry]")) {
  setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
    if (answer?.ok) location.reload();
  }, POLL_MILLISECONDS);
}
