// Buttons beside a field: one shows a password as it was typed, another copies what stands in the field.

function reveal(button, field) {
  const shown = field.type === "text";
  field.type = shown ? "password" : "text";
  button.setAttribute("aria-pressed", !shown);
}

async function copy(button, field) {
  field.select();
  // Plain http has no clipboard for scripts: the field is selected, the rest is for the person to do.
  const done = await navigator.clipboard?.writeText(field.value).then(() => true, () => false);
  button.lastElementChild.textContent = done ? "Copied" : "Press Ctrl+C";
}

for (const button of document.querySelectorAll("[data-reveal], [data-copy-field]")) {
  const act = "copyField" in button.dataset ? copy : reveal;
  button.hidden = false;
  button.addEventListener("click", () => act(button, button.previousElementSibling));
}
