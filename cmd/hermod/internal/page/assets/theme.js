// Colours: as the system says, or as the reader chose. Loaded before the first paint, so that nothing flashes.
"use strict";

const themes = ["system", "light", "dark"];
const themeWords = { system: "as the system", light: "light", dark: "dark" };

function theme() {
  const stored = localStorage.getItem("hermod-theme");
  return themes.includes(stored) ? stored : "system";
}

function applyTheme() {
  document.documentElement.dataset.theme = theme();
}

function showTheme(button) {
  button.querySelector("use").setAttribute("href", `#${theme()}`);
  document.getElementById("theme-text").textContent = `Colours: ${themeWords[theme()]}`;
  button.title = `Colours: ${themeWords[theme()]}`;
}

applyTheme();
addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("theme");
  showTheme(button);
  button.addEventListener("click", () => {
    localStorage.setItem("hermod-theme", themes[(themes.indexOf(theme()) + 1) % themes.length]);
    applyTheme();
    showTheme(button);
  });
});
