// What every page of somebody signed in can do.

import "./copy-link.js";
import "./dialogs.js";
import "./forms.js";
import "./hover.js";
import "./live.js";
import "./preview.js";
import { leaveLater } from "./toast.js";

const YEAR_SECONDS = 31_536_000;

for (const line of document.querySelectorAll("#toasts .toast")) leaveLater(line);

function toggleTheme() {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const present = root.dataset.theme ?? (dark ? "dark" : "light");
  root.dataset.theme = present === "dark" ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
}

const button = document.querySelector("[data-theme-toggle]");
button.hidden = false;
button.addEventListener("click", toggleTheme);
