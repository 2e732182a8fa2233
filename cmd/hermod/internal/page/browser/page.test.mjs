// What the status page shows and does, in a real browser, over the daemon's real API, with a real connector behind it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { inState, nowhere, picture, row, World } from "./world.mjs";

const bot = (name, platform, more) => ({ name, identities: [{ platform, bot_id: `${name}-id` }], ...more });
const markup = '<img src=x onerror="document.title=`owned`"><script>document.title="owned"</script>';

let world;
before(async () => {
  world = await World.start([
    bot("support", "telegram"), bot("alerts", "discord"), bot("sales", "slack"), bot("billing", "whatsapp"),
    bot("moderation", "discord"), bot("parked", "slack", { enabled: false }),
    bot("lost", "telegram", { url: nowhere, gateway_id: "lost", timing: { backoff: "20s", max_backoff: "60s" } }),
    bot("broken", "discord", { url: nowhere, gateway_id: "broken", reconnect: false }),
    { name: "hostile", identities: [{ platform: "<svg/onload=document.title='owned'>", bot_id: markup }] },
  ]);
});
after(() => world?.stop());

const generation = async (name) => (await world.api(`bots/${name}`)).generation;

test("shows every bot with its platform, state, error and what to do", async () => {
  const page = await world.page();
  for (const name of ["support", "alerts", "sales", "billing", "moderation", "hostile"]) await inState(page, name, "connected");
  await inState(page, "lost", "retrying");
  await inState(page, "broken", "fatal");
  await inState(page, "parked", "disabled");
  assert.match(await row(page, "support").innerText(), /telegram · support-id/);
  const lost = await row(page, "lost").innerText();
  assert.match(lost, /connection refused/);
  assert.match(lost, /attempt/);
  assert.match(lost, /dials in \d+ s/);
  assert.match(lost, /check that the connector runs/);
  assert.match(await row(page, "broken").innerText(), /reconnecting is off/);
  assert.match(await page.locator("#states").innerText(), /All\s*9[^]*Connected\s*6[^]*Retrying\s*1[^]*Fatal\s*1[^]*Disabled\s*1/);
  assert.match(await page.title(), /1 retrying, 1 fatal/);
  assert.deepEqual(page.troubles, []);
});

test("counts down to the next dial", async () => {
  const page = await world.page();
  const dial = row(page, "lost").locator(".dial small");
  const left = async () => Number(/dials in (\d+) s/.exec(await dial.innerText())?.[1] ?? Number.NaN);
  const first = await left();
  await page.waitForFunction((before) => {
    const text = document.querySelector('[data-bot="lost"] .dial small')?.textContent ?? "";
    return Number(/dials in (\d+) s/.exec(text)?.[1]) < before;
  }, first);
});

test("shows traffic as it comes", async () => {
  const page = await world.page();
  await inState(page, "support", "connected");
  await row(page, "support").locator(".spark.flat").waitFor();
  const inject = () => world.dev("inbound", { gateway: "support", event: { text: "hello", source: { platform: "telegram", chat_id: "c1" } } });
  const queued = (count) => page.waitForFunction((want) => document.querySelector('[data-bot="support"] .queued span:last-child').textContent === want, String(count));
  await inject();
  await queued(1); // rates are of what comes after the first figures
  for (let i = 0; i < 20; i++) await inject();
  await queued(21);
  await row(page, "support").locator(".spark:not(.flat)").waitFor();
  assert.match(await row(page, "support").locator(".rate").innerText(), /^[\d.]+\/s$/);
  assert.notEqual(await row(page, "support").locator(".rate").innerText(), "0/s");
});

test("a revocation turns a bot disabled, calm and never red", async () => {
  const page = await world.page();
  await inState(page, "sales", "connected");
  await world.dev("revoke", { gateway: "sales" });
  await inState(page, "sales", "disabled");
  await page.locator("#live", { hasText: "sales: Disabled" }).waitFor({ state: "attached" });
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const look = await row(page, "sales").evaluate((shown) => {
      const badge = shown.querySelector(".badge");
      const colours = (of) => [getComputedStyle(of).color, getComputedStyle(of).borderTopColor, getComputedStyle(of).backgroundColor];
      return {
        colours: [badge, shown, ...shown.querySelectorAll(".problem *, .state small, strong")].flatMap(colours),
        ground: getComputedStyle(badge).backgroundColor,
        border: getComputedStyle(badge).borderTopStyle,
        icon: badge.querySelector("use").getAttribute("href"),
        text: shown.innerText,
      };
    });
    for (const colour of look.colours) assert.ok(isNeutral(colour), `${colorScheme}: ${colour} is not neutral`);
    assert.equal(look.ground, "rgba(0, 0, 0, 0)");
    assert.equal(look.border, "solid");
    assert.equal(look.icon, "#disabled");
    assert.match(look.text, /Disabled[^]*credential revoked[^]*4401/);
    await picture(page, `revoked-${colorScheme}`);
  }
});

