"""What an adapter over 'hermod pipe' does: one function for events and interactions, commands, buttons, media, acks."""
import itertools
import json
import subprocess
import sys

COMMANDS = ["model", "new"]
bot = subprocess.Popen(
    ["hermod", "pipe", "--manual-ack", "--subcommand", ",".join(COMMANDS), *sys.argv[1:]],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
ids = itertools.count(1)


def tell(command):
    print(json.dumps(command), file=bot.stdin, flush=True)


def answer(record, content):
    """Sends a text to where the record came from."""
    reply = record["reply"]
    action = {"op": "send", "content": content, **reply["action"]}
    tell({"id": next(ids), "do": "send", "action": action, "platform": reply.get("platform")})


def handle(record):
    event = {**record["event"], **record["derived"]}
    if event.get("prompt_response"):  # a button; never chat, whatever its text
        return answer(record, f"you chose {event['prompt_response']['option_id']}")
    if event["message_type"] == "command":
        name, _, rest = event["text"].removeprefix("/").partition(" ")
        return answer(record, f"command {name} with {rest!r}" if name in COMMANDS else f"no command {name}")
    images = [url for url, mime in zip(event["media_urls"], event.get("media_types", [])) if mime.startswith("image/")]
    answer(record, f"{event.get('user_name')} said {event['text']!r} with {len(images)} images")


for line in bot.stdout:
    record = json.loads(line)
    record.update(record.get("interaction", {}))
    if "reply" in record:
        handle(record)
    if record["kind"] == "result" and not record["result"]["success"]:
        print("not sent:", record["result"].get("error"), file=sys.stderr)
    if record["kind"] in ("inbound", "passthrough") and "bufferId" in record:
        tell({"do": "ack", "bufferId": record["bufferId"]})  # only now: a crash before it brings the delivery again
sys.exit(bot.wait())
