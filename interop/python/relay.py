"""The half of the link that released Python gateways have, on python3-websockets with its own defaults.

So it pings every 20 s, gives up 20 s later, and closes a message over 1 MiB with code 1009. It acknowledges an inbound
event once its handler is done, and never a passthrough. It dials again after every end but a revocation: at once, with a
fresh token, after the first 4401, else after a pause.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import time

import websockets

from lines import frames

TOKEN_LIFE = 300  # seconds


def token(gateway_id, secret, life=TOKEN_LIFE):
    """Signs "<id>:<expiry>" and packs it with the signature, base64url."""
    claim = f"{gateway_id}:{int(time.time()) + life}"
    signature = hmac.new(secret.encode(), claim.encode(), hashlib.sha256).hexdigest()
    return base64.urlsafe_b64encode(f"{claim}:{signature}".encode()).decode().rstrip("=")


class Relay:
    """One link at a time. The callbacks are called in the order of the frames."""

    def __init__(self, url, gateway_id, secret, identities, pause=1.0):
        self.url, self.gateway_id, self.secret = url, gateway_id, secret
        self.identities, self.pause = identities, pause
        self.life = TOKEN_LIFE  # of the next token
        self.options = {}  # for websockets.connect, beyond its defaults
        self.socket = None
        self.on_open = self.on_frame = self.on_inbound = lambda frame: None
        self.on_closed = lambda code, reason: None

    async def send(self, frame):
        await self.socket.send(json.dumps(frame) + "\n")

    async def run(self):
        refused = 0
        while refused < 2:
            try:
                code = await self.converse()
            except (OSError, websockets.WebSocketException, asyncio.TimeoutError) as error:
                code = 1006
                self.on_closed(code, str(error))
            refused = refused + 1 if code == 4401 else 0
            if refused != 1:
                await asyncio.sleep(self.pause)

    async def converse(self):
        """Serves one connection and returns its close code."""
        headers = {"Authorization": f"Bearer {token(self.gateway_id, self.secret, self.life)}"}
        self.life = TOKEN_LIFE
        async with websockets.connect(self.url, extra_headers=headers, **self.options) as socket:
            self.socket = socket
            self.on_open(None)
            try:
                for identity in self.identities:
                    await self.send({"type": "hello", **identity})
                async for message in socket:
                    for frame in frames(message):
                        await self.take(frame)
            except websockets.ConnectionClosed:
                pass
            finally:
                self.socket = None
        self.on_closed(socket.close_code, socket.close_reason)
        return socket.close_code

    async def take(self, frame):
        self.on_frame(frame)
        if frame["type"] == "inbound":
            self.on_inbound(frame)
            if frame.get("bufferId"):
                await self.send({"type": "inbound_ack", "bufferId": frame["bufferId"]})
