// The daemon's HTTP API. A token that the daemon asks for is kept for as long as the tab is open.

const KEY = "hermod-token";
const SILENCE = 40_000; // the stream says something every 15 s
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 15_000;

// Problem is an answer that is not what was asked for.
export class Problem extends Error {
  constructor(status, title, detail, hint) {
    super(detail || title || `HTTP ${status}`);
    this.status = status;
    this.hint = hint ?? "";
  }
}

export const keepToken = (token) => sessionStorage.setItem(KEY, token);

function headers() {
  const token = sessionStorage.getItem(KEY);
  return token ? { Authorization: `Bearer ${token}` } : {};
}

async function request(path, options) {
  const answer = await fetch(path, { ...options, headers: { ...headers(), ...options?.headers }, cache: "no-store" });
  if (answer.ok) return answer;
  const told = await answer.json().catch(() => ({}));
  throw new Problem(answer.status, told.title, told.detail, told.hint);
}

const botPath = (name) => `/v1/bots/${encodeURIComponent(name)}`;

export const fetchBot = async (name, signal) => (await request(botPath(name), { signal })).json();

// order has the daemon do something with a bot.
export const order = async (name, action) => (await request(`${botPath(name)}/${action}`, { method: "POST" })).json();

const letterPath = (id) => `/v1/dead-letters/${encodeURIComponent(id)}`;

export const deadLetters = async (limit, cursor) => (await request(`/v1/dead-letters?${new URLSearchParams({ limit, cursor })}`)).json();

export const deadLetter = async (id) => (await request(letterPath(id))).json();

// settleLetter replays or discards a dead letter.
export const settleLetter = async (id, what) => (await request(`${letterPath(id)}/${what}`, { method: "POST" })).json();

// follow reads the stream of events for ever. It tells handlers.event of each, and handlers.link how the connection is:
// "live", "lost" with the pause before the next try, or "locked". A locked stream waits for handlers.unlock.
export async function follow(handlers) {
  for (let pause = FIRST_PAUSE; ;) {
    try {
      await readStream((event, data) => {
        pause = FIRST_PAUSE;
        handlers.event(event, data);
      }, () => handlers.link("live"));
      throw new Error("the daemon ended the stream");
    } catch (error) {
      if (error.status === 401 || error.status === 403 && sessionStorage.getItem(KEY)) {
        handlers.link("locked");
        await handlers.unlock(error);
        continue;
      }
      const wait = pause * (0.75 + Math.random() / 2);
      handlers.link("lost", wait, error);
      await new Promise((done) => setTimeout(done, wait));
      pause = Math.min(LONGEST_PAUSE, pause * 2);
    }
  }
}

async function readStream(event, opened) {
  const quiet = new AbortController();
  let alarm = 0;
  const heard = () => {
    clearTimeout(alarm);
    alarm = setTimeout(() => quiet.abort(new Error("the daemon went silent")), SILENCE);
  };
  heard();
  try {
    const answer = await request("/v1/events", { signal: quiet.signal, headers: { Accept: "text/event-stream" } });
    opened();
    const parse = parser(event);
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (; ;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      parse(value);
    }
  } finally {
    clearTimeout(alarm);
  }
}

// parser takes a stream of Server-Sent Events piece by piece.
export function parser(event) {
  let rest = "";
  let name = "";
  let data = [];
  const line = (text) => {
    if (text === "") {
      if (data.length > 0) event(name || "message", JSON.parse(data.join("\n")));
      name = "";
      data = [];
      return;
    }
    const [, field, value] = /^([^:]*):? ?(.*)$/s.exec(text);
    if (field === "event") name = value;
    if (field === "data") data.push(value);
  };
  return (text) => {
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    lines.forEach(line);
  };
}
