// The page: the stream fills the fleet, the filters choose of it, the list shows it.

import { follow } from "./api.js";
import { changed, say } from "./announce.js";
import { DeadLetters } from "./deadletters.js";
import { Details } from "./details.js";
import { unlock } from "./dialogs.js";
import { byId, element, icon, setAttribute, setText } from "./dom.js";
import { Fleet, sorts } from "./fleet.js";
import { List } from "./list.js";
import { Nodes } from "./nodes.js";
import { filters, number, plural, rate, span } from "./words.js";

const RESORT = 250; // how often, at most, the list follows what happens, in milliseconds
const fleet = new Fleet();
const filter = { query: "", state: "", platform: "", node: "", sort: "name", reverse: false, ...Object.fromEntries(new URLSearchParams(location.hash.slice(1))) };
if (!(filter.sort in sorts)) filter.sort = "name";
filter.reverse = String(filter.reverse) === "true";

const details = new Details(fleet, () => byId("grid").focus());
const letters = new DeadLetters(fleet, () => byId("dead").focus());
const nodes = new Nodes((node) => choose({ node }));
const list = new List(byId("grid"), byId("rows"), fleet, (name) => details.open(name));

// --- filters

const chips = new Map([["", "All"], ...Object.entries(filters)].map(([state, word]) => {
  const count = element("span", { class: "count" });
  const chip = element("button", { type: "button", class: "chip", "data-state": state || "all" }, ...(state ? [icon(state)] : []), element("span", { class: "word" }, word), count);
  chip.addEventListener("click", () => choose({ state: filter.state === state ? "" : state }));
  byId("states").append(chip);
  return [state, { chip, count }];
}));

const columns = [["name", "Bot"], ["state", "State"], ["node", "Node"], ["traffic", "Traffic"], ["pending", "Pending"], ["queued", "Queued"],
  ["dial", "Attempts, next dial"], ["generation", "Gen."], ["", "Last error and what to do"]].map(([sort, word]) => {
  const head = element("div", { role: "columnheader", class: `cell ${sort || "problem"}` });
  if (!sort) head.append(word);
  else {
    const button = element("button", { type: "button", tabindex: "0" }, word, icon("up"));
    button.addEventListener("click", () => choose({ sort, reverse: filter.sort === sort && !filter.reverse }));
    head.append(button);
  }
  byId("columns").append(head);
  return [sort, head];
});

for (const [name, { word }] of Object.entries(sorts)) byId("sort").append(element("option", { value: name }, `By ${word.toLowerCase()}`));

byId("query").addEventListener("input", (event) => choose({ query: event.target.value }));
byId("platform").addEventListener("change", (event) => choose({ platform: event.target.value }));
byId("node").addEventListener("change", (event) => choose({ node: event.target.value }));
byId("sort").addEventListener("change", (event) => choose({ sort: event.target.value, reverse: false }));
byId("grid").addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target !== byId("grid")) return;
  event.preventDefault();
  byId("query").focus();
});
byId("query").addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" || event.key === "Enter") {
    event.preventDefault();
    byId("grid").focus();
  }
});

// choose changes the filter; the address keeps it, to be shared or reloaded.
function choose(change) {
  Object.assign(filter, change);
  const kept = Object.entries(filter).filter(([name, value]) => value && !(name === "sort" && value === "name"));
  history.replaceState(null, "", kept.length > 0 ? `#${new URLSearchParams(kept)}` : location.pathname);
  list.top();
  select();
  if (fleet.synced) say(byId("shown").textContent);
}

function showFilter() {
  if (byId("query").value !== filter.query) byId("query").value = filter.query;
  byId("sort").value = filter.sort;
  for (const platform of [...fleet.platforms].sort()) {
    if (![...byId("platform").options].some((option) => option.value === platform)) byId("platform").append(element("option", { value: platform }, platform));
  }
  byId("platform").value = filter.platform;
  byId("node").value = filter.node;
  nodes.chosen(filter.node);
  for (const [state, { chip, count }] of chips) {
    setAttribute(chip, "aria-pressed", String(filter.state === state));
    if (state === "unknown") chip.hidden = !fleet.counts.unknown && filter.state !== state;
    setText(count, number(state ? fleet.counts[state] : fleet.entries.size));
  }
  for (const [sort, head] of columns) {
    if (sort) setAttribute(head, "aria-sort", sort !== filter.sort ? "none" : filter.reverse ? "descending" : "ascending");
  }
}

