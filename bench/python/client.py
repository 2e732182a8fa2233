"""A gateway in asyncio, as one writes it: a reader task, a dict of futures, typed events, a handler for each event.

It is a worker of Hermod's benchmark program: one Spec as JSON on standard input, one Result as a JSON line on standard
output. Its duties are those of the other clients: correlation, a timeout for each request, typed events, acknowledgements.
"""

import asyncio
import json
import os
import resource
import sys
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

import websockets

REQUEST_TIMEOUT = 30.0
PATIENCE = 20.0  # how much longer than asked a run waits for its first frame, on a machine that is busy
DIALERS = 64
HUNG_CHAT = "chat-99"


@dataclass
class Source:
    platform: str
    chat_id: str
    chat_type: str
    chat_name: Optional[str]
    user_id: Optional[str]
    user_name: Optional[str]
    user_display_name: Optional[str]
    user_handle: Optional[str]
    thread_id: Optional[str]
    chat_topic: Optional[str]
    user_id_alt: Optional[str]
    chat_id_alt: Optional[str]
    parent_chat_id: Optional[str]
    message_id: Optional[str]
    scope_id: Optional[str]
    profile: Optional[str]
    auto_thread_created: bool
    auto_thread_initial_name: Optional[str]
    prospective_thread_id: Optional[str]


@dataclass
class Event:
    text: str
    message_type: str
    message_id: Optional[str]
    reply_to_message_id: Optional[str]
    source: Source
    media_urls: List[str] = field(default_factory=list)
    media: List[Dict[str, Any]] = field(default_factory=list)
    reply_to: Optional[Dict[str, Any]] = None


def decode_event(raw: Dict[str, Any]) -> Event:
    source = raw.get("source") or {}
    get = source.get
    return Event(
        text=raw.get("text") or "",
        message_type=raw.get("message_type") or "text",
        message_id=raw.get("message_id"),
        reply_to_message_id=raw.get("reply_to_message_id"),
        media_urls=raw.get("media_urls") or [],
        media=raw.get("media") or [],
        reply_to=raw.get("reply_to"),
        source=Source(
            platform=get("platform") or "relay",
            chat_id=get("chat_id") or "",
            chat_type=get("chat_type") or "dm",
            chat_name=get("chat_name"),
            user_id=get("user_id"),
            user_name=get("user_name"),
            user_display_name=get("user_display_name"),
            user_handle=get("user_handle"),
            thread_id=get("thread_id"),
            chat_topic=get("chat_topic"),
            user_id_alt=get("user_id_alt"),
            chat_id_alt=get("chat_id_alt"),
            parent_chat_id=get("parent_chat_id"),
            message_id=get("message_id"),
            scope_id=get("scope_id") or get("guild_id"),
            profile=get("profile"),
            auto_thread_created=bool(get("auto_thread_created")),
            auto_thread_initial_name=get("auto_thread_initial_name"),
            prospective_thread_id=get("prospective_thread_id"),
        ),
    )


