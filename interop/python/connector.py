"""A small connector on python3-websockets.

It answers every hello with a descriptor, every outbound with a success and
going_idle with its ack, and reports what it sees. Commands on standard input:

    {"do":"message","text":…,"cuts":[…],"binary":bool}  one message, a fragment per piece
    {"do":"messages","text":…,"cuts":[…]}               a binary message per piece
    {"do":"ping"}  {"do":"close","code":…,"reason":…}  {"do":"terminate"}
"""

import asyncio
import itertools
import json

import websockets

from lines import commands, frames, pieces, report

sockets = []  # in the order of their connections
sent = itertools.count(1)


async def serve(socket):
    sockets.append(socket)
    report("connected", authorization=socket.request_headers.get("Authorization", ""))
    try:
        async for message in socket:
            for frame in frames(message):
                report("frame", frame=frame)
                if answer := answer_to(frame):
                    await socket.send(json.dumps(answer) + "\n")
    except websockets.ConnectionClosed:
        pass
    report("closed", code=socket.close_code, reason=socket.close_reason)


def answer_to(frame):
    match frame["type"]:
        case "hello":
            return {"type": "descriptor", "descriptor": descriptor(frame["platform"])}
        case "outbound":
            result = {"success": True, "message_id": f"python-{next(sent)}"}
            return {"type": "outbound_result", "requestId": frame["requestId"], "result": result}
        case "going_idle":
            return {"type": "going_idle_ack"}


def descriptor(platform):
    return {
        "contract_version": 1,
        "platform": platform,
        "label": "Python",
        "max_message_length": 2000,
        "supports_draft_streaming": False,
        "supports_edit": True,
        "supports_threads": True,
        "markdown_dialect": "plain",
        "len_unit": "utf16",
    }


async def act(socket, command):
    match command["do"]:
        case "message":
            parts = pieces(command["text"], command.get("cuts", []), command.get("binary", False))
            await socket.send(parts if len(parts) > 1 else parts[0])
        case "messages":
            for part in pieces(command["text"], command.get("cuts", []), True):
                await socket.send(part)
        case "ping":
            await (await socket.ping("from python"))
            report("pong")
        case "close":
            await socket.close(command["code"], command["reason"])
        case "terminate":
            socket.transport.abort()


async def main():
    async with websockets.serve(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        report("listening", url=f"ws://127.0.0.1:{port}/relay")
        async for command in commands():
            await act(sockets[-1], command)


asyncio.run(main())
