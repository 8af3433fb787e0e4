// Says what just happened, for a while, and leaves room for a way back.

const READING_MS = 6_000;

export function toast(text, { bad = false, action = null } = {}) {
  const line = document.createElement("div");
  line.className = bad ? "toast bad" : "toast";
  line.append(text);
  if (action) {
    const button = document.createElement("button");
    button.className = "button";
    button.textContent = action.word;
    button.addEventListener("click", () => {
      line.remove();
      action.run();
    });
    line.append(button);
  }
  document.getElementById("toasts").append(line);
  leaveLater(line);
}

export function leaveLater(line) {
  let timer;
  const start = () => (timer = setTimeout(() => line.remove(), READING_MS));
  // Who points at it or has the focus in it is still reading.
  for (const begin of ["pointerenter", "focusin"]) line.addEventListener(begin, () => clearTimeout(timer));
  for (const end of ["pointerleave", "focusout"]) line.addEventListener(end, start);
  start();
}
