"""A small gateway on python3-websockets.

It dials a connector with an upgrade token, says hello, acknowledges what it is
delivered and reports what it sees. Its one argument is a JSON object {url,
gatewayId, platform, botId, ttl, ack}; the secret comes in HERMOD_SECRET.
Commands on standard input:

    {"do":"frame","frame":{…}}  {"do":"close"}  {"do":"terminate"}
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import sys
import time

import websockets

from lines import commands, frames, report

config = {"botId": "", "ttl": 300, "ack": True, **json.loads(sys.argv[1])}


def token(gateway_id, secret):
    """Signs "<id>:<expiry>" and packs it with the signature, base64url."""
    claim = f"{gateway_id}:{int(time.time()) + config['ttl']}"
    signature = hmac.new(secret.encode(), claim.encode(), hashlib.sha256).hexdigest()
    return base64.urlsafe_b64encode(f"{claim}:{signature}".encode()).decode().rstrip("=")


async def send(socket, frame):
    await socket.send(json.dumps(frame) + "\n")


async def converse(socket):
    try:
        await send(socket, {"type": "hello", "platform": config["platform"], "botId": config["botId"]})
        async for message in socket:
            for frame in frames(message):
                report("frame", frame=frame)
                if frame.get("bufferId") and config["ack"]:
                    await send(socket, {"type": "inbound_ack", "bufferId": frame["bufferId"]})
    except websockets.ConnectionClosed:
        pass
    report("closed", code=socket.close_code, reason=socket.close_reason)


async def act(socket, command):
    match command["do"]:
        case "frame":
            await send(socket, command["frame"])
        case "close":
            await socket.close(1000)
        case "terminate":
            socket.transport.abort()


async def main():
    headers = {}
    if secret := os.environ.get("HERMOD_SECRET"):
        headers["Authorization"] = f"Bearer {token(config['gatewayId'], secret)}"
    async with websockets.connect(config["url"], extra_headers=headers) as socket:
        report("open")
        talk = asyncio.create_task(converse(socket))
        async for command in commands():
            await act(socket, command)
        talk.cancel()


asyncio.run(main())
