// A tile that somebody points at plays: one muted video at a time, over its picture, gone when they leave.

const DELAY_MS = 250;
let tile, timer;

function turnTo(next) {
  if (next === tile) return;
  clearTimeout(timer);
  tile?.querySelector("video")?.remove();
  tile = next;
  const isStill = localStorage.getItem("rushes.hover") === "off" || matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (tile && !isStill) timer = setTimeout(play, DELAY_MS);
}

function play() {
  const video = document.createElement("video");
  Object.assign(video, { muted: true, loop: true, autoplay: true, playsInline: true, src: tile.dataset.hover });
  video.onerror = () => video.remove();
  tile.append(video);
}

const tileOf = ({ target }) => target.closest?.("[data-hover]");

document.addEventListener("pointerover", (event) => event.pointerType === "mouse" && turnTo(tileOf(event)));
document.addEventListener("pointerleave", () => turnTo());
document.addEventListener("focusin", (event) => event.target.matches(":focus-visible") && turnTo(tileOf(event)));
document.addEventListener("focusout", () => turnTo());

// A picture that does not load leaves its place to the icon behind it.
const drop = (picture) => picture.matches(".tile img") && picture.remove();
document.addEventListener("error", ({ target }) => drop(target), true);
for (const one of document.images) if (one.complete && !one.naturalWidth) drop(one);
