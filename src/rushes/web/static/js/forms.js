// A form with `data-async` is sent without leaving the page: what the answer changes is patched, what it says is told.

import { patchPage } from "./patch.js";
import { toast } from "./toast.js";

async function send(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
  // Signed out meanwhile.
  if (new URL(answer.url).pathname === "/login") return (location = answer.url);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const said = page.querySelector("#toasts .toast") ?? page.querySelector(".notice, [data-problem]");
  if (said) toast(said.textContent.trim(), { bad: !answer.ok, action: wayBack(page) });
  if (!answer.ok) return;
  form.dispatchEvent(new Event("done", { bubbles: true }));
  // The dialogs below it show what was before; the last one gives the focus back to the page.
  if (form.closest("dialog")) for (const one of [...document.querySelectorAll("dialog[open]")].reverse()) one.close();
  patchPage(page);
}

// A form with `data-undo` on the next page takes back what was just done.
function wayBack(page) {
  const form = page.querySelector("form[data-undo]");
  return form && { word: form.querySelector("button").textContent, run: () => submit(form) };
}

async function submit(form, button) {
  // A second click is no second wish.
  if (form.ariaBusy) return;
  form.ariaBusy = "true";
  button?.setAttribute("aria-disabled", "true");
  try {
    await send(form, button);
  } catch {
    toast("No answer came. Reload to see whether it was done.", { bad: true });
  } finally {
    form.ariaBusy = null;
    button?.removeAttribute("aria-disabled");
  }
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-async]")) return;
  event.preventDefault();
  submit(event.target, event.submitter);
});
