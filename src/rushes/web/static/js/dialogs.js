// A link with `data-dialog` shows the main part of its page in a dialog; without a script it is a page like others.

import { fetchDocument } from "./patch.js";
import { toast } from "./toast.js";

// Other clicks open a link elsewhere.
export const isPlain = (event) => !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;

export function open(content, kind) {
  const dialog = document.createElement("dialog");
  dialog.className = kind;
  if (kind === "alert") dialog.setAttribute("role", "alertdialog");
  dialog.append(...content);
  const heading = dialog.querySelector("h1, h2");
  if (heading) {
    heading.id ||= `dialog-${document.querySelectorAll("dialog").length}`;
    dialog.setAttribute("aria-labelledby", heading.id);
  }
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog || event.target.closest("[data-close]")) {
      event.preventDefault();
      dialog.close();
    }
  });
  // Closing gives the focus back to the link that opened it.
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector("[data-first-focus]")?.focus();
  return dialog;
}

// Shows the main part of a page.
export async function show(url, kind) {
  try {
    const page = await fetchDocument(url);
    open(page.querySelector("main").childNodes, kind);
  } catch {
    toast("That could not be loaded. Try again.", { bad: true });
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (!link || !isPlain(event)) return;
  event.preventDefault();
  show(link.href, link.dataset.dialog);
});
