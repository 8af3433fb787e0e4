// Selecting many things of the library, and asking before they are deleted.

import { show } from "./dialogs.js";

const form = document.getElementById("chosen");
const all = form?.querySelector("[data-all]");
const picks = () => [...document.querySelectorAll(".shelf .pick")];

if (all) all.hidden = false;
all?.addEventListener("click", () => {
  const every = picks().some((pick) => !pick.checked);
  for (const pick of picks()) pick.checked = every;
});

form?.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button.dataset.dialog) return;
  event.preventDefault();
  show(`${button.formAction}?${new URLSearchParams(new FormData(form, button))}`, button.dataset.dialog);
});

// A menu closes as one expects of a menu.
addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll(".menu[open]")) menu.open = menu.contains(target);
});
