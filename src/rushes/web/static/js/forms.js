// A form with `data-async` is sent without leaving the page: what the answer changes is patched, what it says is told.

import { patchPage } from "./patch.js";
import { toast } from "./toast.js";

async function send(form, button) {
  const body = new URLSearchParams(new FormData(form, button));
  const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const said = page.querySelector("#toasts .toast") ?? page.querySelector(".notice, [data-problem]");
  if (said) toast(said.textContent.trim(), { bad: !answer.ok });
  if (!answer.ok) return;
  form.closest("dialog")?.close();
  patchPage(page);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form[data-async]")) return;
  event.preventDefault();
  const button = event.submitter;
  button?.setAttribute("aria-disabled", "true");
  try {
    await send(form, button);
  } catch {
    toast("The server could not be reached. Nothing was changed.", { bad: true });
  } finally {
    button?.removeAttribute("aria-disabled");
  }
});
