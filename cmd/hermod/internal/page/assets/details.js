// One bot in full, in a drawer, with what can be done to it.

import { fetchBot, order } from "./api.js";
import { settle, toast } from "./announce.js";
import { confirm } from "./dialogs.js";
import { byId, element, icon, setAttribute, setText, spark } from "./dom.js";
import { badge, countdown, deliveryBadge, identities, problem, remedy } from "./row.js";
import { bytes, condition, number, rate, span, undelivered } from "./words.js";

const REFRESH = 2000;
const CHART = [480, 96];

// actions: what each does, said before it is done, and why it may be of no use now ("" when it is).
const actions = {
  reconnect: {
    word: "Reconnect",
    text: "It dials at once. A connection that stands is drained and replaced; deliveries that are not acknowledged come again.",
    idle: (bot) => (isOff(bot) ? "A disabled bot has to be enabled first" : ""),
  },
  wake: {
    word: "Wake",
    text: "It ends its sleep, or its wait for the next dial, and dials at once.",
    idle: (bot) => (bot.asleep || bot.held || bot.state === "dormant" || bot.state === "backoff" ? "" : "It is not asleep"),
  },
  sleep: {
    word: "Sleep",
    text: "The connector keeps its deliveries and the connection closes, until somebody wakes it.",
    idle: (bot) => (bot.state === "ready" ? "" : "Only a connected bot can be put to sleep"),
  },
  disable: {
    word: "Disable",
    text: "It drains and disconnects, and stays off until it is enabled; a daemon without a state folder forgets that when it restarts. Its deliveries wait at the connector.",
    idle: (bot) => (isOff(bot) ? "It is disabled" : ""),
  },
  enable: {
    word: "Enable",
    text: "It starts and dials, although the configuration or an operator had it disabled. What the configuration disables is off again after a restart.",
    idle: (bot) => (isOff(bot) ? "" : "It is not disabled"),
  },
};

const isOff = (bot) => bot.cause === "config" || bot.cause === "operator";

export class Details {
  #dialog = byId("details");
  #fleet;
  #name = "";
  #full = null; // the newest answer of the API
  #timer = 0;
  #drawing = 0;
  #parts = {};

