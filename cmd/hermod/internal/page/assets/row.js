// One bot in the grid. A row is made once and filled again and again.

import { element, icon, setAttribute, setText, spark } from "./dom.js";
import { age, condition, number, plural, rate, span, stateWords, undelivered } from "./words.js";

export const SPARK = [96, 26];

// badge is how a state reads everywhere. Disabled is an opt-out: calm, outlined, never a failure.
export function badge() {
  const word = element("span");
  const made = element("span", { class: "badge" }, icon("connected"), word);
  return (bot) => {
    setAttribute(made, "data-state", bot.platform_state);
    const asleep = bot.platform_state === "connected" && condition(bot) === "asleep";
    setAttribute(made.querySelector("use"), "href", asleep ? "#asleep" : `#${bot.platform_state}`);
    setText(word, stateWords[bot.platform_state] ?? bot.platform_state);
    return made;
  };
}

// deliveryBadge stands beside the badge of a bot whose deliveries do not get through.
export function deliveryBadge() {
  const word = element("span");
  const made = element("span", { class: "delivery" }, icon("undelivered"), word);
  return (bot) => {
    setText(word, undelivered(bot));
    made.hidden = !undelivered(bot);
    return made;
  };
}

const cell = (name, ...children) => element("div", { role: "gridcell", class: `cell ${name}` }, ...children);
const figure = (name, label) => {
  const value = element("span");
  return [cell(`figure ${name}`, element("span", { class: "label" }, label), value), value];
};

export class Row {
  constructor() {
    this.name = element("strong");
    this.identity = element("small");
    this.at = element("small", { class: "at" }); // the node, where its column has no room
    this.node = element("span");
    this.badge = badge();
    this.delivery = deliveryBadge();
    this.condition = element("small");
    this.spark = spark(...SPARK);
    this.rate = element("span", { class: "rate" });
    const [pending, pendingText] = figure("pending", "pending");
    const [queued, queuedText] = figure("queued", "queued");
    const [generation, generationText] = figure("generation", "gen");
    Object.assign(this, { pending: pendingText, queued: queuedText, generation: generationText });
    this.attempts = element("span");
    this.dial = element("small");
    this.error = element("span");
    this.hint = element("small");
    this.problem = cell("problem", this.error, this.hint);
    this.root = element("div", { role: "row", class: "row" },
      cell("bot", this.name, this.identity, this.at),
      cell("state", this.badge({ platform_state: "connected" }), this.delivery({}), this.condition),
      cell("node", this.node),
      cell("traffic", this.spark, this.rate),
      pending, queued, cell("dial", this.attempts, this.dial), generation, this.problem);
    this.tick = -1;
  }

  // fill shows an entry of the fleet at a position of the list.
  fill(entry, index, fleet) {
    const { bot } = entry;
    const now = fleet.now();
    const changed = this.entry !== entry;
    this.entry = entry;
    setAttribute(this.root, "aria-rowindex", String(index + 2));
    setAttribute(this.root, "data-state", bot.platform_state);
    setText(this.name, bot.name);
    setText(this.identity, identities(bot));
    setText(this.node, bot.node ?? "—");
    setAttribute(this.node, "data-zero", String(!bot.node));
    setText(this.at, bot.node ? `on ${bot.node}` : "on no node");
    this.badge(bot);
    this.delivery(bot);
    this.condition.hidden = Boolean(undelivered(bot));
    setText(this.condition, bot.since ? `${condition(bot)} · ${age(now - Date.parse(bot.since))}` : condition(bot));
    for (const which of ["pending", "queued"]) {
      setText(this[which], number(bot[which]));
      setAttribute(this[which], "data-zero", String(bot[which] === 0));
    }
    setText(this.generation, number(bot.generation));
    setText(this.attempts, bot.attempt > 0 ? plural(bot.attempt, "attempt") : "—");
    setAttribute(this.attempts, "data-zero", String(bot.attempt === 0));
    setText(this.dial, countdown(bot, now));
    setText(this.error, problem(bot));
    setText(this.hint, remedy(bot));
    setAttribute(this.problem, "title", [problem(bot), remedy(bot)].filter(Boolean).join("\n"));
    const { tick } = fleet;
    if (changed || this.tick !== tick) this.#draw(entry, tick);
  }

  #draw(entry, tick) {
    this.tick = tick;
    entry.traffic.draw(this.spark, tick, ...SPARK);
    const [incoming, outgoing] = entry.traffic.recent(tick);
    setText(this.rate, `${rate(incoming + outgoing)}/s`);
  }
}

export function identities({ identities: all }) {
  const [first, ...rest] = all;
  if (!first) return "";
  const text = first.bot_id ? `${first.platform} · ${first.bot_id}` : first.platform;
  return rest.length > 0 ? `${text} +${rest.length}` : text;
}

const upper = (text) => text[0].toUpperCase() + text.slice(1);

// problem is the last error, unless the bot has got over it.
export function problem(bot) {
  if (bot.stuck) return `A delivery is stuck: ${bot.stuck.error}`;
  if (undelivered(bot)) return `${upper(undelivered(bot))}: ${bot.delivery.error}`;
  if (bot.paused_since) return "Too many deliveries are not settled; nothing is read";
  return bot.platform_state === "connected" ? "" : bot.error ?? "";
}

// remedy is what to do about the problem.
export const remedy = (bot) => bot.delivery?.hint ?? bot.hint ?? "";

export function countdown(bot, now) {
  if (bot.held) return "dials are held";
  if (!bot.next_dial) return "";
  const left = Date.parse(bot.next_dial) - now;
  return left > 500 ? `dials in ${span(left)}` : "dials now";
}
