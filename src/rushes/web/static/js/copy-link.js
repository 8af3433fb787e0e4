// Copies a share link or a text; where no page may copy, the text is there to be selected.

import { isPlain, open } from "./dialogs.js";
import { fetchDocument } from "./patch.js";
import { toast } from "./toast.js";

async function copy(text, said) {
  try {
    // Over plain HTTP, and not on this machine, there is no clipboard.
    await navigator.clipboard.writeText(text);
    toast(said);
  } catch {
    const field = open([document.getElementById("copy").content.cloneNode(true)], "modal").querySelector("input");
    field.value = text;
    field.select();
  }
}

async function copyLink(address) {
  try {
    const page = await fetchDocument(address, { method: "POST" });
    copy(page.querySelector("[data-link]").value, "Link copied");
  } catch {
    toast("The link could not be made. Try again.", { bad: true });
  }
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-copy-link]");
  const text = event.target.closest("[data-copy]")?.dataset.copy;
  if (text !== undefined) copy(text, "Copied");
  if (!link || !isPlain(event)) return;
  event.preventDefault();
  copyLink(link.href);
});
