// Keeps the numbers of administrators up to date, and takes A and R for a review.

import { fetchDocument, patchPage } from "./patch.js";

const REFRESH_MS = 10_000;

async function refresh() {
  if (document.hidden) return;
  try {
    patchPage(await fetchDocument(location.href));
  } catch {
    // The next try brings it.
  }
}

function decide(queue, decision) {
  const review = document.activeElement.closest("[data-judging] > li") ?? queue.querySelector("li");
  const next = review?.nextElementSibling ?? review?.previousElementSibling;
  review?.querySelector(`[value="${decision}"]`).click();
  next?.focus();
}

// On a phone it may be out of sight.
document.querySelector(".tabs [aria-current=page]")?.scrollIntoView({ block: "nearest", inline: "center" });

if (document.querySelector("[data-refreshed]")) {
  setInterval(refresh, REFRESH_MS);
  document.addEventListener("visibilitychange", refresh);
}

const queue = document.querySelector("[data-judging]");
document.addEventListener("keydown", (event) => {
  if (!queue || event.target.matches("input, textarea, select") || document.querySelector("dialog[open]")) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const decision = { a: "approve", r: "reject" }[event.key.toLowerCase()];
  if (decision) decide(queue, decision);
});
