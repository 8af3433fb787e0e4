// The form for a new job: its price as it stands, its words kept, and sent without leaving the page.

import { fetchDocument } from "./patch.js";
import { toast } from "./toast.js";
import { Zone } from "./upload.js";

const QUIET_MS = 250;
let form, zones, timer, asked, busy;

const find = (selector) => form.querySelector(selector);
// Of the account: another may sign in next on the same browser.
const draftKey = () => `create-draft.${form.dataset.create}`;
const texts = () => [...form.querySelectorAll("[data-draft]")];

async function send(url, signal) {
  const answer = await fetch(url, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" }, signal });
  return [answer, new DOMParser().parseFromString(await answer.text(), "text/html")];
}

function requote() {
  clearTimeout(timer);
  timer = setTimeout(quote, QUIET_MS);
}

async function quote() {
  asked?.abort();
  asked = new AbortController();
  try {
    const [, page] = await send("/create/quote", asked.signal);
    const { childNodes, dataset } = page.querySelector("[data-quote]");
    find("[data-quote]").replaceChildren(...childNodes);
    find("[data-generate]").textContent = dataset.price ? `Generate · ${dataset.price} credits` : "Generate";
  } catch {
    // Away, or asked anew meanwhile: the next change asks again.
  }
}

// The answer is the page anew, with what was wrong, or ready for the next job.
async function submit() {
  if (zones.some((zone) => zone.isSending)) return toast("The files are still on their way.", { bad: true });
  const [answer, page] = await send(form.action);
  const fresh = page.querySelector("[data-create]");
  if (answer.redirected) location = answer.url;
  else if (!fresh) toast(page.querySelector("main p").textContent, { bad: true });
  else {
    const made = fresh.querySelector("[data-submitted]");
    form.replaceWith(fresh);
    document.querySelector(".balance").replaceWith(page.querySelector(".balance"));
    if (made) {
      localStorage.removeItem(draftKey());
      toast(made);
    }
    begin(fresh);
    find("[aria-invalid], [type=submit]").focus();
  }
}

// Another model has other options; those that both have keep what was chosen.
async function swapOptions() {
  const { job_type: type, model } = Object.fromEntries(new FormData(form));
  const page = await fetchDocument(`/create?${new URLSearchParams({ type, model })}`);
  const [before, fresh] = [find("[data-options]"), page.querySelector("[data-options]")];
  for (const field of fresh.querySelectorAll("[name]")) {
    const chosen = before.querySelector(`[name="${field.name}"]`);
    if (!chosen) continue;
    const usual = field.value;
    field.checked = chosen.checked;
    field.value = chosen.value;
    field.value ||= usual; // a choice that this model does not offer
  }
  before.replaceWith(fresh);
  show();
}

function show() {
  const [lock, seed] = [find("[data-seed-lock]"), find("[data-seed]")];
  if (lock) {
    lock.hidden = false;
    lock.setAttribute("aria-pressed", seed.value !== "");
  }
  find("[data-counter]").textContent = `${find("#prompt").value.length.toLocaleString("en")} used.`;
  requote();
}

function change({ target }) {
  if (target.matches("[data-draft]"))
    localStorage.setItem(draftKey(), JSON.stringify(Object.fromEntries(texts().map((one) => [one.name, one.value]))));
  if (target.name === "model") swapOptions();
  show();
}

function begin(fresh) {
  form = fresh;
  zones = [...form.querySelectorAll("[data-zone]")].map((root) => new Zone(root, requote));
  find("[name=stays]").disabled = false;
  show();
  form.addEventListener("input", change);
  form.addEventListener("click", ({ target }) => {
    if (!target.closest("[data-seed-lock]")) return;
    const seed = find("[data-seed]");
    seed.value = seed.value ? "" : crypto.getRandomValues(new Uint32Array(1))[0];
    show();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    await submit().catch(() => toast("The server could not be reached. Try again.", { bad: true }));
    busy = false;
  });
}

function paste({ clipboardData }) {
  for (const file of clipboardData.files) {
    const fitting = zones.filter((zone) => zone.takes(file));
    (fitting.find((zone) => !zone.asset.value) ?? fitting[0])?.put(file);
  }
}

function pick(event) {
  const link = event.target.closest("dialog [data-pick]");
  if (!link) return;
  event.preventDefault();
  zones.find((zone) => zone.role === link.dataset.pick).pick(link.dataset);
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
}

const first = document.querySelector("[data-create]");
if (first) {
  begin(first);
  const isNew = !new URLSearchParams(location.search).has("from");
  const kept = JSON.parse((isNew && localStorage.getItem(draftKey())) || "{}");
  for (const one of texts()) one.value ||= kept[one.name] ?? "";
  show();
  document.addEventListener("paste", paste);
  document.addEventListener("click", pick);
}
