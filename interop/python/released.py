"""A gateway that behaves as released ones do; relay.py says how.

Its one argument is a JSON object {url, gatewayId, identities, pause, life, maxSize, closeTime}; the secret comes in
HERMOD_SECRET. life is that of its first token in seconds, maxSize what it takes in one message, 1 MiB when absent, and
closeTime how many seconds it waits for the end of a connection that it closed. It reports what it sees. Commands on standard input:

    {"do":"frame","frame":{…}}  {"do":"drop"}, which loses the connection without a word
"""

import asyncio
import json
import os
import sys

from lines import commands, report
from relay import Relay


async def main():
    config = json.loads(sys.argv[1])
    relay = Relay(config["url"], config["gatewayId"], os.environ["HERMOD_SECRET"], config["identities"], config["pause"])
    relay.life = config.get("life", relay.life)
    if "maxSize" in config:
        relay.options["max_size"] = config["maxSize"]
    if "closeTime" in config:
        relay.options["close_timeout"] = config["closeTime"]
    relay.on_open = lambda _: report("open")
    relay.on_frame = lambda frame: report("frame", frame=frame)
    relay.on_closed = lambda code, reason: report("closed", code=code, reason=reason)
    dialling = asyncio.create_task(relay.run())
    dialling.add_done_callback(lambda task: report("disabled"))
    async for command in commands():
        match command["do"]:
            case "frame":
                await relay.send(command["frame"])
            case "drop":
                relay.socket.transport.abort()
    os._exit(0)


asyncio.run(main())
