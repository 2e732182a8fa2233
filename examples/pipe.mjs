import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const bot = spawn("hermod", ["pipe", ...process.argv.slice(2)], { stdio: ["pipe", "pipe", "inherit"] });
for await (const line of createInterface({ input: bot.stdout })) {
  const { kind, event } = JSON.parse(line);
  if (kind !== "inbound") continue;
  const action = { op: "send", chat_id: event.source.chat_id, content: event.text };
  bot.stdin.write(JSON.stringify({ do: "send", action }) + "\n");
}
