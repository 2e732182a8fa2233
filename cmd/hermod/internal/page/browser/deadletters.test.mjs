// Dead letters: the list, one in full, replay and discard.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { inState, picture, World } from "./world.mjs";

const markup = '<img src=x onerror="document.title=`owned`"><script>document.title="owned"</script>';
const signing = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

let world;
let receiver;
let takes = false; // what the receiver answers
const took = [];
const welcome = "an event that is always taken"; // between those that are not, so that the receiver does not count as down

before(async () => {
  receiver = createServer(async (request, answer) => {
    if (takes) took.push(request.headers["webhook-id"]);
    let body = "";
    for await (const piece of request) body += piece;
    answer.writeHead(takes || body.includes(welcome) ? 204 : 422).end();
  });
  await new Promise((listens) => receiver.listen(0, "127.0.0.1", listens));
  const webhook = { url: `http://127.0.0.1:${receiver.address().port}/`, retry_for: "1ns", secret: { env: "SIGNING" } };
  world = await World.start(["support", "alerts"].map((name) => ({ name, identities: [{ platform: "telegram", bot_id: "42" }] })),
    { env: { SIGNING: signing }, defaults: { limits: { tries: 1 }, deliver: { webhook } } });
});
after(async () => {
  await world?.stop();
  receiver.closeAllConnections();
  receiver.close();
});

const total = async () => (await world.api("dead-letters")).total;

// fail makes dead letters of a bot, one after the other, and returns when so many are kept.
async function fail(gateway, texts) {
  const want = await total() + texts.length;
  for (const text of texts.flatMap((text) => [text, `${welcome}: ${text}`])) {
    await world.dev("inbound", { gateway, event: { text, message_id: `${gateway} ${text}`, source: { platform: "telegram", chat_id: "c1" } } });
  }
  while (await total() < want);
}

const drawer = (page) => page.locator("#letters");
const count = (page, wanted) => page.locator("#dead-count").filter({ hasText: new RegExp(`^${wanted}$`) }).waitFor();

test("says how many there are, lists them and shows one in full", async () => {
  const page = await world.page();
  await inState(page, "support", "connected");
  await count(page, 0);
  await page.locator("#dead").click();
  await drawer(page).getByText("Nothing failed for good.").waitFor();
  await picture(page, "dead-none");
  await fail("support", ["first", "second"]); // the list follows
  await drawer(page).locator("li").nth(1).waitFor();
  await count(page, 2);
  assert.match(await drawer(page).innerText(), /2 deliveries that failed for good[^]*in memory only[^]*support[^]*1 try[^]*422/);
  await drawer(page).locator("li button").first().click();
  await drawer(page).getByRole("heading", { name: "support" }).waitFor();
  const shown = await drawer(page).innerText();
  assert.match(shown, /"text": "second"/);
  assert.match(shown, /evt_[0-9a-f]{32}/);
  assert.deepEqual(page.troubles, []);
});

test("replays one when that was confirmed, and says why it was not taken", async () => {
  await fail("alerts", ["replayed"]);
  const page = await world.page();
  const before = await total();
  await count(page, before);
  await page.locator("#dead").click();
  await drawer(page).locator("li button").first().click();
  const { id } = (await world.api("dead-letters")).dead_letters[0];
  const replay = async (answer) => {
    await drawer(page).getByRole("button", { name: "Replay" }).click();
    await page.locator("#confirm").getByRole("button", { name: answer }).click();
  };
  await replay("Cancel");
  assert.equal((await world.api(`dead-letters/${id}`)).tries, 1);
  await replay("Replay");
  const toast = page.locator(".toast", { hasText: "422" });
  await toast.click({ trial: true }); // it is neither covered nor inert, although a dialog is open
  await drawer(page).locator(".facts", { hasText: /Tries\s*2/ }).waitFor();
  takes = true;
  await replay("Replay");
  await page.locator(".toast", { hasText: "Replayed: a delivery of alerts" }).waitFor();
  await drawer(page).getByRole("heading", { name: "Dead letters" }).waitFor();
  takes = false;
  assert.deepEqual(took, [id]);
  await count(page, before - 1);
});

