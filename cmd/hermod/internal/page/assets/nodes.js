// The nodes of a cluster in a table, each of which filters the bots. Without a cluster there is nothing to see.

import { byId, element, setAttribute, setText } from "./dom.js";
import { number, platformStates, plural, stateWords } from "./words.js";

const words = { member: "Member", draining: "Draining", silent: "Silent" };
const columns = ["Node", "State", "Bots", "How they are", "Lacks", "Version", "Address"];

export class Nodes {
  #box = byId("nodes");
  #sum = element("summary");
  #body = element("tbody");
  #rows = new Map(); // by name
  #choose;

  constructor(choose) {
    this.#choose = choose;
    const heads = columns.map((word) => element("th", { scope: "col", title: word === "Lacks" && "Bots that the node cannot run, for want of a secret perhaps" }, word));
    this.#box.append(this.#sum, element("div", {}, element("table", {}, element("thead", {}, element("tr", {}, ...heads)), this.#body)));
  }

  // show has the table be what the daemon says.
  show({ node: self, nodes }) {
    this.#box.hidden = !nodes;
    document.body.toggleAttribute("data-cluster", Boolean(nodes));
    if (!nodes) return;
    const silent = nodes.filter(({ state }) => state === "silent").length;
    setText(this.#sum, plural(nodes.length, "node") + (silent ? `, ${silent} silent` : ""));
    const names = new Set(nodes.map(({ name }) => name));
    for (const [name, row] of this.#rows) {
      if (names.has(name)) continue;
      row.root.remove();
      this.#rows.delete(name);
    }
    nodes.forEach((node, index) => {
      const row = this.#rows.get(node.name) ?? this.#make(node.name);
      if (this.#body.children[index] !== row.root) this.#body.insertBefore(row.root, this.#body.children[index] ?? null);
      fill(row, node, node.name === self);
    });
  }

  // chosen marks the node that the bots are filtered by.
  chosen(name) {
    for (const [node, { button }] of this.#rows) setAttribute(button, "aria-pressed", String(node === name));
  }

  #make(name) {
    const button = element("button", { type: "button", "aria-pressed": "false" }, name);
    button.addEventListener("click", () => this.#choose(button.getAttribute("aria-pressed") === "true" ? "" : name));
    const cells = columns.slice(1).map(() => element("td"));
    const here = element("small");
    const row = { button, here, cells, root: element("tr", {}, element("th", { scope: "row" }, button, here), ...cells) };
    this.#rows.set(name, row);
    return row;
  }
}

function fill({ here, cells, root }, node, isHere) {
  setText(here, isHere ? "this one" : "");
  setAttribute(root, "data-state", node.state);
  const states = platformStates.filter((state) => node.states?.[state]).map((state) => `${number(node.states[state])} ${stateWords[state].toLowerCase()}`);
  [words[node.state], number(node.bots), states.join(", "), number(node.lacks), node.version, node.address]
    .forEach((text, i) => setText(cells[i], text));
}