// isNeutral: no channel stands out from the others, so that a colour reads as grey.
function isNeutral(colour) {
  const [red, green, blue] = colour.match(/[\d.]+/g).map(Number);
  return red <= Math.max(green, blue) + 12 && Math.max(red, green, blue) - Math.min(red, green, blue) < 48;
}

test("fatal is red, so that the calm of disabled means something", async () => {
  const page = await world.page();
  await inState(page, "broken", "fatal");
  assert.ok(!isNeutral(await row(page, "broken").locator(".badge").evaluate((badge) => getComputedStyle(badge).color)));
});

test("a dropped connection comes back as a new generation", async () => {
  const page = await world.page();
  await inState(page, "alerts", "connected");
  const before = await generation("alerts");
  assert.equal(await row(page, "alerts").locator(".generation span:last-child").innerText(), String(before));
  await world.dev("cut", { gateway: "alerts" });
  await page.waitForFunction((old) => Number(document.querySelector('[data-bot="alerts"] .generation span:last-child').textContent) > old, before);
  await inState(page, "alerts", "connected");
});

test("an action is done only after it was confirmed", async () => {
  const page = await world.page();
  await inState(page, "billing", "connected");
  await row(page, "billing").click();
  const details = page.locator("#details");
  await details.getByRole("heading", { name: "billing" }).waitFor();
  await details.getByRole("button", { name: "Disable" }).click();
  const confirm = page.locator("#confirm");
  await confirm.getByText("stays off until").waitFor();
  await confirm.getByRole("button", { name: "Cancel" }).click();
  await confirm.waitFor({ state: "hidden" });
  assert.equal((await world.api("bots/billing")).platform_state, "connected");

  await details.getByRole("button", { name: "Disable" }).click();
  await confirm.getByRole("button", { name: "Disable" }).click();
  const toast = page.locator(".toast", { hasText: "Disable: billing" });
  await toast.click({ trial: true }); // it is neither covered nor inert, although a dialog is open
  await details.and(page.locator('[data-state="disabled"]')).waitFor();
  assert.match(await details.innerText(), /by an operator/);
  assert.equal(await details.getByRole("button", { name: "Disable" }).getAttribute("aria-disabled"), "true");
  await picture(page, "details-disabled");

  await details.getByRole("button", { name: "Enable" }).click();
  await confirm.getByRole("button", { name: "Enable" }).click();
  await details.and(page.locator('[data-state="connected"]')).waitFor();
  assert.deepEqual(page.troubles, []);
});

test("sleep and wake", async () => {
  const page = await world.page();
  await inState(page, "moderation", "connected");
  await row(page, "moderation").click();
  const details = page.locator("#details");
  const act = async (name) => {
    await details.getByRole("button", { name }).click();
    await page.locator("#confirm").getByRole("button", { name }).click();
  };
  await act("Sleep");
  await details.getByText(/asleep for/).waitFor();
  await act("Wake");
  await details.getByText(/ready for/).waitFor();
});

