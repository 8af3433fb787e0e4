// Brings a part of the page up to date without touching what did not change.
//
// A region (`data-region`) has parts (`data-part`, a name among its siblings), and parts can have parts. One with
// `data-state` is replaced when that differs, so a video that somebody started in it plays on; one with parts of its
// own is looked into; any other is replaced when anything in it differs.

const PART = "[data-part]";

export function patch(old, fresh) {
  copyAttributes(old, fresh);
  const present = partsOf(old);
  let before = null;
  for (const [name, part] of partsOf(fresh)) {
    const known = present.get(name);
    present.delete(name);
    before = known ? update(known, part) : insert(part, before, old);
  }
  for (const gone of present.values()) leave(gone);
}

// Brings every region of the page, or some, to what a newer page has.
export function patchPage(page, regions = "[data-region]") {
  for (const region of document.querySelectorAll(regions)) {
    const fresh = page.querySelector(`[data-region="${region.dataset.region}"]`);
    if (fresh) patch(region, fresh);
  }
}

export async function fetchDocument(url, options) {
  const answer = await fetch(url, { ...options, headers: { Accept: "text/html" } });
  if (!answer.ok) throw Object.assign(new Error(`${url} answered ${answer.status}`), { status: answer.status });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function partsOf(root) {
  const own = [...root.querySelectorAll(PART)].filter((part) => part.parentElement.closest(`${PART}, [data-region]`) === root);
  return new Map(own.map((part) => [part.dataset.part, part]));
}

function update(present, part) {
  if ("state" in part.dataset) return present.dataset.state === part.dataset.state ? present : replace(present, part);
  if (partsOf(part).size > 0) {
    patch(present, part);
    return present;
  }
  return present.isEqualNode(part) ? present : replace(present, part);
}

function replace(present, part) {
  const focused = present.contains(document.activeElement) ? selectorOf(document.activeElement) : null;
  const adopted = document.importNode(part, true);
  present.replaceWith(adopted);
  if (focused) adopted.querySelector(focused)?.focus();
  return adopted;
}

function insert(part, before, root) {
  const adopted = document.importNode(part, true);
  const first = [...partsOf(root).values()][0];
  if (before) before.after(adopted);
  else if (first) first.before(adopted);
  else root.append(adopted);
  return adopted;
}

// Whoever was at what goes finds himself at what follows it.
function leave(gone) {
  const heir = gone.contains(document.activeElement) && (gone.nextElementSibling ?? gone.previousElementSibling ?? gone.closest("main"));
  gone.remove();
  if (heir) (heir.querySelector("h2 a, a, button") ?? heir).focus();
}

function copyAttributes(old, fresh) {
  for (const name of old.getAttributeNames()) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
}

function selectorOf(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  const action = element.form?.getAttribute("action");
  if (action) return `[action="${CSS.escape(action)}"] button`;
  return `[href="${CSS.escape(element.getAttribute("href") ?? "")}"]`;
}
