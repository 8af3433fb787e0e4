// Keeps the jobs of a page up to date: numbers in place, and after a change of state the parts that differ.

import { connect } from "./live-worker.js";
import { fetchDocument, patch, patchPage } from "./patch.js";

const POLL_MS = 10_000;
const PAGE_MS = 1_000;
const MARKS = { completed: "✓", failed: "✕" };

const box = document.querySelector("[data-live-state]");
const title = document.title;
const turns = new WeakMap();
let isOpen, problem, newest, pageTimer, mayBeNew;

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const cardsOf = (id) => all(`[data-job="${id}"]`);

function hear({ type, job }) {
  if (job) return type === "state" ? change(job) : show(job);
  const wasOpen = isOpen;
  isOpen = type === "open";
  if (isOpen && wasOpen === false) refreshPage();
  if (wasOpen && !isOpen) {
    // Said at once: the question may get no answer either.
    problem = "Reconnecting";
    say();
  }
  check();
}

// When the stream begins, and in its place while it is away.
async function check() {
  const ids = all("[data-live]").map((card) => card.dataset.job).slice(0, 100);
  try {
    const asked = `/jobs/progress?${new URLSearchParams(ids.map((id) => ["job", id]))}`;
    const answer = await fetch(asked, { signal: AbortSignal.timeout(POLL_MS) });
    problem = answer.status === 401 ? "Signed out" : "Reconnecting";
    const said = await answer.json();
    for (const id of ids) show(said.jobs.find((job) => job.id === id) ?? { id, status: "deleted" });
    newest ??= said.newest[0] ?? "";
    // Ids rise with time.
    const count = said.newest.filter((id) => id > newest && !cardsOf(id).length).length;
    document.dispatchEvent(new CustomEvent("jobs:new", { detail: { count } }));
    problem = "";
  } catch {
    problem ||= "Reconnecting";
  }
  say();
}

function say() {
  const polls = all("[data-live]").length ? "Checking every 10 s" : "Reconnecting";
  box.hidden = false;
  box.dataset.liveState = isOpen && navigator.onLine ? "on" : "off";
  box.lastElementChild.textContent = !navigator.onLine ? "Offline" : isOpen ? "Live" : problem || polls;
}

function show(job) {
  for (const card of cardsOf(job.id)) {
    if (card.dataset.status !== job.status) return change(job);
    for (const name of ["percent", "text", "left"]) {
      for (const one of all(`[data-${name}]`, card)) one["value" in one ? "value" : "textContent"] = job[name];
    }
  }
}

async function change({ id, status }) {
  const cards = cardsOf(id);
  mayBeNew ||= !cards.length;
  await Promise.all(cards.map((card) => refresh(card, status)));
  if (status in MARKS) tellEnding(id, status, cards[0]);
  refreshPage();
}

// One after the other, so that an older answer never takes the place of a newer one.
function refresh(card, status) {
  const turn = (turns.get(card) ?? Promise.resolve()).then(async () => {
    if (card.dataset.status === status) return;
    try {
      patch(card, (await fetchDocument(card.dataset.fragment)).querySelector("[data-job]"));
    } catch (error) {
      if (error.status === 404) card.remove();
    }
  });
  turns.set(card, turn);
  return turn;
}

// What counts jobs, such as tabs, has `data-follow`; who does not look can wait.
function refreshPage() {
  if (document.hidden) return;
  pageTimer ??= setTimeout(() => {
    pageTimer = null;
    if (mayBeNew) check();
    mayBeNew = false;
    fetchDocument(location.href).then((page) => patchPage(page, "[data-follow]"), () => {});
  }, PAGE_MS);
}

function tellEnding(id, status, card) {
  if (!document.hidden) return;
  const name = card?.querySelector("h1, h2, h3")?.textContent.trim().slice(0, 60) || "A job";
  const text = `${MARKS[status]} ${name} ${status === "failed" ? "failed" : "finished"}`;
  document.title = `${text} · Rushes`;
  if (localStorage.getItem("rushes.notify") !== "on") return;
  try {
    // By its tag that of several tabs is one. Phones throw.
    new Notification("Rushes", { body: text, tag: id });
  } catch {}
}

function tick() {
  for (const time of all("[data-since]")) {
    const seconds = Math.max(0, (Date.now() - Date.parse(time.dateTime)) / 1000);
    const [h, m, s] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(Math.floor);
    time.textContent = h ? `${h}h ${m}m` : m ? `${m}m ${s}s` : `${s}s`;
  }
}

function follow() {
  if (!globalThis.SharedWorker) return followAlone();
  const address = new URL("live-worker.js", import.meta.url);
  const worker = new SharedWorker(address, { type: "module", name: box.dataset.liveOf });
  worker.onerror = followAlone;
  worker.port.onmessage = ({ data }) => hear(data);
  addEventListener("pagehide", () => worker.port.postMessage("bye"));
}

function followAlone() {
  let close;
  const turn = () => {
    close?.();
    close = document.hidden ? hear({ type: "away" }) : connect(hear);
  };
  document.addEventListener("visibilitychange", turn);
  turn();
}

follow();
addEventListener("online", check);
addEventListener("offline", say);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  document.title = title;
  refreshPage();
});
setInterval(tick, 1_000);
// Places in line change without an event.
setInterval(() => all(isOpen ? '[data-live]:not([data-status="processing"])' : "[data-live]").length && check(), POLL_MS);
