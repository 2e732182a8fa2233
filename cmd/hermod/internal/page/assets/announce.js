// What screen readers hear, and toasts: politely, and never more than one sentence every other second.

import { byId, element, setText } from "./dom.js";
import { plural, stateWords, undelivered } from "./words.js";

const EVERY = 2000;
const NAMED = 3;
const TOAST = 6000;

const changes = new Map(); // newest words by bot, not told yet
let timer = 0;

// changed tells that a bot went over to a state.
export function changed(bot) {
  changes.set(bot.name, [stateWords[bot.platform_state] ?? bot.platform_state, undelivered(bot)].filter(Boolean).join(", "));
  timer ||= setTimeout(tell, EVERY);
}

function tell() {
  timer = 0;
  const news = [...changes];
  changes.clear();
  const named = news.slice(0, NAMED).map(([name, words]) => `${name}: ${words}`);
  if (news.length > NAMED) named.push(`and ${plural(news.length - NAMED, "more bot")}`);
  say(named.join(", "));
}

// settle moves what is spoken to where it can be heard and seen: everything outside an open dialog is inert.
export function settle() {
  const open = ["token", "confirm", "letters", "details"].map(byId).find((dialog) => dialog.open);
  const host = open ?? document.body;
  if (byId("spoken").parentElement !== host) host.append(byId("spoken"));
}

// say has screen readers read a text when they have finished with what they read.
export const say = (text) => setText(byId("live"), text);

// toast shows and reads what came of something that the reader did.
export function toast(text, kind = "done") {
  const shown = element("p", { class: "toast", "data-kind": kind }, text);
  byId("toasts").append(shown);
  setTimeout(() => shown.remove(), TOAST);
}
