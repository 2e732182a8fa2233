"""A released gateway (see relay.py) that keeps an account of all that it does, for rounds in which everything is killed.

Its one argument is a JSON object {url, gatewayId, identities, pause, account, sends, inFlight}; the secret comes in
HERMOD_SECRET. Each line of its account is written with one system call before it goes on, so a kill -9 of the gateway
loses none:

    start                  the gateway begins a life
    event CHAT NUMBER      an event was handled; its acknowledgement follows
    begin NUMBER           a send begins
    end NUMBER RESULT WHY  ok, failed or ambiguous, as the gateway was told or saw
    again NUMBER           a result came for a send that has one

A send that an earlier run began is left as it was; new ones follow until there are enough.
"""

import asyncio
import json
import os
import random
import secrets
import sys

from relay import Relay

REST = 0.2  # seconds that a worker waits after a failure
TIMEOUT = 30


class Keeper:
    def __init__(self, config):
        self.account = os.open(config["account"], os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with open(config["account"]) as lines:
            self.next = sum(line.startswith("begin ") for line in lines)
        self.write("start")
        self.sends, self.in_flight = config["sends"], config["inFlight"]
        self.pending, self.done = {}, {}
        self.relay = Relay(config["url"], config["gatewayId"], os.environ["HERMOD_SECRET"], config["identities"],
                           config["pause"])
        self.relay.on_inbound = self.handle
        self.relay.on_frame = self.settle
        self.relay.on_closed = self.lose
        self.greeted = asyncio.Event()

    def write(self, *words):
        os.write(self.account, (" ".join(map(str, words)) + "\n").encode())

    def handle(self, frame):
        event = frame["event"]
        self.write("event", event["source"]["chat_id"], event["text"])

    def settle(self, frame):
        if frame["type"] == "descriptor":
            self.greeted.set()
        if frame["type"] != "outbound_result":
            return
        if waiter := self.pending.pop(frame["requestId"], None):
            waiter.set_result(frame["result"])
        elif (number := self.done.get(frame["requestId"])) is not None:
            self.write("again", number)

    def lose(self, code, reason):
        self.greeted.clear()
        for waiter in self.pending.values():
            waiter.set_result({"success": False, "ambiguous": True, "error": "the connection ended"})
        self.pending.clear()

    async def work(self):
        await self.greeted.wait()
        while self.next < self.sends:
            number, self.next = self.next, self.next + 1
            self.write("begin", number)
            result = await self.perform(number)
            word = "ok" if result.get("success") else "ambiguous" if result.get("ambiguous") else "failed"
            self.write("end", number, word, result.get("error", ""))
            if word != "ok":
                await asyncio.sleep(REST * random.uniform(0.5, 1.5))

    async def perform(self, number):
        if not self.greeted.is_set() or self.relay.socket is None:
            return {"success": False}
        request_id = secrets.token_hex(16)
        waiter = self.pending[request_id] = asyncio.get_running_loop().create_future()
        action = {"op": "send", "chat_id": f"c{number % 8}", "content": str(number), "reply_to": None, "metadata": None}
        try:
            await self.relay.send({"type": "outbound", "requestId": request_id, "action": action})
            return await asyncio.wait_for(waiter, TIMEOUT)
        except Exception as error:  # it may have been written
            self.pending.pop(request_id, None)
            return {"success": False, "ambiguous": True, "error": repr(error)}
        finally:
            self.done[request_id] = number


async def main():
    keeper = Keeper(json.loads(sys.argv[1]))
    work = [asyncio.create_task(keeper.work()) for _ in range(keeper.in_flight)]
    await asyncio.gather(keeper.relay.run(), *work)


asyncio.run(main())
