// How things are said.

export const platformStates = ["connected", "retrying", "fatal", "disabled", "unknown"];
export const stateWords = { connected: "Connected", retrying: "Retrying", fatal: "Fatal", disabled: "Disabled", unknown: "Unknown" };

// filters are the states that bots are filtered by: that of the link, or that deliveries do not get through.
export const filters = { ...stateWords, undelivered: "Undelivered" };

const deliveryWords = {
  failing: "deliveries fail", circuit_open: "receiver down", paused: "receiver pauses", unread: "nobody reads", stopped: "receiver gone",
};

// undelivered says in a few words why deliveries do not get through, "" when they do.
export const undelivered = (bot) => deliveryWords[bot.delivery?.state] ?? "";

const conditions = { backoff: "waiting to dial", unassigned: "no node has it", unknown: "its node is silent" };

const causes = { config: "by configuration", operator: "by an operator", revoked: "credential revoked" };

// condition says in a few words what the badge does not.
export function condition(bot) {
  if (bot.cause) return causes[bot.cause] ?? bot.cause;
  if (bot.asleep || bot.state === "dormant") return "asleep";
  return conditions[bot.state] ?? bot.state;
}

const units = [["d", 86400], ["h", 3600], ["m", 60]];

// span says how long a time is, in its two largest units at most.
export function span(milliseconds) {
  let seconds = Math.max(0, Math.round(milliseconds / 1000));
  const parts = [];
  for (const [unit, length] of units) {
    if (seconds >= length || parts.length > 0) {
      parts.push(`${Math.floor(seconds / length)} ${unit}`);
      seconds %= length;
    }
  }
  parts.push(`${seconds} s`);
  return parts.slice(0, parts.length > 2 ? 2 : parts.length).join(" ");
}

// age says how long ago, in its largest unit.
export const age = (milliseconds) => span(milliseconds).split(" ").slice(0, 2).join(" ");

const whole = new Intl.NumberFormat("en");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

export const number = (value) => (value < 100000 ? whole.format(value) : compact.format(value));
export const rate = (perSecond) => (perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : number(Math.round(perSecond)));

export function bytes(count) {
  if (count < 1024) return `${count} B`;
  const power = Math.min(3, Math.floor(Math.log2(count) / 10));
  return `${(count / 1024 ** power).toFixed(1)} ${["", "KiB", "MiB", "GiB"][power]}`;
}

export const plural = (count, word, many = `${word}s`) => `${number(count)} ${count === 1 ? word : many}`;