class Client:
    """One connection. A slow handler holds up all, since handlers run in the reader."""

    def __init__(self, handler):
        self._handler = handler
        self._pending: Dict[str, asyncio.Future] = {}
        self._descriptor = asyncio.get_running_loop().create_future()

    async def open(self, url: str, token: str) -> None:
        # No compression, and no pings of its own: the peer offers neither to anybody.
        headers = {"Authorization": "Bearer " + token} if token else {}
        self._socket = await websockets.connect(
            url, extra_headers=headers, compression=None, ping_interval=None, max_size=None)
        self._reader = asyncio.create_task(self._read())
        await self._write({"type": "hello", "platform": "discord", "botId": "b1"})
        await self._descriptor

    async def close(self) -> None:
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        self._socket.transport.abort()
        await self._socket.wait_closed()

    async def send(self, chat: str, text: str) -> Dict[str, Any]:
        request_id = uuid.uuid4().hex
        future = asyncio.get_running_loop().create_future()
        self._pending[request_id] = future
        try:
            await self._write({
                "type": "outbound",
                "requestId": request_id,
                "action": {"op": "send", "chat_id": chat, "content": text, "reply_to": None, "metadata": {}},
            })
            return await asyncio.wait_for(future, REQUEST_TIMEOUT)
        finally:
            self._pending.pop(request_id, None)

    async def _write(self, frame: Dict[str, Any]) -> None:
        await self._socket.send(json.dumps(frame) + "\n")

    async def _read(self) -> None:
        rest = ""
        try:
            async for message in self._socket:
                *lines, rest = (rest + message).split("\n")
                for line in lines:
                    if line:
                        await self._take(json.loads(line))
        except websockets.ConnectionClosed:
            pass
        finally:
            for future in [self._descriptor, *self._pending.values()]:
                if not future.done():
                    future.set_exception(ConnectionError("connection closed"))
                    future.exception()  # seen, if nobody waits

    async def _take(self, frame: Dict[str, Any]) -> None:
        kind = frame.get("type")
        if kind == "inbound":
            await self._handler(decode_event(frame["event"]))
            if frame.get("bufferId"):
                await self._write({"type": "inbound_ack", "bufferId": frame["bufferId"]})
        elif kind == "outbound_result":
            future = self._pending.get(frame.get("requestId"))
            if future is not None and not future.done():
                future.set_result(frame.get("result"))
        elif kind == "descriptor" and not self._descriptor.done():
            self._descriptor.set_result(frame.get("descriptor"))


class Handler:
    """The user's handler: it counts, and from when it is told to, hangs in one chat."""

    def __init__(self):
        self.counts: Counter = Counter()
        self.hung = False
        self.release = asyncio.Event()

    async def __call__(self, event: Event) -> None:
        if event.source.chat_id == HUNG_CHAT:
            if self.hung:
                await self.release.wait()
            return
        self.counts[event.source.chat_id] += 1

    def total(self) -> int:
        return sum(self.counts.values())


def proc_field(path: str, name: str) -> Optional[float]:
    with open(path) as lines:
        for line in lines:
            key, _, value = line.partition(":")
            if key == name:
                return float(value.split()[0])
    return None


class Meter:
    """The process at one moment. System calls are not told: the kernel counts read and write, and Python calls others."""

    def __init__(self):
        usage = resource.getrusage(resource.RUSAGE_SELF)
        self.cpu = usage.ru_utime + usage.ru_stime
        self.at = time.perf_counter()

    def metrics(self, end: "Meter", frames: int, busy: int) -> Dict[str, float]:
        metrics = {"frames_per_s": frames / (end.at - self.at), "rss_bytes": resident_bytes()}
        if frames and not busy:
            metrics["cpu_ns_per_frame"] = (end.cpu - self.cpu) * 1e9 / frames
        return metrics


def resident_bytes() -> float:
    return proc_field("/proc/self/smaps_rollup", "Rss") * 1024


async def until(done) -> None:
    """Waits until done, or PATIENCE is over."""
    limit = time.perf_counter() + PATIENCE
    while not done() and time.perf_counter() < limit:
        await asyncio.sleep(0.01)


async def inbound(spec, clients, handler):
    await asyncio.sleep(spec["WarmUp"])
    before, start = handler.total(), Meter()
    await asyncio.sleep(spec["Seconds"])
    await until(lambda: handler.total() > before)
    events, end = handler.total() - before, Meter()
    if not events:
        raise RuntimeError("no frame came through in the measured time")
    metrics = start.metrics(end, events, spec["Busy"])
    if spec["Scenario"] == "spread":
        metrics["served"] = metrics["frames_per_s"] / spec["Rate"]
    return metrics


