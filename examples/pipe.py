import json, subprocess, sys

bot = subprocess.Popen(["hermod", "pipe", *sys.argv[1:]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
for line in bot.stdout:
    record = json.loads(line)
    if record["kind"] == "inbound":
        event = record["event"]
        action = {"op": "send", "chat_id": event["source"]["chat_id"], "content": event["text"]}
        print(json.dumps({"do": "send", "action": action}), file=bot.stdin, flush=True)
sys.exit(bot.wait())
