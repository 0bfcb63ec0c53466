// What the pages gain when scripts run: a theme that is remembered, and buttons that copy commands.
// Loaded in the head without defer, so that a remembered theme is there before the first paint.
"use strict";

(() => {
  const root = document.documentElement;
  const systemDark = matchMedia("(prefers-color-scheme: dark)");

  // Storage may be refused (private windows, policies); then the choice lasts as long as the page.
  function remembered() {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null;
    }
  }

  function remember(theme) {
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // Nothing is lost but the memory of it.
    }
  }

  function current() {
    return root.dataset.theme ?? (systemDark.matches ? "dark" : "light");
  }

  function other() {
    return current() === "dark" ? "light" : "dark";
  }

  function setUpThemeButton() {
    const button = document.querySelector(".theme");
    if (!button) return;
    const label = () => {
      button.title = `Switch to the ${other()} theme`;
      button.setAttribute("aria-label", button.title);
    };
    button.addEventListener("click", () => {
      root.dataset.theme = other();
      remember(root.dataset.theme);
      label();
    });
    systemDark.addEventListener("change", label);
    label();
    button.hidden = false;
  }

  // The clipboard exists on https and on localhost only; elsewhere there is no button.
  function setUpCopyButtons() {
    if (!navigator.clipboard) return;
    for (const command of document.querySelectorAll(".command")) {
      const text = command.querySelector("code").textContent.trim();
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-label", `Copy the command: ${text}`);
      button.addEventListener("click", async () => {
        button.textContent = await navigator.clipboard.writeText(text).then(
          () => "Copied",
          () => "Refused",
        );
        setTimeout(() => (button.textContent = "Copy"), 1500);
      });
      command.append(button);
    }
  }

  const theme = remembered();
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  document.addEventListener("DOMContentLoaded", () => {
    setUpThemeButton();
    setUpCopyButtons();
  });
})();
