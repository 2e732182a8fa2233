// The virtualised grid: of thousands of bots, only those in view have a row. The focus stays on the grid, and
// aria-activedescendant names the active row, so that no update and no scrolling can lose it.

import { setAttribute } from "./dom.js";
import { Row } from "./row.js";

const OVERSCAN = 6;

export class List {
  active = ""; // name of the active bot

  #grid;
  #rows;
  #fleet;
  #entries = [];
  #positions = new Map(); // by name
  #shown = new Map(); // rows by name
  #spare = [];
  #made = 0;
  #height = 0; // of a row
  #drawing = 0;

  constructor(grid, rows, fleet, open) {
    this.#grid = grid;
    this.#rows = rows;
    this.#fleet = fleet;
    grid.addEventListener("scroll", () => this.draw(), { passive: true });
    grid.addEventListener("keydown", (event) => this.#key(event, open));
    grid.addEventListener("focus", () => this.draw());
    rows.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      if (!row || String(getSelection())) return;
      this.active = row.dataset.bot;
      this.draw();
      open(this.active);
    });
    new ResizeObserver(() => this.#measure()).observe(grid);
    this.#measure();
  }

  // show has the list hold these entries.
  show(entries) {
    this.#entries = entries;
    this.#positions = new Map(entries.map((entry, index) => [entry.bot.name, index]));
    this.#rows.style.height = `${entries.length * this.#height}px`;
    setAttribute(this.#grid, "aria-rowcount", String(entries.length + 1));
    this.draw();
  }

  // draw brings what is in view up to date, once before the next frame.
  draw() {
    this.#drawing ||= requestAnimationFrame(() => {
      this.#drawing = 0;
      this.#draw();
    });
  }

  top() { this.#grid.scrollTop = 0; }

  #measure() {
    this.#height = Number.parseFloat(getComputedStyle(this.#grid).getPropertyValue("--row"));
    for (const row of this.#shown.values()) row.index = -1;
    this.show(this.#entries);
  }

  // inView is the range of positions that have rows.
  #inView() {
    const first = Math.floor(this.#grid.scrollTop / this.#height);
    const count = Math.ceil(this.#grid.clientHeight / this.#height);
    return [Math.max(0, first - OVERSCAN), Math.min(this.#entries.length, first + count + OVERSCAN)];
  }

  #draw() {
    const [from, to] = this.#inView();
    const wanted = new Map();
    for (let i = from; i < to; i++) wanted.set(this.#entries[i].bot.name, i);
    const active = this.#positions.get(this.active);
    if (active !== undefined) wanted.set(this.active, active);
    for (const [name, row] of this.#shown) {
      if (wanted.has(name)) continue;
      this.#shown.delete(name);
      this.#spare.push(row);
    }
    for (const [name, index] of wanted) this.#place(name, index);
    this.#drop();
    if (active === undefined) this.#grid.removeAttribute("aria-activedescendant");
    else setAttribute(this.#grid, "aria-activedescendant", this.#shown.get(this.active).root.id);
  }

  #place(name, index) {
    let row = this.#shown.get(name);
    if (!row) {
      row = this.#spare.pop() ?? this.#make();
      row.root.dataset.bot = name;
      row.root.hidden = false;
      this.#shown.set(name, row);
    }
    if (row.index !== index) {
      row.index = index;
      row.root.style.transform = `translateY(${index * this.#height}px)`;
    }
    row.fill(this.#entries[index], index, this.#fleet);
    setAttribute(row.root, "aria-selected", String(name === this.active));
  }

  #make() {
    const row = new Row();
    row.root.id = `row-${++this.#made}`;
    this.#rows.append(row.root);
    return row;
  }

  // drop hides rows that nobody needs now; they are filled again by the next scrolling.
  #drop() {
    for (const row of this.#spare) row.root.hidden = true;
    while (this.#spare.length > 40) this.#spare.pop().root.remove();
  }

  #key(event, open) {
    if (event.target !== this.#grid || event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(this.#grid.clientHeight / this.#height) - 2);
    const here = this.#positions.get(this.active) ?? -1;
    const last = this.#entries.length - 1;
    const moves = { ArrowDown: here + 1, ArrowUp: here - 1, PageDown: here + page, PageUp: here - page, Home: 0, End: last };
    if (event.key in moves && last >= 0) this.#move(Math.min(last, Math.max(0, moves[event.key])));
    else if ((event.key === "Enter" || event.key === " ") && here >= 0) open(this.active);
    else return;
    event.preventDefault();
  }

  #move(index) {
    this.active = this.#entries[index].bot.name;
    const head = this.#rows.previousElementSibling.offsetHeight;
    const top = index * this.#height;
    const bottom = top + this.#height + head;
    if (this.#grid.scrollTop > top) this.#grid.scrollTop = top;
    else if (this.#grid.scrollTop + this.#grid.clientHeight < bottom) this.#grid.scrollTop = bottom - this.#grid.clientHeight;
    this.draw();
  }
}
