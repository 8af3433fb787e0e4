// Shows the files of a page one at a time, large; without a script the link of each opens it.

import { isPlain, open } from "./dialogs.js";

const KEYS = { ArrowLeft: "previous", ArrowRight: "next", ",": "back", ".": "on" };

let dialog, links, at, media;
let loops = false;

const part = (name) => dialog.querySelector(`[data-preview="${name}"]`);
const tileOf = (link) => link.closest("[data-part]");

const ACTIONS = {
  previous: () => show(at - 1),
  next: () => show(at + 1),
  back: () => step(-1),
  on: () => step(1),
  compare: () => compare(part("share").hidden),
  loop: () => part("loop").ariaPressed = loops = media.loop = !loops,
};

function begin(link) {
  links = [...(link.closest("dialog") ?? document).querySelectorAll("a[data-preview-kind]")];
  dialog = open([document.getElementById("preview").content.cloneNode(true)], "preview");
  dialog.ariaLabel = "Preview";
  dialog.addEventListener("click", ({ target }) => ACTIONS[target.closest("button")?.dataset.preview]?.());
  dialog.addEventListener("keydown", press);
  dialog.addEventListener("close", () => links[at].focus());
  part("share").addEventListener("input", wipe);
  show(links.indexOf(link));
}

function show(index) {
  const link = links[index];
  if (!link) return;
  at = index;
  const isVideo = link.dataset.previewKind === "video";
  const label = tileOf(link)?.querySelector("b")?.textContent ?? "";
  media = document.createElement(isVideo ? "video" : "img");
  Object.assign(media, isVideo ? { controls: true, autoplay: true, playsInline: true, loop: loops } : { alt: label });
  media.onerror = () => part("problem").hidden = false;
  media.src = part("file").href = link.href;
  part("problem").hidden = true;
  part("stage").replaceChildren(media);
  const heading = link.closest("[data-job]")?.querySelector("h1, h2, h3")?.textContent.trim();
  part("caption").textContent = link.dataset.caption ?? `${label} · ${heading}`;
  part("count").textContent = `${index + 1} of ${links.length}`;
  part("previous").ariaDisabled = index === 0;
  part("next").ariaDisabled = index === links.length - 1;
  part("film").hidden = !isVideo;
  part("loop").ariaPressed = loops;
  part("compare").hidden = !referenceOf(link);
  compare(false);
}

function press(event) {
  const name = KEYS[event.key];
  if (!name || event.target === part("share")) return;
  event.preventDefault();
  ACTIONS[name]();
}

function step(frames) {
  if (media.localName !== "video") return;
  media.pause();
  media.currentTime += frames / (links[at].dataset.fps || 30);
}

// The reference lies over the output, and is wiped away from the right.
function compare(isOn) {
  part("share").hidden = !isOn;
  part("compare").ariaPressed = isOn;
  part("stage").querySelector(".over")?.remove();
  if (!isOn) return;
  const over = Object.assign(new Image(), { className: "over", alt: "REF", src: referenceOf(links[at]).href });
  part("stage").append(over);
  wipe();
}

function wipe() {
  part("stage").querySelector(".over").style.setProperty("clip-path", `inset(0 ${100 - part("share").value}% 0 0)`);
}

function referenceOf(link) {
  const tile = tileOf(link);
  return tile?.dataset.part === "output" ? tile.parentElement.querySelector('[data-part="ref"] a[data-preview-kind]') : null;
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-preview-kind]");
  if (!link || !isPlain(event)) return;
  event.preventDefault();
  begin(link);
});
