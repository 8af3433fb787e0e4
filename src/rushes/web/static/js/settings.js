// Choices that are kept in this browser.

function keep(box) {
  const { key } = box.dataset;
  box.checked = (localStorage.getItem(key) ?? box.value) === "on";
  box.addEventListener("change", async () => {
    if (key === "rushes.notify" && box.checked) {
      box.checked = (await window.Notification?.requestPermission()) === "granted";
      document.getElementById("refused").hidden = box.checked;
    }
    localStorage.setItem(key, box.checked ? "on" : "off");
  });
}

for (const choices of document.querySelectorAll("[data-kept]")) choices.hidden = false;
for (const box of document.querySelectorAll("[data-key]")) keep(box);