test("discards one when that was confirmed, by keyboard alone", async () => {
  const before = await total();
  const page = await world.page();
  await count(page, before);
  await page.locator("#dead").focus();
  await page.keyboard.press("Enter");
  await drawer(page).locator("li").first().waitFor();
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
  assert.equal(await focused(), "letters-title");
  await page.keyboard.press("Tab"); // close
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await drawer(page).getByRole("button", { name: "Discard" }).waitFor();
  assert.equal(await focused(), "letters-title");
  for (let i = 0; i < 4; i++) await page.keyboard.press("Tab"); // close, back, replay
  assert.equal(await focused(), "Discard");
  await page.keyboard.press("Enter");
  assert.equal(await focused(), "Cancel");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.locator(".toast", { hasText: "Discarded" }).waitFor();
  await count(page, before - 1);
  assert.equal(await focused(), "letters-title");
  await page.keyboard.press("Escape");
  await drawer(page).waitFor({ state: "hidden" });
  assert.equal(await focused(), "dead");
  assert.deepEqual(page.troubles, []);
});

test("back leads to the letter that was looked at", async () => {
  await fail("alerts", ["one", "two", "three"]);
  const page = await world.page();
  await page.locator("#dead").click();
  const second = drawer(page).locator("li button").nth(1);
  const id = await second.getAttribute("data-letter");
  await second.click();
  await drawer(page).getByRole("button", { name: "Back" }).click();
  await page.waitForFunction((want) => document.activeElement.dataset.letter === want, id);
});

test("markup in a dead letter stays text", async () => {
  await fail("support", [markup]);
  const page = await world.page();
  await page.locator("#dead").click();
  await drawer(page).locator("li button").first().click();
  await drawer(page).getByText("onerror", { exact: false }).first().waitFor();
  assert.equal(await page.locator("main img, dialog img, main script, dialog script").count(), 0);
  assert.notEqual(await page.title(), "owned");
  assert.deepEqual(page.troubles, []);
});

test("shows many in pages", async () => {
  await fail("support", Array.from({ length: 120 }, (_, i) => `event ${i}`));
  const page = await world.page();
  await page.locator("#dead").click();
  await drawer(page).locator("li").nth(99).waitFor();
  assert.equal(await drawer(page).locator("li").count(), 100);
  await drawer(page).getByRole("button", { name: "Show more" }).click();
  await drawer(page).locator("li").nth(119).waitFor();
  assert.equal(await drawer(page).locator("li").count(), await total());
});

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

for (const colorScheme of ["light", "dark"]) {
  for (const [width, height] of [[1440, 900], [375, 812]]) {
    test(`axe finds nothing among dead letters, ${colorScheme} at ${width} px`, async () => {
      const page = await world.page({ colorScheme, viewport: { width, height }, bypassCSP: true });
      await inState(page, "support", "connected");
      await page.evaluate(axe);
      await picture(page, `dead-closed-${width}-${colorScheme}`);
      await page.locator("#dead").click();
      await drawer(page).locator("li").first().waitFor();
      await audit(page, "list");
      await picture(page, `dead-list-${width}-${colorScheme}`);
      await drawer(page).locator("li button").first().click();
      await drawer(page).getByRole("button", { name: "Discard" }).waitFor();
      await audit(page, "letter");
      await picture(page, `dead-letter-${width}-${colorScheme}`);
      await drawer(page).getByRole("button", { name: "Discard" }).click();
      await audit(page, "confirmation");
      await picture(page, `dead-discard-${width}-${colorScheme}`);
    });
  }
}

async function audit(page, what) {
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.html}\n${node.failureSummary}`).join("\n")}`);
  assert.deepEqual(found, [], `${what}: ${found.join("\n")}`);
}
