"""The test drives a peer over its standard streams, one JSON object a line."""

import asyncio
import json
import sys


def report(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


async def commands():
    """Yields each command; the end of input ends it."""
    reader = asyncio.StreamReader(limit=1 << 24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)


def frames(message):
    """The JSON frames of a WebSocket message, one a line."""
    text = message if isinstance(message, str) else message.decode()
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def pieces(text, cuts, binary):
    """Cuts text at the given byte offsets; only bytes may be cut in a character."""
    data = text.encode()
    parts = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)])]
    return parts if binary else [part.decode() for part in parts]
