
// Where a moment lies from left to right. Runs are bursts of packets a millisecond apart with seconds of silence between, so
// by default the axis is folded: the width of a stretch grows with the logarithm of its length. Order always holds.

/** A silence of at least this many nanoseconds is marked where it is folded. */
const QUIET = 900e6;
/** How much wider that makes it, for the mark. */
const ROOM = 24;

class Axis {
  constructor(film, folded) {
    this.film = film;
    this.folded = folded;
    const { times, length } = film;
    this.units = new Float64Array(length);
    let unit = 0;
    for (let place = 1; place < length; place += 1) {
      unit += this.width(times[place] - times[place - 1]);
      this.units[place] = unit;
    }
    const rest = film.recording.to - times[length - 1];
    this.length = Math.max(unit + (rest > 0 ? this.width(rest) : 0), 1);
    this.quiet = this.findQuiet();
    const { messages } = film;
    this.sentUnits = messages.sent.map((step) => this.unitOfStep(step));
    this.endUnits = messages.end.map((step) => (step === Infinity ? Infinity : this.unitOfStep(step)));
  }

  width(nanos) {
    if (!this.folded) return nanos / 1e6;
    return 0.5 + Math.log2(1 + nanos / 250e3) + (nanos >= QUIET ? ROOM : 0);
  }

  findQuiet() {
    if (!this.folded) return [];
    const { times, recording } = this.film;
    const all = [];
    const last = times.length - 1;
    for (let place = 0; place <= last; place += 1) {
      const until = place < last ? times[place + 1] : recording.to;
      if (until - times[place] >= QUIET) {
        all.push({ from: this.units[place], to: place < last ? this.units[place + 1] : this.length, nanos: until - times[place] });
      }
    }
    return all;
  }

  unitOfStep(step) {
    return this.units[this.film.placeOf(step)];
  }

  unitOfTime(time) {
    const { times, recording } = this.film;
    const last = times.length - 1;
    if (time <= times[0]) return 0;
    const place = lastAtMost(times, time);
    if (times[place] === time) return this.units[place];
    const [until, end] = place < last ? [times[place + 1], this.units[place + 1]] : [recording.to, this.length];
    const share = until > times[place] ? (time - times[place]) / (until - times[place]) : 0;
    return this.units[place] + Math.min(share, 1) * (end - this.units[place]);
  }

  timeOfUnit(unit) {
    const { times, recording } = this.film;
    const last = times.length - 1;
    if (unit <= 0) return times[0];
    const place = lastAtMost(this.units, unit);
    const [until, end] = place < last ? [times[place + 1], this.units[place + 1]] : [recording.to, this.length];
    const share = end > this.units[place] ? (unit - this.units[place]) / (end - this.units[place]) : 0;
    return times[place] + Math.min(share, 1) * (until - times[place]);
  }

  /** The step that is told of and lies nearest. */
  stepNear(unit) {
    const place = Math.max(lastAtMost(this.units, unit), 0);
    const next = Math.min(place + 1, this.units.length - 1);
    return this.film.steps[unit - this.units[place] <= this.units[next] - unit ? place : next];
  }
}

/** The roundest number of seconds between two times in nanoseconds, with as many digits as it needs. */
function roundest(from, to) {
  for (let digits = 0; digits <= 9; digits += 1) {
    for (const leap of digits === 0 ? [60, 30, 10, 5, 2, 1] : [5, 2, 1]) {
      const unit = (leap * 1e9) / 10 ** digits;
      const time = Math.ceil(from / unit) * unit;
      if (time <= to) return { time, label: `${(time / 1e9).toFixed(digits)} s` };
    }
  }
  return { time: from, label: `${(from / 1e9).toFixed(9)} s` };
}