// --- what is shown

let selecting = 0;

// reselect follows what happened to the bots, soon.
function reselect() {
  selecting ||= setTimeout(select, RESORT);
}

function select() {
  clearTimeout(selecting);
  selecting = 0;
  const chosen = fleet.select(filter);
  showFilter();
  list.show(chosen);
  setText(byId("shown"), chosen.length === fleet.entries.size ? plural(chosen.length, "bot") : `${number(chosen.length)} of ${plural(fleet.entries.size, "bot")}`);
  showEmpty(chosen.length === 0);
  const summary = fleet.summary();
  document.title = summary ? `Hermod: ${summary}` : "Hermod";
}

function showEmpty(empty) {
  const box = byId("empty");
  box.hidden = !empty || !fleet.synced;
  if (box.hidden) return;
  if (fleet.entries.size === 0) {
    setText(box, fleet.daemon.nodes ? "No bots yet. 'hermod cluster apply' brings the cluster some." : "No bots yet. Add one to the configuration file; the daemon sees it by itself.");
  } else if (!box.querySelector("button")) {
    const all = element("button", { type: "button" }, "Show all bots");
    all.addEventListener("click", () => {
      choose({ query: "", state: "", platform: "", node: "" });
      byId("grid").focus();
    });
    box.replaceChildren("No bot matches. ", all);
  }
}

function showTotals() {
  const { pending, queued } = fleet.load();
  const { tick } = fleet;
  const [incoming, outgoing] = fleet.totals.recent(tick);
  fleet.totals.draw(byId("total-spark"), tick, 120, 28);
  setText(byId("total-rate"), rate(incoming + outgoing));
  setText(byId("total-pending"), number(pending));
  setText(byId("total-queued"), number(queued));
}

function showDaemon() {
  const { version, config_error: mistake, stopping, dead_letters: dead } = fleet.daemon;
  letters.tell(dead ?? 0);
  setText(byId("version"), version ? `Hermod ${version}` : "");
  showNodes();
  byId("banner").hidden = !mistake && !stopping;
  setText(byId("banner"), stopping ? "The daemon is ending: its bots drain." : mistake ? `The last reload changed nothing. ${mistake}` : "");
}

// Dead letters stay the node's own, so their button names it.
function showNodes() {
  const { node, nodes: all } = fleet.daemon;
  nodes.show(fleet.daemon);
  const names = (all ?? []).map(({ name }) => name);
  const options = [...byId("node").options].slice(1);
  byId("node").hidden = !all;
  for (const option of options) if (!names.includes(option.value) && option.value !== filter.node) option.remove();
  for (const name of [...names, filter.node]) {
    if (name && ![...byId("node").options].some(({ value }) => value === name)) byId("node").append(element("option", { value: name }, name));
  }
  byId("sort").querySelector('[value="node"]').hidden = !all;
  byId("dead").title = node ? `Those that ${node} keeps; other nodes keep their own` : "";
  reselect();
}

// --- live

const handlers = {
  event(event, data) {
    const left = fleet.take(event, data);
    if (left) changed(data);
    if (event === "figures") {
      if (sorts[filter.sort].moves) reselect();
      list.draw();
    } else if (event === "daemon") showDaemon();
    else reselect();
    details.draw();
  },
  link(state, wait, error) {
    document.body.dataset.link = state;
    setAttribute(byId("link"), "data-link", state);
    setText(byId("link-text"), { live: "Live", locked: "Locked" }[state] ?? `Lost, next try in ${span(wait)}`);
    byId("link").title = error?.message ?? "";
    if (state === "live") {
      fleet.restart();
      locked = false;
    }
  },
  async unlock(error) {
    await unlock(locked && error);
    locked = true;
  },
};
let locked = false; // whether a token was refused

select();
setInterval(() => {
  showTotals();
  list.draw();
  details.draw();
}, 1000);
follow(handlers);
