"use strict";

// The page is whole without this: it keeps the changing parts current, and makes a few things quicker to reach.

const THEMES = ["light", "dark"];

// Before anything is drawn, so that the page does not flash in the wrong colours.
const chosen = localStorage.getItem("theme");
if (THEMES.includes(chosen)) document.documentElement.dataset.theme = chosen;

/** A part that is pointed at or has the focus stays as it is: nothing moves away under a hand. */
function isHeld(element) {
  return "hold" in element.dataset && (element.matches(":hover") || element.contains(document.activeElement));
}

function follow(path) {
  const AGAIN_MS = 5000;
  const source = new EventSource(path);
  source.addEventListener("update", (event) => {
    document.documentElement.dataset.live = "yes";
    for (const [id, content] of Object.entries(JSON.parse(event.data))) {
      const element = document.getElementById(id);
      if (element && !isHeld(element)) element.innerHTML = content;
    }
  });
  source.addEventListener("error", () => {
    document.documentElement.dataset.live = "no";
    // A refusal ends the source for good; a lost connection is taken up again by itself.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow(path), AGAIN_MS);
  });
  addEventListener("pagehide", () => source.close());
}

function offerTheme(button) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
    const current = document.documentElement.dataset.theme ?? (isDark ? "dark" : "light");
    const next = current === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    localStorage.setItem("theme", next);
  });
}

function offerFilter(input) {
  const rows = document.getElementById(input.dataset.filter).rows;
  input.hidden = false;
  input.addEventListener("input", () => {
    const wanted = input.value.toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}

/** A link to a definition opens it. */
function openTarget() {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) target.open = true;
}

document.addEventListener("DOMContentLoaded", () => {
  const feed = document.querySelector("[data-feed]");
  if (feed) follow(feed.dataset.feed);
  const theme = document.getElementById("theme");
  if (theme) offerTheme(theme);
  document.querySelectorAll("[data-filter]").forEach(offerFilter);
  openTarget();
});

addEventListener("hashchange", openTarget);

document.addEventListener("keydown", (event) => {
  const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key === "/" && !isTyping) {
    document.querySelector(".search input[type=search]")?.focus();
    event.preventDefault();
  }
  if (event.key === "Enter" && event.ctrlKey && event.target.id === "sql") event.target.form.requestSubmit();
});
