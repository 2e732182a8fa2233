// A connector, a daemon and a browser, all real. HERMOD names the program to test.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

export const PATIENCE = 60_000;
const SECRET = "secret-of-the-page-tests-0123456789";
const program = process.env.HERMOD ?? "hermod";
const screenshots = new URL("screenshots/", import.meta.url).pathname;

const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync"];

// start runs the program and returns it with the address it listens on.
async function start(args, env = {}) {
  const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const log = [];
  createInterface({ input: child.stderr }).on("line", (line) => log.push(line) > 200 && log.shift());
  const failed = once(child, "exit").then(([code]) => Promise.reject(new Error(`hermod ${args[0]} exited with ${code}:\n${log.join("\n")}`)));
  failed.catch(() => {});
  const lines = createInterface({ input: child.stdout });
  const [first] = await Promise.race([once(lines, "line"), failed]);
  return { child, log, address: JSON.parse(first).listening };
}

async function stop({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  child.kill("SIGTERM"); // drain no further than now
  await gone;
}

// World is everything that a test needs. Bots are given as the configuration has them; those without a URL are gateways
// of the connector.
export class World {
  #running = [];

  static async start(bots, { http = {}, env = {}, defaults = {} } = {}) {
    const world = new World();
    world.folder = await mkdtemp(join(tmpdir(), "hermod-page-"));
    await mkdir(screenshots, { recursive: true });
    const secret = join(world.folder, "secret");
    await writeFile(secret, SECRET, { mode: 0o600 });
    const gateways = bots.flatMap((bot) => (bot.url ? [] : ["--gateway", `${bot.name}=${secret}`]));
    world.connector = await start(["connector", "--dev", "--listen", "127.0.0.1:0", "--data", join(world.folder, "data"), ...gateways]);
    world.#running.push(world.connector);
    world.config = join(world.folder, "hermod.yaml");
    await writeFile(world.config, JSON.stringify({
      http: { listen: "127.0.0.1:0", ...http },
      defaults: { url: `ws://${world.connector.address}`, secret: { file: "secret" }, deliver: { stream: {} }, ...defaults },
      bots: bots.map((bot) => (bot.url ? bot : { gateway_id: bot.name, ...bot })),
    }));
    world.env = env;
    await world.#run();
    world.browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });
    return world;
  }

  // run starts the daemon; once it has had an address, it gets the same again.
  async #run() {
    const listen = this.daemon ? { HERMOD_HTTP_LISTEN: this.daemon.address } : {};
    this.daemon = await start(["run", "--config", this.config], { ...this.env, ...listen });
    this.#running.push(this.daemon);
    this.url = `http://${this.daemon.address}/`;
  }

  // restart stops the daemon and starts it again after what happens meanwhile.
  async restart(meanwhile) {
    await stop(this.daemon);
    await meanwhile();
    await this.#run();
  }

  async stop() {
    await this.browser?.close();
    for (const running of this.#running.reverse()) await stop(running);
    await rm(this.folder, { recursive: true, force: true });
  }

  // page opens the status page in a fresh browser profile; what goes wrong on it fails the test that asks for troubles.
  async page(options = {}, path = "") {
    const context = await this.browser.newContext({ viewport: { width: 1440, height: 900 }, reducedMotion: "reduce", ...options });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    page.troubles = [];
    page.on("pageerror", (error) => page.troubles.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") page.troubles.push(message.text());
    });
    page.on("dialog", (dialog) => {
      page.troubles.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.goto(this.url + path);
    return page;
  }

  // dev uses the connector's control API, and api the daemon's.
  dev(path, body) { return call(`http://${this.connector.address}/dev/${path}`, { method: "POST", body: JSON.stringify(body) }); }
  api(path, options) { return call(`${this.url}v1/${path}`, options); }
}

async function call(url, options) {
  const answer = await fetch(url, options);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text}`);
  return JSON.parse(text);
}

export const row = (page, name) => page.locator(`.rows .row[data-bot="${name}"]`);

// inState waits until a bot's row shows a state.
export const inState = (page, name, state) => row(page, name).and(page.locator(`[data-state="${state}"]`)).waitFor();

// report is the path of a file for people to look at; picture writes a screenshot.
export const report = (file) => join(screenshots, file);
export const picture = (page, name) => page.screenshot({ path: report(`${name}.png`) });

// nowhere is an address where nobody listens.
export const nowhere = "ws://127.0.0.1:1";
