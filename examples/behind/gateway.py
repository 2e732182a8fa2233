"""A gateway that answers every message, as gateways on python3-websockets are made. It knows nothing of Hermod."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import secrets
import time

import websockets

env = os.environ
url = env["GATEWAY_RELAY_URL"].rstrip("/").replace("http", "ws", 1)
bots = json.loads(env.get("GATEWAY_RELAY_BOT_IDS", "{}"))


def token():
    claim = f"{env['GATEWAY_RELAY_ID']}:{int(time.time()) + 300}"
    signature = hmac.new(env["GATEWAY_RELAY_SECRET"].encode(), claim.encode(), hashlib.sha256).hexdigest()
    return base64.urlsafe_b64encode(f"{claim}:{signature}".encode()).decode().rstrip("=")


async def serve(socket):
    async def send(frame):
        await socket.send(json.dumps(frame) + "\n")

    for platform in env["GATEWAY_RELAY_PLATFORMS"].split(","):
        await send({"type": "hello", "platform": platform, "botId": bots.get(platform, {}).get("botId", "")})
    async for message in socket:
        for line in filter(str.strip, message.split("\n")):
            frame = json.loads(line)
            if frame["type"] == "inbound":
                event = frame["event"]
                answer = {"op": "send", "chat_id": event["source"]["chat_id"], "content": "You said: " + event["text"]}
                await send({"type": "outbound", "requestId": secrets.token_hex(16), "action": answer})
                if frame.get("bufferId"):
                    await send({"type": "inbound_ack", "bufferId": frame["bufferId"]})


async def main():
    while True:
        try:
            address = url if url.endswith("/relay") else url + "/relay"
            async with websockets.connect(address, extra_headers={"Authorization": f"Bearer {token()}"}) as socket:
                await serve(socket)
        except (OSError, websockets.WebSocketException) as error:
            print("gateway:", error, flush=True)
        await asyncio.sleep(1)


asyncio.run(main())
