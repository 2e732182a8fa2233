// The bots as the stream tells of them. Nothing here touches the page.

import { Traffic } from "./traffic.js";
import { condition, platformStates, undelivered } from "./words.js";

const byName = new Intl.Collator("en", { numeric: true });
const TICK = 1000; // between the figures, in milliseconds
const severity = { fatal: 0, unknown: 1, retrying: 1, disabled: 3, connected: 4 };
const severityOf = (bot) => (undelivered(bot) ? Math.min(2, severity[bot.platform_state]) : severity[bot.platform_state]);

// sorts are the orders of the list; equals stay in the order of their names.
export const sorts = {
  name: { word: "Name" },
  state: { word: "State, problems first", key: (entry) => severityOf(entry.bot) },
  traffic: { word: "Traffic", key: (entry, tick) => -sum(entry.traffic.recent(tick)), moves: true },
  pending: { word: "Pending", key: (entry) => -entry.bot.pending, moves: true },
  queued: { word: "Queued", key: (entry) => -entry.bot.queued, moves: true },
  dial: { word: "Attempts", key: (entry) => -entry.bot.attempt },
  generation: { word: "Generations", key: (entry) => -entry.bot.generation },
  node: { word: "Node", key: (entry, tick, places) => places.indexOf(entry.bot.node) },
};

// saying is what is worth saying aloud when it changes.
const saying = (bot) => `${bot.platform_state} ${undelivered(bot)}`;

const sum = ([a, b]) => a + b;

export class Fleet {
  entries = new Map(); // by name: {bot, text, traffic, figures}
  counts = { connected: 0, retrying: 0, fatal: 0, disabled: 0, unknown: 0, undelivered: 0 };
  platforms = new Set();
  totals = new Traffic();
  daemon = {};
  synced = false; // whether every bot has been told of

  #ordered = null; // the entries by name, until one comes or goes
  #told = new Set(); // those that this stream has told of, until it is synced
  #tick = 0; // of the newest figures
  #at = 0; // the daemon's time at the newest figures
  #ahead = 0; // how far the daemon's clock is ahead of ours

  // restart expects a new stream: what it does not tell of before it is synced has left.
  restart() {
    this.synced = false;
    this.#told.clear();
    this.#at = 0;
    for (const entry of this.entries.values()) entry.figures = null;
  }

  // take notes an event of the stream and returns the state that a bot left with it, if any.
  take(event, data) {
    switch (event) {
      case "daemon": this.daemon = data; break;
      case "status": return this.#status(data);
      case "removed": this.#remove(data.name); break;
      case "synced": this.#settle(); break;
      case "figures": this.#figures(data); break;
    }
    return undefined;
  }

  // now is the daemon's time.
  now() { return Date.now() + this.#ahead; }

  // tick numbers the seconds. The stream tells no figures of a second in which nothing happened.
  get tick() { return this.#tick + (this.#at ? Math.max(0, Math.floor((this.now() - this.#at) / TICK - 0.5)) : 0); }

  #status(bot) {
    const known = this.entries.get(bot.name);
    const before = known && saying(known.bot);
    if (!this.synced) this.#told.add(bot.name);
    const entry = known ?? { traffic: new Traffic(), figures: null };
    for (const { platform } of bot.identities) this.platforms.add(platform);
    if (known) this.#count(known.bot, -1);
    this.#count(bot, 1);
    entry.bot = bot;
    entry.text = haystack(bot);
    if (!known) {
      this.entries.set(bot.name, entry);
      this.#ordered = null;
    }
    return before !== saying(bot) && this.synced ? before ?? "new" : undefined;
  }

  #count(bot, by) {
    this.counts[bot.platform_state] += by;
    if (undelivered(bot)) this.counts.undelivered += by;
  }

  #remove(name) {
    const entry = this.entries.get(name);
    if (!entry) return;
    this.#count(entry.bot, -1);
    this.entries.delete(name);
    this.#ordered = null;
  }

  #settle() {
    this.synced = true;
    for (const name of [...this.entries.keys()]) {
      if (!this.#told.has(name)) this.#remove(name);
    }
    this.#told.clear();
  }

  // Figures name the bots whose counters changed. The first of a stream have nothing to be compared with.
  #figures({ at, bots }) {
    const time = Date.parse(at);
    const elapsed = this.#at ? Math.max(TICK / 10, time - this.#at) : 0;
    const ticks = Math.max(1, Math.round(elapsed / TICK));
    const seconds = elapsed / ticks / 1000;
    this.#ahead = time - Date.now();
    this.#at = time;
    this.#tick += ticks;
    let [allIn, allOut] = [0, 0];
    for (const [name, figures] of Object.entries(bots)) {
      const entry = this.entries.get(name);
      if (!entry) continue;
      const [framesIn, framesOut, pending, queued] = figures;
      Object.assign(entry.bot, { pending, queued });
      if (entry.figures && seconds > 0) {
        const incoming = grown(entry.figures[0], framesIn) / seconds;
        const outgoing = grown(entry.figures[1], framesOut) / seconds;
        entry.traffic.record(this.#tick, incoming, outgoing);
        allIn += incoming;
        allOut += outgoing;
      }
      entry.figures = figures;
    }
    if (seconds > 0) this.totals.record(this.#tick, allIn, allOut);
  }

  // select returns the entries that a filter leaves, in its order.
  select({ query, state, platform, node, sort, reverse }) {
    this.#ordered ??= [...this.entries.values()].sort((a, b) => byName.compare(a.bot.name, b.bot.name));
    const words = query.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = this.#ordered.filter((entry) =>
      (!state || (state === "undelivered" ? undelivered(entry.bot) : entry.bot.platform_state === state)) &&
      (!platform || entry.bot.identities.some((identity) => identity.platform === platform)) &&
      (!node || entry.bot.node === node) &&
      words.every((word) => entry.text.includes(word)));
    const { key } = sorts[sort];
    if (key) {
      const { tick } = this;
      const places = (this.daemon.nodes ?? []).map(({ name }) => name);
      const keys = new Map(chosen.map((entry) => [entry, key(entry, tick, places)]));
      chosen.sort((a, b) => keys.get(a) - keys.get(b));
    }
    return reverse ? chosen.reverse() : chosen;
  }

  // load is what waits in all bots together.
  load() {
    let [pending, queued] = [0, 0];
    for (const { bot } of this.entries.values()) {
      pending += bot.pending;
      queued += bot.queued;
    }
    return { pending, queued };
  }

  // summary counts the bots by state, for the title.
  summary() {
    const bad = [...platformStates, "undelivered"].filter((state) =>
      state !== "connected" && state !== "disabled" && this.counts[state] > 0);
    return bad.map((state) => `${this.counts[state]} ${state}`).join(", ");
  }
}

// grown is how much a counter grew; it begins anew with each start of a relay.
const grown = (before, after) => (after >= before ? after - before : after);

function haystack(bot) {
  const identities = bot.identities.flatMap(({ platform, bot_id: id }) => [platform, id]);
  return [bot.name, ...identities, bot.node, bot.platform_state, condition(bot), bot.deliver, undelivered(bot), bot.error, bot.hint, bot.close_reason,
    bot.delivery?.error, bot.delivery?.hint]
    .filter(Boolean).join("\n").toLowerCase();
}