  constructor(fleet, closed) {
    this.#fleet = fleet;
    this.#build();
    this.#dialog.addEventListener("close", () => {
      clearTimeout(this.#timer);
      this.#name = "";
      settle();
      closed();
    });
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close(); // the backdrop
    });
  }

  open(name) {
    this.#name = name;
    this.#full = null;
    this.#draw();
    this.#dialog.scrollTop = 0;
    this.#dialog.showModal();
    settle();
    this.#refresh();
  }

  // draw brings an open drawer up to date, once before the next frame.
  draw() {
    if (!this.#name) return;
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      if (this.#name) this.#draw();
    });
  }

  #draw() {
    const entry = this.#fleet.entries.get(this.#name);
    this.#parts.gone.hidden = Boolean(entry);
    if (entry) this.#fill(entry);
  }

  // refresh gets the counters, which the stream does not tell of.
  async #refresh() {
    clearTimeout(this.#timer);
    const name = this.#name;
    try {
      const full = await fetchBot(name);
      if (this.#name !== name) return;
      this.#full = full;
      this.draw();
    } catch { /* the connection's state is shown elsewhere */ }
    if (this.#name === name) this.#timer = setTimeout(() => this.#refresh(), REFRESH);
  }

  #build() {
    const p = this.#parts;
    p.name = element("h2", { id: "details-name", tabindex: "-1", autofocus: true });
    p.identities = element("p", { class: "identities" });
    p.badge = badge();
    p.delivery = deliveryBadge();
    p.condition = element("span", { class: "condition" });
    p.error = element("p", { class: "error" });
    p.hint = element("p", { class: "remedy" });
    p.problem = element("section", { class: "trouble", "aria-label": "Last error" }, p.error, p.hint);
    p.spark = spark(...CHART);
    p.rates = element("p", { class: "rates" });
    p.facts = element("dl", { class: "facts" });
    p.gone = element("p", { class: "gone", hidden: true }, "This bot has left the configuration.");
    p.buttons = Object.fromEntries(Object.entries(actions).map(([action, { word }]) => {
      const button = element("button", { type: "button", "data-action": action }, word);
      button.addEventListener("click", () => this.#act(action));
      return [action, button];
    }));
    const close = element("button", { type: "button", class: "quiet", "aria-label": "Close" }, icon("close"));
    close.addEventListener("click", () => this.#dialog.close());
    this.#dialog.replaceChildren(
      element("header", {}, element("div", {}, p.name, p.identities), close),
      element("p", { class: "now" }, p.badge({ platform_state: "connected" }), p.delivery({}), p.condition), p.gone,
      element("div", { class: "actions", role: "group", "aria-label": "Actions" }, ...Object.values(p.buttons)),
      p.problem,
      element("section", { class: "chart", "aria-label": "Traffic of the last minute" }, p.rates, p.spark),
      p.facts);
  }

  #fill(entry) {
    const { bot } = entry;
    const p = this.#parts;
    const now = this.#fleet.now();
    setText(p.name, bot.name);
    setText(p.identities, bot.identities.map((one) => identities({ identities: [one] })).join(", "));
    p.badge(bot);
    p.delivery(bot);
    setText(p.condition, bot.since ? `${condition(bot)} for ${span(now - Date.parse(bot.since))}` : condition(bot));
    setAttribute(this.#dialog, "data-state", undelivered(bot) && bot.platform_state === "connected" ? "undelivered" : bot.platform_state);
    this.#fillProblem(bot);
    const { tick } = this.#fleet;
    const peak = entry.traffic.draw(p.spark, tick, ...CHART);
    const [incoming, outgoing] = entry.traffic.recent(tick);
    p.rates.replaceChildren(element("span", { class: "in" }, `In ${rate(incoming)}/s`), element("span", { class: "out" }, `Out ${rate(outgoing)}/s`),
      element("span", {}, `Last minute, peak ${rate(peak)} frames/s`));
    this.#fillFacts(bot, now);
    for (const [action, button] of Object.entries(p.buttons)) {
      const idle = actions[action].idle(bot);
      setAttribute(button, "aria-disabled", String(idle !== ""));
      setAttribute(button, "title", idle);
    }
  }

  // An error that the bot has got over is told as history.
  #fillProblem(bot) {
    const p = this.#parts;
    const current = problem(bot);
    p.problem.hidden = !current && !bot.error;
    setText(p.error, current || (bot.error ? `Last error, over now: ${bot.error}` : ""));
    setText(p.hint, remedy(bot));
    p.hint.hidden = !remedy(bot);
  }

  // What the stream tells of deliveries is as old as their last change.
  #deliveryFacts(bot, now) {
    const { delivery } = this.#full ?? bot;
    const since = (time) => span(now - Date.parse(time));
    const facts = [
      ["Delivery", undelivered(bot) ? `${bot.deliver}, ${undelivered(bot)} for ${since(bot.delivery.since)}` : bot.deliver],
      ["Oldest delivery", delivery.oldest ? `waits for ${since(delivery.oldest)}` : "none waits"],
    ];
    if (delivery.gateway) {
      const { connected, idle, absent_since: absent, kept, kept_bytes: size } = delivery.gateway;
      const away = absent ? `not connected for ${since(absent)}` : "not connected";
      facts.push(["Gateway", idle ? "idle, woken when something waits" : connected ? "connected" : away],
        ["Kept for it", kept > 0 ? `${number(kept)}, ${bytes(size)}` : "nothing"]);
    }
    if (!undelivered(bot)) return facts;
    const due = Date.parse(delivery.next_probe) - now;
    return [...facts, ["Failed in a row", number(delivery.failures)],
      ["Next try", due > 0 ? `in ${span(due)}` : "as it comes"]];
  }

  #fillFacts(bot, now) {
    const counters = this.#full?.counters ?? bot.counters;
    const facts = [
      ["Attempts", bot.attempt > 0 ? number(bot.attempt) : "none"],
      ["Next dial", countdown(bot, now) || "none due"],
      ["Generation", number(bot.generation)],
      ["Handshakes", number(bot.handshakes)],
      ["Starts", number(bot.starts)],
      ["Last close", bot.close_code ? [bot.close_code, bot.close_reason].filter(Boolean).join(" ") : "none"],
      ...this.#deliveryFacts(bot, now),
      ["Pending requests", number(bot.pending)],
      ["Queued deliveries", number(bot.queued)],
      ["Queued bytes", bytes(this.#full?.queued_bytes ?? bot.queued_bytes)],
      ["Requests", number(counters.requests)],
      ["Resolved", number(counters.resolved)],
      ["Handled", number(counters.handled)],
      ["Tried again", number(counters.retried)],
      ["Dead letters", number(counters.dead_lettered)],
      ["Given up", number(counters.abandoned)],
      ["Duplicates", number(counters.duplicates)],
      ["Malformed frames", number(counters.malformed)],
      ["Frames in", number(counters.frames_in)],
      ["Bytes in", bytes(counters.bytes_in)],
      ["Frames out", number(counters.frames_out)],
      ["Bytes out", bytes(counters.bytes_out)],
      ["Clock skew", `${number(Math.round(bot.clock_skew))} s`],
    ];
    if (this.#fleet.daemon.nodes) facts.unshift(["Node", bot.node ?? "none"], ["Epoch", bot.epoch ? number(bot.epoch) : "none"]);
    if (bot.stuck) facts.unshift(["Stuck delivery", `${bot.stuck.buffer_id} in ${bot.stuck.session_key}`]);
    const list = this.#parts.facts;
    while (list.children.length > facts.length) list.lastChild.remove();
    while (list.children.length < facts.length) list.append(element("div", {}, element("dt"), element("dd")));
    facts.forEach(([term, value], i) => {
      setText(list.children[i].firstChild, term);
      setText(list.children[i].lastChild, String(value));
    });
  }

  async #act(action) {
    const name = this.#name;
    const button = this.#parts.buttons[action];
    if (button.getAttribute("aria-disabled") === "true") return;
    const { word, text } = actions[action];
    if (!await confirm({ title: `${word} ${name}?`, text, yes: word })) return;
    try {
      const answer = await order(name, action);
      const refused = action === "sleep" && answer.asleep === false;
      toast(refused ? `${name} stays connected: the connector did not confirm the sleep` : `${word}: ${name}`, refused ? "failed" : "done");
    } catch (error) {
      toast([`${word} ${name}: ${error.message}`, error.hint].filter(Boolean).join(". "), "failed");
    }
  }
}
