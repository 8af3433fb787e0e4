// Keeps the live jobs of a page up to date: numbers in place, and the whole card when its state changes.

const RETRY_MS = 10_000;
let source = null;

const liveCards = () => [...document.querySelectorAll("[data-live]")];

function follow() {
  const cards = liveCards();
  if (cards.length === 0) return;
  const query = new URLSearchParams(cards.map((card) => ["job", card.dataset.job]));
  source = new EventSource(`/jobs/live?${query}`);
  source.addEventListener("jobs", (event) => JSON.parse(event.data).forEach(show));
  source.onerror = () => {
    // A stream that the server refused stays closed: ask for each card, and try again.
    if (source.readyState !== EventSource.CLOSED) return;
    setTimeout(() => Promise.all(liveCards().map(refresh)).then(follow), RETRY_MS);
  };
}

function show(job) {
  const card = document.querySelector(`[data-live][data-job="${job.id}"]`);
  if (!card) return;
  if (card.dataset.status !== job.status) {
    refresh(card).then(stopWhenDone);
    return;
  }
  card.querySelector("[data-percent]").value = job.percent;
  card.querySelector("[data-text]").textContent = job.text;
  card.querySelector("[data-left]").textContent = job.left;
}

async function refresh(card) {
  try {
    const answer = await fetch(card.dataset.fragment, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    card.replaceWith(page.querySelector("[data-job]"));
  } catch {
    // Away for now; the next message or the next try brings it.
  }
}

function stopWhenDone() {
  if (liveCards().length === 0) source?.close();
}

function inWords(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes >= 60) return `${Math.floor(minutes / 60)}h ${minutes % 60}m`;
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`;
}

function tick() {
  for (const time of document.querySelectorAll("[data-since]")) {
    const elapsed = Math.floor((Date.now() - Date.parse(time.dateTime)) / 1000);
    time.textContent = inWords(Math.max(0, elapsed));
  }
}

follow();
setInterval(tick, 1000);
