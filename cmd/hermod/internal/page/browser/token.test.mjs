// A daemon that asks for a token, and one that goes away.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inState, picture, row, World } from "./world.mjs";

const bots = [{ name: "support", identities: [{ platform: "telegram", bot_id: "42" }] }];

test("asks for the token, refuses a wrong one, and keeps a right one for the tab only", async () => {
  const token = "token-of-the-page-tests-0123456789";
  const world = await World.start(bots, { http: { token: { env: "PAGE_TOKEN" }, auth: "required" }, env: { PAGE_TOKEN: token } });
  try {
    const page = await world.page();
    const dialog = page.locator("#token");
    await dialog.getByText("asks for its token").waitFor();
    await picture(page, "token");
    await dialog.getByLabel("Bearer token").fill("wrong");
    await page.keyboard.press("Enter");
    await dialog.getByText("does not accept").waitFor();
    await dialog.getByLabel("Bearer token").fill(token);
    await page.keyboard.press("Enter");
    await inState(page, "support", "connected");
    assert.ok(!page.url().includes(token));
    assert.equal(await page.evaluate((secret) => JSON.stringify(localStorage).includes(secret), token), false);
    await page.reload();
    await inState(page, "support", "connected");
    const other = await world.page();
    await other.locator("#token").getByText("asks for its token").waitFor();
  } finally {
    await world.stop();
  }
});

test("says that a token lacks the role that the page needs, and takes another one", async () => {
  const tokens = [{ name: "scraper", token: { env: "SCRAPER_TOKEN" }, roles: ["metrics"] }, { name: "desk", token: { env: "DESK_TOKEN" }, roles: ["read"] }];
  const env = { SCRAPER_TOKEN: "scraper-token-0123456789", DESK_TOKEN: "desk-token-0123456789" };
  const world = await World.start(bots, { http: { tokens }, env });
  try {
    const page = await world.page();
    const dialog = page.locator("#token");
    await dialog.getByLabel("Bearer token").fill(env.SCRAPER_TOKEN);
    await page.keyboard.press("Enter");
    await dialog.getByText("does not have the role read").waitFor();
    await picture(page, "token-role");
    await dialog.getByLabel("Bearer token").fill(env.DESK_TOKEN);
    await page.keyboard.press("Enter");
    await inState(page, "support", "connected");
    await row(page, "support").click();
    await page.getByRole("button", { name: "Disable", exact: true }).click();
    await page.locator("#confirm").getByRole("button", { name: "Disable", exact: true }).click();
    await page.getByText("does not have the role steer").first().waitFor();
    await picture(page, "token-steer");
  } finally {
    await world.stop();
  }
});

test("says that the connection is lost, keeps what it knew, and comes back by itself", async () => {
  const world = await World.start(bots);
  try {
    const page = await world.page();
    await inState(page, "support", "connected");
    await world.restart(() => page.locator("#link", { hasText: "Lost" }).waitFor().then(() => row(page, "support").waitFor()));
    await page.locator("#link", { hasText: "Live" }).waitFor();
    await inState(page, "support", "connected");
  } finally {
    await world.stop();
  }
});
