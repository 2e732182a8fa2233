// What an adapter over 'hermod pipe' does: one function for events and interactions, commands, buttons, media, acks.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const commands = ["model", "new"];
const args = ["pipe", "--manual-ack", "--subcommand", commands.join(","), ...process.argv.slice(2)];
const bot = spawn("hermod", args, { stdio: ["pipe", "pipe", "inherit"] });
const tell = (command) => bot.stdin.write(JSON.stringify(command) + "\n");
let ids = 0;

// answer sends a text to where the record came from.
function answer({ reply }, content) {
  tell({ id: ++ids, do: "send", action: { op: "send", content, ...reply.action }, platform: reply.platform });
}

function handle(record) {
  const event = { ...record.event, ...record.derived };
  if (event.prompt_response) { // a button; never chat, whatever its text
    return answer(record, `you chose ${event.prompt_response.option_id}`);
  }
  if (event.message_type === "command") {
    const [name, ...rest] = event.text.replace(/^\//, "").split(" ");
    return answer(record, commands.includes(name) ? `command ${name} with '${rest.join(" ")}'` : `no command ${name}`);
  }
  const images = event.media_urls.filter((_, i) => event.media_types?.[i].startsWith("image/"));
  answer(record, `${event.user_name} said '${event.text}' with ${images.length} images`);
}

for await (const line of createInterface({ input: bot.stdout })) {
  const record = JSON.parse(line);
  Object.assign(record, record.interaction);
  if (record.reply) handle(record);
  if (record.kind === "result" && !record.result.success) console.error("not sent:", record.result.error);
  if (["inbound", "passthrough"].includes(record.kind) && record.bufferId) {
    tell({ do: "ack", bufferId: record.bufferId }); // only now: a crash before it brings the delivery again
  }
}
