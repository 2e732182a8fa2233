// Deliveries that failed for good, in a drawer: a list, or one of them with what can be done about it.

import { deadLetter, deadLetters, settleLetter } from "./api.js";
import { settle, toast } from "./announce.js";
import { confirm } from "./dialogs.js";
import { byId, element, icon, setText } from "./dom.js";
import { age, bytes, number, plural, span } from "./words.js";

const PAGE = 100;

// what can be done with a letter, and what is said before.
const settlings = {
  replay: { word: "Replay", done: "Replayed", text: "It is delivered once more, as its bot delivers now, under the id that it had. If it is taken, it is no dead letter any more." },
  discard: { word: "Discard", done: "Discarded", text: "It is thrown away and cannot be had back." },
};

export class DeadLetters {
  #dialog = byId("letters");
  #fleet;
  #count = 0;
  #letters = []; // those that are listed
  #next = ""; // where the next page begins
  #shown = null; // the letter that is looked at, null for the list
  #asked = 0; // numbers what was asked for: only the newest answer counts
  #parts = {};

  constructor(fleet, closed) {
    this.#fleet = fleet;
    this.#build();
    byId("dead").addEventListener("click", () => this.open());
    this.#dialog.addEventListener("close", () => {
      this.#asked++;
      settle();
      closed();
    });
    this.#dialog.addEventListener("click", (event) => {
      if (event.target === this.#dialog) this.#dialog.close(); // the backdrop
    });
  }

  // tell says how many there are now.
  tell(count) {
    if (count === this.#count) return;
    this.#count = count;
    setText(byId("dead-count"), number(count));
    byId("dead").dataset.some = count > 0;
    if (this.#dialog.open && !this.#shown) this.#load(Math.max(PAGE, this.#letters.length));
  }

  open() {
    this.#letters = [];
    this.#dialog.showModal();
    settle();
    this.#list();
  }

  #build() {
    const p = this.#parts;
    p.title = element("h2", { id: "letters-title", tabindex: "-1" });
    p.about = element("p", { class: "identities" });
    const close = element("button", { type: "button", class: "quiet", "aria-label": "Close" }, icon("close"));
    close.addEventListener("click", () => this.#dialog.close());
    p.body = element("div", { class: "letters" });
    this.#dialog.replaceChildren(element("header", {}, element("div", {}, p.title, p.about), close), p.body);
  }

  // show makes a view of the drawer's, and moves the focus to its heading.
  #show(title, about, ...content) {
    const p = this.#parts;
    setText(p.title, title);
    setText(p.about, about);
    p.body.replaceChildren(...content);
    this.#dialog.scrollTop = 0;
  }

  async #list(focusOn = "") {
    this.#shown = null;
    this.#show("Dead letters", "Deliveries that failed for good");
    this.#parts.title.focus();
    await this.#load(Math.max(PAGE, this.#letters.length));
    this.#parts.body.querySelector(`[data-letter="${CSS.escape(focusOn)}"]`)?.focus();
  }

  // load lists so many letters, or those behind a cursor besides.
  async #load(limit, cursor = "") {
    const page = await this.#ask(deadLetters(Math.min(1000, limit), cursor));
    if (!page || this.#shown) return;
    const active = document.activeElement?.dataset?.letter;
    this.#letters = cursor ? [...this.#letters, ...page.dead_letters] : page.dead_letters;
    this.#next = page.next ?? "";
    const kept = page.durable ? "" : ", in memory only: a state folder would keep them over a restart";
    setText(this.#parts.about, page.total > 0 ? `${plural(page.total, "delivery", "deliveries")} that failed for good, ${bytes(page.bytes)}${kept}` : "Nothing failed for good.");
    const more = element("button", { type: "button" }, "Show more");
    more.addEventListener("click", () => this.#load(PAGE, this.#next));
    this.#parts.body.replaceChildren(
      element("ul", { "aria-label": "Dead letters" }, ...this.#letters.map((letter) => this.#item(letter))),
      ...(this.#next ? [more] : []));
    if (active) this.#parts.body.querySelector(`[data-letter="${CSS.escape(active)}"]`)?.focus();
  }

  #item(letter) {
    const now = this.#fleet.now();
    const button = element("button", { type: "button", "data-letter": letter.id },
      element("strong", {}, letter.bot),
      element("small", {}, `${age(now - Date.parse(letter.last))} ago, ${plural(letter.tries, "try", "tries")}`),
      element("span", {}, letter.cause));
    button.addEventListener("click", () => this.#look(letter.id));
    return element("li", {}, button);
  }

  async #look(id) {
    const letter = await this.#ask(deadLetter(id));
    if (!letter) return;
    this.#shown = letter;
    const back = element("button", { type: "button" }, "Back");
    back.addEventListener("click", () => this.#list(id));
    const buttons = Object.keys(settlings).map((what) => {
      const button = element("button", { type: "button", "data-action": what }, settlings[what].word);
      button.addEventListener("click", () => this.#settle(what, letter, buttons));
      return button;
    });
    const now = this.#fleet.now();
    const since = (moment) => `${span(now - Date.parse(moment))} ago`;
    const facts = [["Id", letter.id], ["Kind", letter.kind], ["Tries", number(letter.tries)], ["First failed", since(letter.first)],
      ["Last failed", since(letter.last)], ["Size", bytes(letter.bytes)], ...(letter.session_key ? [["Session", letter.session_key]] : [])];
    this.#show(letter.bot, "A delivery that failed for good",
      element("div", { class: "actions", role: "group", "aria-label": "Actions" }, back, ...buttons),
      element("section", { class: "trouble", "aria-label": "Why it failed" }, element("p", { class: "error" }, letter.cause)),
      element("dl", { class: "facts" }, ...facts.map(([term, value]) => element("div", {}, element("dt", {}, term), element("dd", {}, value)))),
      element("h3", {}, "What its receiver gets"),
      element("pre", { tabindex: "0", role: "region", "aria-label": "Record" }, JSON.stringify(letter.record, null, 2)));
    this.#parts.title.focus();
  }

  async #settle(what, letter, buttons) {
    const { word, done, text } = settlings[what];
    if (buttons.some((button) => button.getAttribute("aria-disabled") === "true")) return;
    if (!await confirm({ title: `${word} this delivery of ${letter.bot}?`, text, yes: word })) return;
    for (const button of buttons) button.setAttribute("aria-disabled", "true");
    try {
      await settleLetter(letter.id, what);
      toast(`${done}: a delivery of ${letter.bot}`);
      if (this.#shown === letter) await this.#list();
    } catch (error) {
      toast([`${word}: ${error.message}`, error.hint].filter(Boolean).join(". "), "failed");
      if (this.#shown === letter) await (error.status === 404 ? this.#list() : this.#look(letter.id));
    }
  }

  // ask waits for an answer; it is null when it failed, which is told, or came after the reader went on.
  async #ask(answer) {
    const asked = ++this.#asked;
    try {
      const value = await answer;
      return asked === this.#asked ? value : null;
    } catch (error) {
      if (asked === this.#asked) {
        toast([error.message, error.hint].filter(Boolean).join(". "), "failed");
        if (error.status === 404) await this.#list();
      }
      return null;
    }
  }
}