async def outbound(spec, clients, handler):
    took: List[float] = []
    state = {"measuring": False, "ended": False, "answered": 0}

    async def request(i: int) -> None:
        client, chat = clients[i % len(clients)], f"chat-{i % 8:02d}"
        while not state["ended"]:
            begin = time.perf_counter_ns()
            result = await client.send(chat, "a short answer")
            if not result.get("success"):
                raise RuntimeError(f"send: {result.get('error')}")
            state["answered"] += 1
            if state["measuring"]:
                took.append(time.perf_counter_ns() - begin)

    requests = [asyncio.create_task(request(i)) for i in range(spec["InFlight"])]
    await asyncio.sleep(spec["WarmUp"])
    events, start = handler.total(), Meter()
    state["measuring"] = True
    await asyncio.sleep(spec["Seconds"])
    await until(lambda: took)
    state["measuring"] = False
    end = Meter()
    events = handler.total() - events
    state["ended"] = True
    await asyncio.gather(*requests)
    if not took:
        raise RuntimeError("no frame came through in the measured time")
    metrics = start.metrics(end, len(took) + events, spec["Busy"])
    metrics["requests"] = state["answered"]
    if spec["Scenario"] == "duplex":
        metrics["frames_per_s"] = len(took) / (end.at - start.at)
        metrics["events_per_s"] = events / (end.at - start.at)
    took.sort()
    for name, share in {"p50_ns": 0.5, "p90_ns": 0.9, "p99_ns": 0.99, "p999_ns": 0.999, "max_ns": 1}.items():
        metrics[name] = took[min(len(took) - 1, int(share * len(took)))]
    return metrics


async def idle(spec, clients, handler):
    await asyncio.sleep(spec["WarmUp"])
    rss = resident_bytes()
    return {"rss_bytes": rss, "rss_per_relay_bytes": rss / spec["Relays"]}


async def hang(spec, clients, handler):
    async def rate(least: int) -> float:
        before, start = handler.total(), time.perf_counter()
        await asyncio.sleep(spec["Seconds"] / 2)
        await until(lambda: handler.total() >= before + least)
        return (handler.total() - before) / (time.perf_counter() - start)

    await asyncio.sleep(spec["WarmUp"])
    before = await rate(1)
    handler.hung = True
    during = await rate(0)
    if not before:
        raise RuntimeError("no frame came through in the measured time")
    return {"others_before_per_s": before, "others_during_per_s": during}


SCENARIOS = {
    "inbound": inbound, "inbound-acks": inbound, "spread": inbound, "outbound": outbound, "duplex": outbound,
    "idle": idle, "hang": hang, "connect": None,
}


async def dial_all(spec, handler) -> List[Client]:
    clients: List[Client] = []
    todo = iter(range(spec["Relays"]))

    async def dialer() -> None:
        for _ in todo:
            client = Client(handler)
            await client.open(spec["URL"], spec.get("Token", ""))
            clients.append(client)

    await asyncio.gather(*(dialer() for _ in range(min(DIALERS, spec["Relays"]))))
    return clients


async def run(spec) -> Dict[str, float]:
    scenario = SCENARIOS[spec["Scenario"]]
    handler = Handler()
    begin = time.perf_counter()
    clients = await dial_all(spec, handler)
    took = time.perf_counter() - begin
    burners = [burn() for _ in range(spec["Busy"])]
    try:
        if scenario is None:
            return {"connect_s": took}
        return await scenario(spec, clients, handler)
    finally:
        for burner in burners:
            burner.set()
        handler.release.set()
        await asyncio.gather(*(client.close() for client in clients))


def burn():
    """Starts a thread that computes until the event returned is set."""
    import threading

    ended = threading.Event()

    def compute() -> None:
        x = 1
        while not ended.is_set():
            for _ in range(1000):
                x = (x * 6364136223846793005 + 1) & 0xFFFFFFFFFFFFFFFF

    threading.Thread(target=compute, daemon=True).start()
    return ended


def main() -> None:
    spec = json.load(sys.stdin)
    result: Dict[str, Any] = {"Client": spec["Client"], "Scenario": spec["Scenario"], "Metrics": {}}
    if spec.get("CPUs"):
        os.sched_setaffinity(0, spec["CPUs"])
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if spec["Scenario"] not in SCENARIOS:
        result["Error"] = f"unknown scenario {spec['Scenario']!r} of client python"
    else:
        try:
            result["Metrics"] = asyncio.run(run(spec))
        except Exception as error:
            result["Error"] = f"{type(error).__name__}: {error}"
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
