// One stream of what happens to jobs; as a shared worker for all tabs, for HTTP/1.1 allows six connections.

const RETRY_MS = 5_000;
// More than two of the events by which the server says, every 15 s, that it lives.
const PATIENCE_MS = 40_000;

// Tells `open` and `away`, and `state` and `progress` of jobs; goes on after the last event that was heard.
export function connect(tell) {
  let source, last, timer;

  function inTime(act, ms) {
    clearTimeout(timer);
    timer = setTimeout(act, ms);
  }

  // A route that died breaks nothing off: all that shows it is silence.
  const watch = () => inTime(lose, PATIENCE_MS);

  function lose() {
    source.close();
    tell({ type: "away" });
    open();
  }

  function open() {
    source = new EventSource(`/jobs/live${last ? `?last_event_id=${encodeURIComponent(last)}` : ""}`);
    for (const type of ["snapshot", "state", "progress", "keep-alive"]) {
      source.addEventListener(type, (event) => {
        watch();
        if (type === "keep-alive") return;
        last = event.lastEventId || last;
        tell(type === "snapshot" ? { type: "open" } : { type, job: JSON.parse(event.data) });
      });
    }
    source.onerror = () => {
      tell({ type: "away" });
      // What broke off the browser tries again; what the server refused stays closed.
      if (source.readyState === EventSource.CLOSED) inTime(open, RETRY_MS);
    };
    watch();
  }

  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

function serve() {
  const ports = new Set();
  let state = null;
  addEventListener("connect", ({ ports: [port] }) => {
    ports.add(port);
    // All that a tab ever says is that it goes.
    port.onmessage = () => ports.delete(port);
    if (state) port.postMessage(state);
  });
  connect((news) => {
    if (!news.job) state = news;
    for (const port of ports) port.postMessage(news);
  });
}

if ("onconnect" in globalThis) serve();
