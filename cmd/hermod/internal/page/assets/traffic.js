// Traffic of the last minute, one sample a tick of the stream (a second), for a bot or for all of them.

const WINDOW = 60;
const RECENT = 5;

export class Traffic {
  #in = new Float32Array(WINDOW);
  #out = new Float32Array(WINDOW);
  #tick = 0; // of the newest sample

  // record keeps the rates of a tick; ticks that were left out had none.
  record(tick, incoming, outgoing) {
    for (let t = Math.max(this.#tick + 1, tick - WINDOW + 1); t < tick; t++) {
      this.#in[t % WINDOW] = this.#out[t % WINDOW] = 0;
    }
    this.#in[tick % WINDOW] = incoming;
    this.#out[tick % WINDOW] = outgoing;
    this.#tick = tick;
  }

  // at returns what came in and went out at a tick of the window.
  at(tick) {
    if (tick > this.#tick || tick <= this.#tick - WINDOW || tick < 0) return [0, 0];
    return [this.#in[tick % WINDOW], this.#out[tick % WINDOW]];
  }

  // recent returns the averages of the last few ticks, which are easier to read than the newest.
  recent(tick) {
    const sums = [0, 0];
    for (let t = tick - RECENT + 1; t <= tick; t++) {
      const sample = this.at(t);
      sums[0] += sample[0];
      sums[1] += sample[1];
    }
    return sums.map((sum) => sum / RECENT);
  }

  // draw puts the minute up to now into a sparkline, scaled to its peak, and returns the peak.
  draw(svg, now, width, height) {
    let peak = 0;
    const samples = [];
    for (let t = now - WINDOW + 1; t <= now; t++) {
      const sample = this.at(t);
      samples.push(sample);
      peak = Math.max(peak, sample[0], sample[1]);
    }
    const line = (which) => samples.map((sample, i) => {
      const x = (i * width) / (WINDOW - 1);
      const y = height - 1.5 - (peak > 0 ? (sample[which] / peak) * (height - 3) : 0);
      return `${i === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    }).join("");
    const [area, stroke] = svg.children;
    area.setAttribute("d", peak > 0 ? `${line(0)}L${width} ${height}L0 ${height}z` : "");
    stroke.setAttribute("d", line(1));
    svg.classList.toggle("flat", peak === 0);
    return peak;
  }
}
