// Questions to the reader. The browser keeps the focus inside a dialog and gives it back afterwards.

import { settle } from "./announce.js";
import { keepToken } from "./api.js";
import { byId, element } from "./dom.js";

// confirm asks for an action and resolves to whether it is wanted. The harmless answer has the focus.
export function confirm({ title, text, yes }) {
  const dialog = byId("confirm");
  dialog.replaceChildren(element("form", { method: "dialog" },
    element("h2", { id: "confirm-title" }, title),
    element("p", { id: "confirm-text" }, text),
    element("div", { class: "buttons" },
      element("button", { value: "no", autofocus: true }, "Cancel"),
      element("button", { value: "yes", class: "primary" }, yes))));
  return ask(dialog).then(() => dialog.returnValue === "yes");
}

let asking = null;

// unlock asks for the token and resolves once there is one to try; refused is the problem with the one before.
export function unlock(refused) {
  asking ??= askToken(refused).finally(() => { asking = null; });
  return asking;
}

async function askToken(refused) {
  const dialog = byId("token");
  const input = element("input", { type: "password", id: "token-input", autocomplete: "current-password", required: true, spellcheck: "false" });
  const text = !refused ? "The daemon asks for its token: the one of http.token in its configuration, or one of http.tokens with the role read. It is kept until this tab is closed."
    : refused.status === 403 ? `The daemon knows this token, but ${refused.message}.` : "The daemon does not accept this token.";
  dialog.replaceChildren(element("form", { method: "dialog" },
    element("h2", { id: "token-title" }, "Token"),
    element("p", { id: "token-text", class: refused ? "wrong" : undefined }, text),
    element("label", { for: "token-input" }, "Bearer token"),
    input,
    element("div", { class: "buttons" }, element("button", { value: "yes", class: "primary" }, "Unlock"))));
  do await ask(dialog); while (!input.value.trim());
  keepToken(input.value.trim());
}

// ask resolves when the dialog is closed. Escape answers like its harmless button.
function ask(dialog) {
  dialog.returnValue = "";
  dialog.showModal();
  settle();
  return new Promise((done) => dialog.addEventListener("close", () => {
    settle();
    done();
  }, { once: true }));
}