test("everything works by keyboard alone, and the focus is never lost", async () => {
  const page = await world.page();
  await inState(page, "support", "connected");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the bots");
  await page.keyboard.press("Enter");
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
  await page.keyboard.press("ArrowDown");
  assert.equal(await focused(), "grid");
  const active = () => page.evaluate(() => document.getElementById(document.getElementById("grid").getAttribute("aria-activedescendant"))?.dataset.bot);
  await page.waitForFunction(() => document.getElementById("grid").hasAttribute("aria-activedescendant"));
  assert.equal(await active(), "alerts");
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.querySelector('[aria-selected="true"]')?.dataset.bot === "support");
  await page.keyboard.press("/");
  assert.equal(await focused(), "query");
  await page.keyboard.type("alerts");
  await page.locator("#shown", { hasText: "1 of 9 bots" }).waitFor();
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  const details = page.locator("#details");
  await details.getByRole("heading", { name: "alerts" }).waitFor();
  assert.equal(await focused(), "details-name");
  await tabTo(page, "Reconnect");
  const { starts } = await world.api("bots/alerts");
  await page.keyboard.press("Enter");
  assert.equal(await focused(), "Cancel");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.locator(".toast", { hasText: "Reconnect: alerts" }).waitFor();
  assert.equal(await focused(), "Reconnect");
  await page.waitForFunction(async (old) => {
    const told = await (await fetch("/v1/bots/alerts")).json();
    return told.state === "ready" && told.starts > old;
  }, starts);
  await page.keyboard.press("Escape");
  await details.waitFor({ state: "hidden" });
  assert.equal(await focused(), "grid");
  await page.waitForFunction(() => document.querySelector('[aria-selected="true"]')?.dataset.bot === "alerts");
});

async function tabTo(page, label) {
  for (let i = 0; i < 20; i++) {
    if (await page.evaluate(() => document.activeElement.textContent) === label) return;
    await page.keyboard.press("Tab");
  }
  assert.fail(`${label} is not reached by Tab`);
}

test("filters by state, platform and text, and keeps the filter in the address", async () => {
  const page = await world.page();
  await inState(page, "support", "connected");
  await page.getByRole("button", { name: /^Fatal/ }).click();
  await page.locator("#shown", { hasText: "1 of 9 bots" }).waitFor();
  await row(page, "broken").waitFor();
  await page.reload();
  await page.locator("#shown", { hasText: "1 of 9 bots" }).waitFor();
  await page.getByRole("button", { name: /^All/ }).click();
  await page.locator("#platform").selectOption("discord");
  await page.locator("#shown", { hasText: "3 of 9 bots" }).waitFor();
  await page.locator("#query").fill("no such bot");
  await page.getByRole("button", { name: "Show all bots" }).click();
  await page.locator("#shown", { hasText: /^9 bots/ }).waitFor();
  await page.getByRole("columnheader", { name: "State" }).getByRole("button").click();
  await page.waitForFunction(() => document.querySelector('[aria-rowindex="2"]')?.dataset.bot === "broken");
});

test("markup in what bots and connectors say stays text", async () => {
  const page = await world.page();
  await inState(page, "hostile", "connected");
  await world.dev("close", { gateway: "hostile", code: 4000, reason: markup.slice(0, 100) });
  await inState(page, "hostile", "retrying");
  await row(page, "hostile").getByText("<img src=x", { exact: false }).first().waitFor();
  await row(page, "hostile").click();
  await page.locator("#details").getByText("onerror", { exact: false }).first().waitFor();
  await page.locator("#details header button").click();
  await page.locator("#query").fill("<img src=x");
  await page.locator("#shown", { hasText: "1 of 9 bots" }).waitFor();
  assert.equal(await page.locator("main img, dialog img, main script").count(), 0);
  assert.notEqual(await page.title(), "owned");
  assert.deepEqual(page.troubles, []);
});

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

for (const colorScheme of ["light", "dark"]) {
  for (const [width, height] of [[1440, 900], [375, 812]]) {
    test(`axe finds nothing, ${colorScheme} at ${width} px`, async () => {
      const page = await world.page({ colorScheme, viewport: { width, height }, bypassCSP: true });
      await inState(page, "broken", "fatal");
      await page.evaluate(axe);
      await audit(page, "list");
      await picture(page, `few-${width}-${colorScheme}`);
      await row(page, "broken").click();
      await page.locator("#details").getByRole("heading", { name: "broken" }).waitFor();
      await audit(page, "details");
      await page.locator("#details").getByRole("button", { name: "Reconnect" }).click();
      await audit(page, "confirmation");
      await picture(page, `confirm-${width}-${colorScheme}`);
    });
  }
}

async function audit(page, what) {
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.html}\n${node.failureSummary}`).join("\n")}`);
  assert.deepEqual(found, [], `${what}: ${found.join("\n")}`);
}

test("the theme button overrides the system's colours and remembers", async () => {
  const page = await world.page({ colorScheme: "light" });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  const button = page.locator("#theme");
  await button.click();
  assert.equal(await ground(), light);
  await button.click();
  const dark = await ground();
  assert.notEqual(dark, light);
  await page.reload();
  assert.equal(await ground(), dark);
  assert.equal(await button.innerText(), "Colours: dark");
});
