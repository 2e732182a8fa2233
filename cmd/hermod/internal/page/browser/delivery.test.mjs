// What the page shows of bots that are connected and do not deliver, with real receivers that fail.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { inState, picture, row, World } from "./world.mjs";

const answers = { "/good": [204], "/down": [502], "/paused": [429, { "Retry-After": "3600" }], "/gone": [410] };
const receiver = createServer((request, response) => {
  request.resume();
  response.writeHead(...answers[request.url]).end();
});

let world;
before(async () => {
  await new Promise((listening) => receiver.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${receiver.address().port}`;
  const hooked = (name) => ({
    name, identities: [{ platform: "telegram", bot_id: `${name}-id` }], deliver: { webhook: { url: `${url}/${name}`, secret: { env: "SIGNING" } } },
  });
  world = await World.start([hooked("good"), hooked("down"), hooked("paused"), hooked("gone"),
    { name: "unread", identities: [{ platform: "discord", bot_id: "unread-id" }] }],
  { env: { SIGNING: "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" } });
});
after(async () => {
  await world?.stop();
  receiver.closeAllConnections();
  receiver.close();
});

const inject = (gateway, chat) => world.dev("inbound", { gateway, event: { text: "hello", source: { platform: "telegram", chat_id: chat } } });
const delivery = (page, name) => row(page, name).locator('.delivery');
const undelivered = (page, count) => page.locator('.chip[data-state="undelivered"] .count', { hasText: new RegExp(`^${count}$`) }).waitFor();

test("shows which bots do not deliver, why and since when, though they are connected", async () => {
  const page = await world.page();
  for (const name of ["good", "down", "paused", "gone", "unread"]) await inState(page, name, "connected");
  await undelivered(page, 0);
  for (let chat = 0; chat < 8; chat++) await inject("down", `c${chat}`);
  for (const name of ["good", "paused", "gone", "unread"]) await inject(name, "c");
  await delivery(page, "down").getByText("receiver down").waitFor();
  await delivery(page, "paused").getByText("receiver pauses").waitFor();
  await delivery(page, "unread").getByText("nobody reads").waitFor();
  await undelivered(page, 4);
  assert.match(await row(page, "down").innerText(), /Connected[^]*receiver down[^]*Receiver down: the receiver answered 502/);
  assert.match(await row(page, "gone").innerText(), /receiver gone/);
  assert.equal(await delivery(page, "good").count(), 1);
  assert.equal(await delivery(page, "good").isVisible(), false);
  assert.match(await page.title(), /4 undelivered/);
  await page.locator("#live", { hasText: /receiver down|nobody reads|more bot/ }).waitFor({ state: "attached" });

  await page.getByRole("button", { name: /^Undelivered/ }).click();
  await page.locator("#shown", { hasText: "4 of 5 bots" }).waitFor();
  await page.getByRole("button", { name: /^All/ }).click();
  await page.locator("#query").fill("nobody reads");
  await page.locator("#shown", { hasText: "1 of 5 bots" }).waitFor();
  await page.locator("#query").fill("");

  await row(page, "down").click();
  const details = page.locator("#details");
  await details.getByText(/waits for \d+/).waitFor();
  const told = await details.innerText();
  assert.match(told, /see that it runs/);
  assert.match(told, /webhook, receiver down for \d+ (s|m)/);
  assert.match(told, /Failed in a row[^]*\d/);
  assert.match(told, /Next try[^]*(in \d+ s|as it comes)/);
  assert.deepEqual(page.troubles, []);
});

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

for (const colorScheme of ["light", "dark"]) {
  for (const [width, height] of [[1440, 900], [375, 812]]) {
    test(`axe finds nothing in deliveries, ${colorScheme} at ${width} px`, async () => {
      const page = await world.page({ colorScheme, viewport: { width, height }, bypassCSP: true });
      await delivery(page, "down").waitFor();
      await page.evaluate(axe);
      await audit(page, "list");
      await picture(page, `delivery-${width}-${colorScheme}`);
      await row(page, "down").click();
      await page.locator("#details").getByText(/waits for \d+/).waitFor();
      await audit(page, "details");
      await picture(page, `delivery-details-${width}-${colorScheme}`);
    });
  }
}

async function audit(page, what) {
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  assert.deepEqual(violations.map(({ id, nodes }) => `${what}: ${id}: ${nodes[0].html}\n${nodes[0].failureSummary}`), []);
}

test("a receiver that works again, and a reader, end it", async () => {
  const page = await world.page();
  await undelivered(page, 4);
  answers["/down"] = [204];
  const stream = await fetch(`${world.url}v1/bots/unread/events`);
  await delivery(page, "down").waitFor({ state: "hidden" });
  await delivery(page, "unread").waitFor({ state: "hidden" });
  await undelivered(page, 2);
  await stream.body.cancel();
});
