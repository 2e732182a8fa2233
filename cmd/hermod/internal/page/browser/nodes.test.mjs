// What the status page shows of a cluster, in a real browser. The stream of events is given, so no cluster is needed.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { picture, row, World } from "./world.mjs";

const counters = Object.fromEntries(["requests", "resolved", "handled", "retried", "dead_lettered", "abandoned", "duplicates", "malformed",
  "frames_in", "frames_out", "bytes_in", "bytes_out"].map((name) => [name, 0]));
const bot = (name, more) => ({
  name, identities: [{ platform: "slack", bot_id: name }], deliver: "stream", state: "ready", platform_state: "connected", since: new Date().toISOString(),
  attempt: 0, generation: 1, handshakes: 1, starts: 1, pending: 0, queued: 0, queued_bytes: 0, held: false, asleep: false, clock_skew: 0,
  delivery: { state: "delivering", failures: 0 }, counters, ...more,
});
const daemon = { version: "1.0", ready: true, stopping: false, config_error: "", bots: {}, dead_letters: 0, state_kept: true };
const node = (name, more) => ({ name, address: `${name}:7070`, version: "1.0", state: "member", bots: 1, lacks: 0, states: { connected: 1 }, ...more });
const cluster = { ...daemon, node: "gw-a", nodes: [node("gw-a"), node("gw-b", { state: "silent", states: undefined }), node("gw-c", { state: "draining", lacks: 2 })] };
const fleet = [
  bot("one", { node: "gw-a", epoch: 7 }),
  bot("two", { node: "gw-b", state: "unknown", platform_state: "unknown", since: undefined, error: "node gw-b does not answer" }),
  bot("three", { state: "unassigned", platform_state: "retrying", since: undefined, error: "no node runs the bot" }),
];

let world;
before(async () => { world = await World.start([bot("served", {})].map(({ name, identities }) => ({ name, identities }))); });
after(() => world?.stop());

// open shows the page with a stream that tells this.
async function open(told, options, path) {
  const page = await world.page(options, path);
  const event = (name, data) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
  const body = event("daemon", told) + fleet.map((one) => event("status", one)).join("") + event("synced", {});
  await page.route("**/v1/events", (route) => route.fulfill({ contentType: "text/event-stream", body }));
  await page.reload();
  await row(page, "two").waitFor();
  return page;
}

test("shows the nodes of a cluster, and that of each bot", async () => {
  const page = await open(cluster);
  const table = (await page.locator("#nodes").innerText()).replaceAll(/\s+/g, " ");
  for (const part of ["3 nodes, 1 silent", "gw-a this one Member 1 1 connected 0 1.0 gw-a:7070", "gw-b Silent 1 0", "gw-c Draining 1 1 connected 2"]) {
    assert.ok(table.includes(part), `${part} is not in ${table}`);
  }
  assert.match(await row(page, "one").innerText(), /gw-a/);
  assert.match(await row(page, "two").innerText(), /Unknown\s+its node is silent\s+gw-b[^]*node gw-b does not answer/);
  assert.match(await row(page, "three").innerText(), /Retrying\s+no node has it\s+—[^]*no node runs the bot/);
  assert.match(await page.locator("#states").innerText(), /Unknown\s*1/);
  assert.match(await page.title(), /1 retrying, 1 unknown/);
  assert.doesNotMatch(await page.locator("body").innerText(), /NaN|undefined/);
  await picture(page, "nodes");
});

test("a node filters the bots, and the address keeps it", async () => {
  const page = await open(cluster);
  await page.locator("#nodes button", { hasText: "gw-b" }).click();
  await page.locator("#shown", { hasText: "1 of 3 bots" }).waitFor();
  assert.equal(await page.locator("#node").inputValue(), "gw-b");
  assert.match(page.url(), /node=gw-b/);
  await page.locator("#nodes button", { hasText: "gw-b" }).click();
  await page.locator("#shown", { hasText: /^3 bots$/ }).waitFor();
  await page.locator("#node").selectOption("gw-a");
  await page.locator("#shown", { hasText: "1 of 3 bots" }).waitFor();
});

test("sorts by node, and shows node and epoch of one bot", async () => {
  const page = await open(cluster);
  await page.locator(".head .node button").click();
  await page.locator('.head .node[aria-sort="ascending"]').waitFor();
  await row(page, "one").click();
  const facts = (await page.locator("#details").innerText()).replaceAll(/\s+/g, " ");
  assert.match(facts, /Node gw-a Epoch 7/);
});

test("in a narrow window each bot says where it is", async () => {
  const page = await open(cluster, { viewport: { width: 390, height: 844 } });
  assert.match(await row(page, "one").innerText(), /on gw-a/);
  assert.match(await row(page, "three").innerText(), /on no node/);
  await picture(page, "nodes-narrow");
});

test("without a cluster nothing tells of nodes", async () => {
  const page = await open(daemon);
  const text = await page.locator("body").innerText();
  assert.doesNotMatch(text, /Node|gw-a/);
  for (const hidden of ["#nodes", "#node", ".head .node", '[data-bot="one"] .at']) assert.equal(await page.locator(hidden).isVisible(), false, hidden);
});
