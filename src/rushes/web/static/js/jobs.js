// Keys, the selection, and the news of the page of jobs.

import { open, show } from "./dialogs.js";
import { fetchDocument, patchPage } from "./patch.js";

const AGES = [[86_400, "d"], [3_600, "h"], [60, "m"]];
const DAYS_COUNTED = 7;

const find = (selector) => document.querySelector(selector);
const selection = find("#selection");
const news = find("[data-news]");

// On a phone it may stand out of sight.
find(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// Ages

function tick() {
  for (const time of document.querySelectorAll("[data-ago]")) {
    const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (seconds > DAYS_COUNTED * AGES[0][0]) continue;
    const [length, unit] = AGES.find(([length]) => seconds >= length) ?? [];
    time.textContent = length ? `${Math.floor(seconds / length)}${unit} ago` : "just now";
  }
}

setInterval(tick, 10_000);

// The menu of a card closes as one expects of a menu

addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".menu[open]")) menu.open = menu.contains(event.target);
});

// Selecting many

const picks = () => [...document.querySelectorAll(".cards .pick")];

function count() {
  const chosen = picks().filter((pick) => pick.checked).length;
  find("[data-count]").textContent = chosen ? `${chosen} selected` : "";
  const all = find("[data-all]");
  all.checked = chosen > 0 && chosen === picks().length;
  all.indeterminate = chosen > 0 && !all.checked;
}

function pick(every) {
  for (const one of picks()) one.checked = every;
  count();
}

selection?.addEventListener("submit", (event) => {
  event.preventDefault();
  const asked = new URLSearchParams(new FormData(selection, event.submitter));
  show(`${selection.action}?${asked}`, "alert");
});

addEventListener("change", ({ target }) => {
  if (target.matches("[data-all]")) pick(target.checked);
  else if (target.matches(".pick")) count();
  else if (target.matches(".search select")) target.form.requestSubmit();
});

// What a form changed is not selected any more.
document.addEventListener("done", ({ target }) => {
  if (!target.matches("[action='/jobs/selection']")) return;
  selection.reset();
  pick(false);
});

// An address says only what is asked for
find(".search")?.addEventListener("formdata", ({ formData }) => {
  for (const [name, value] of [...formData]) if (!value) formData.delete(name);
});

// News: told, and shown when somebody wants to see them

document.addEventListener("jobs:new", ({ detail }) => {
  if (!news) return;
  news.textContent = `${detail.count} new job${detail.count === 1 ? "" : "s"}`;
  news.hidden = !detail.count;
});

news?.addEventListener("click", async (event) => {
  if (news.href !== location.href) return;
  event.preventDefault();
  patchPage(await fetchDocument(location.href));
  news.hidden = true;
  scrollTo({ top: 0 });
});

// Keys

function step(by) {
  const headings = [...document.querySelectorAll(".card h2 a")];
  const here = headings.indexOf(document.activeElement?.closest(".card")?.querySelector("h2 a"));
  headings[Math.min(Math.max(here + by, 0), headings.length - 1)]?.focus();
}

const KEYS = {
  "/": () => find(".search [name=q]").focus(),
  "?": () => open(find("#keys").content.cloneNode(true).childNodes, "modal"),
  j: () => step(1),
  k: () => step(-1),
  d: () => document.activeElement?.closest(".card")?.querySelector("[data-delete]")?.click(),
};

addEventListener("keydown", (event) => {
  const run = KEYS[event.key];
  const busy = event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input:not(.pick), select, textarea");
  if (!run || !selection || busy || find("dialog[open]")) return;
  event.preventDefault();
  run();
});
