
// A recording, unpacked so that any moment of it can be asked for.

/** The last place of a sorted list whose value is at most `value`; -1 where there is none. */
function lastAtMost(list, value, count = list.length) {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Lines of a story or a log: `[at, step, lane, text]`, by step. */
class Lines {
  constructor(rows) {
    this.rows = rows;
    this.steps = Float64Array.from(rows, (row) => row[1]);
  }

  get length() {
    return this.rows.length;
  }

  /** The line of a step: of that lane if one is meant, else the nearest one before or after; -1 if there is none. */
  near(step, lane = -1) {
    const last = lastAtMost(this.steps, step);
    let exact = -1;
    for (let place = last; place >= 0 && this.steps[place] === step; place -= 1) {
      exact = place;
      if (this.rows[place][2] === lane) return place;
    }
    if (exact >= 0) return exact;
    if (lane < 0) return Math.max(last, this.length > 0 ? 0 : -1);
    const own = (place) => this.rows[place][2] === lane;
    let before = last;
    while (before >= 0 && !own(before)) before -= 1;
    let after = last + 1;
    while (after < this.length && !own(after)) after += 1;
    if (before < 0) return after < this.length ? after : last;
    if (after >= this.length) return before;
    return step - this.steps[before] <= this.steps[after] - step ? before : after;
  }
}

/** How many changes of state lie between two that are kept whole. */
const WHOLE_EVERY = 64;

/** What one party was, from change to change. */
class Life {
  constructor() {
    this.steps = [];
    this.changes = [];
    this.whole = [];
  }

  add(step, changes) {
    this.steps.push(step);
    this.changes.push(changes);
  }

  at(step) {
    const place = Math.max(lastAtMost(this.steps, step), 0);
    if (this.changes.length === 0) return null;
    let from = Math.floor(place / WHOLE_EVERY);
    while (from > 0 && this.whole[from] === undefined) from -= 1;
    let state = this.whole[from] ?? { ...this.changes[0] };
    for (let next = from * WHOLE_EVERY + 1; next <= place; next += 1) {
      state = Object.assign(next % WHOLE_EVERY === 1 ? { ...state } : state, this.changes[next]);
      if (next % WHOLE_EVERY === 0) this.whole[next / WHOLE_EVERY] = { ...state };
    }
    return state;
  }
}

/** Most packets arrive before this many others are sent; those that do not are listed. */
const FLIGHT = 256;
const RECEIVED = 0;
const LOST = 1;
const UNDER_WAY = 2;

/** Packets as columns, by step of sending. */
class Messages {
  constructor(rows) {
    const count = rows.length;
    this.length = count;
    for (const name of ['from', 'to', 'name', 'words']) this[name] = new Uint32Array(count);
    for (const name of ['port', 'fate']) this[name] = new Uint8Array(count);
    for (const name of ['sentAt', 'sent', 'endAt', 'end']) this[name] = new Float64Array(count);
    for (let place = 0; place < count; place += 1) {
      const [from, to, port, name, words, sentAt, sent, fate, endAt = Infinity, end = Infinity] = rows[place];
      this.from[place] = from;
      this.to[place] = to;
      this.port[place] = port;
      this.name[place] = name;
      this.words[place] = words;
      this.sentAt[place] = sentAt;
      this.sent[place] = sent;
      this.fate[place] = fate;
      this.endAt[place] = endAt;
      this.end[place] = end;
    }
    this.byEnd = Uint32Array.from(rows, (_, place) => place).sort((a, b) => this.end[a] - this.end[b] || a - b);
    this.ends = Float64Array.from(this.byEnd, (place) => this.end[place]);
    this.long = [];
    for (let place = 0; place + FLIGHT < count; place += 1) {
      if (this.sent[place + FLIGHT] <= this.end[place]) this.long.push(place);
    }
  }

  sentIn(step) {
    const all = [];
    for (let place = lastAtMost(this.sent, step); place >= 0 && this.sent[place] === step; place -= 1) all.unshift(place);
    return all;
  }

  endedIn(step) {
    const all = [];
    for (let place = lastAtMost(this.ends, step); place >= 0 && this.ends[place] === step; place -= 1) all.unshift(this.byEnd[place]);
    return all;
  }

  /** The packets that belong to a step; of none, the nearest of the lane. */
  of(step, lane = -1) {
    const exact = [...this.endedIn(step), ...this.sentIn(step)];
    if (exact.length > 0 || lane < 0) return exact;
    const touches = (place) => place >= 0 && place < this.length && (this.from[place] === lane || this.to[place] === lane);
    const sent = lastAtMost(this.sent, step);
    for (let away = 0; away < 200; away += 1) {
      if (touches(sent - away)) return [sent - away];
      if (touches(sent + 1 + away)) return [sent + 1 + away];
    }
    return [];
  }
}

/**
 * The story, `[at, step, lane, text, rule, weight]`: where a decision is told with its rule, that stands in place of the plain line.
 * Commits and what clients do are folded and told in full by the plain story alone.
 */
function toldWithRules({ story, turns }) {
  const decided = turns.filter(({ kind }) => kind !== 'committed' && kind !== '');
  const key = (step, lane) => `${step} ${lane}`;
  const replaced = new Set(decided.map(({ when, lane }) => key(when.step, lane)));
  const rows = decided.map(({ when, lane, what, because, weight }) => [when.at, when.step, lane, what, because, weight]);
  const plain = story.filter(([, step, lane]) => !replaced.has(key(step, lane))).map((row) => [...row, null, 0]);
  return [...plain, ...rows].sort((a, b) => a[1] - b[1]);
}

/** A recording, ready to be shown. */
class Film {
  constructor(recording) {
    this.recording = recording;
    this.lanes = recording.lanes;
    this.words = recording.words;
    this.story = new Lines(toldWithRules(recording));
    this.log = new Lines(recording.log);
    this.messages = new Messages(recording.messages);
    this.lives = this.lanes.map(() => new Life());
    for (const [, step, lane, changes] of recording.states) this.lives[lane].add(step, changes);
    this.bands = this.lanes.map((_, lane) => recording.bands.filter((band) => band.lane === lane));
    this.operations = this.lanes.map((_, lane) => recording.operations.filter((operation) => operation.lane === lane));
    this.transactions = new Map();
    for (const transaction of recording.transactions) {
      const same = this.transactions.get(transaction.zxid);
      if (same) same.push(transaction);
      else this.transactions.set(transaction.zxid, [transaction]);
    }
    this.lost = this.lanes.map(() => []);
    for (const transaction of recording.transactions) {
      for (const mark of transaction.lost) this.lost[mark.lane]?.push({ step: mark.when.step, transaction });
    }
    this.note();
  }

  /** Which steps are told of, and when each was. */
  note() {
    const { recording, messages } = this;
    const known = new Map();
    const add = (step, at) => {
      if (Number.isFinite(step) && !known.has(step)) known.set(step, at);
    };
    for (let place = 0; place < messages.length; place += 1) {
      add(messages.sent[place], messages.sentAt[place]);
      add(messages.end[place], messages.endAt[place]);
    }
    for (const rows of [this.story.rows, recording.log, recording.states]) for (const [at, step] of rows) add(step, at);
    const instant = (when) => when && add(when.step, when.at);
    for (const trouble of recording.troubles) [trouble.from, trouble.until].forEach(instant);
    for (const { asked, end } of recording.operations) [asked, end?.when].forEach(instant);
    for (const { proposed, committed } of recording.transactions) [proposed, committed].forEach(instant);
    for (const { to } of recording.bands) instant(to);
    // What stood at the beginning came about in some step before it.
    const begun = recording.states.filter(([at]) => at <= recording.from && recording.from > 0);
    known.set(begun.reduce((last, [, step]) => Math.max(last, step), 0), recording.from);
    this.steps = Float64Array.from(known.keys()).sort().filter((step) => known.get(step) >= recording.from && known.get(step) <= recording.to);
    this.times = this.steps.map((step) => known.get(step));
    for (let place = 1; place < this.times.length; place += 1) {
      this.times[place] = Math.max(this.times[place], this.times[place - 1]);
    }
    this.frameSteps = recording.frames.map((frame) => this.stepAt(frame.at));
  }

  get length() {
    return this.steps.length;
  }

  /** The place of the step that is told of, at or before this one. */
  placeOf(step) {
    return Math.max(lastAtMost(this.steps, step), 0);
  }

  timeOf(step) {
    return this.times[this.placeOf(step)];
  }

  /** The first step at or after a time, else the last one. */
  stepAt(time) {
    return this.steps[Math.min(lastAtMost(this.times, time - 1) + 1, this.length - 1)];
  }

  stateAt(lane, step) {
    return this.lives[lane].at(step);
  }

  nameOf(lane) {
    return this.lanes[lane]?.name ?? 'the world';
  }

  /** The transaction that a record of a server's log is, and what has become of it. */
  recordOf(lane, zxid, step) {
    const known = (this.transactions.get(zxid) ?? []).filter((transaction) => transaction.proposed.step <= step);
    const own = known.findLast((transaction) => transaction.logged.some((mark) => mark.lane === lane && mark.when.step <= step));
    const transaction = own ?? known.at(-1) ?? null;
    return { transaction, committed: transaction?.committed != null && transaction.committed.step <= step };
  }

  /** What happens in a step, in sentences. */
  tell(step) {
    const last = lastAtMost(this.story.steps, step);
    if (last < 0) return this.changesIn(step);
    const place = this.story.near(step);
    const told = [];
    for (let next = place; next < this.story.length && this.story.steps[next] === step; next += 1) {
      told.push(this.sentence(next));
    }
    if (told.length > 0) return told;
    const { messages } = this;
    for (const message of messages.endedIn(step)) {
      const [from, to] = [this.nameOf(messages.from[message]), this.nameOf(messages.to[message])];
      const words = this.words[messages.words[message]];
      told.push(messages.fate[message] === LOST ? `${words} from ${from} to ${to} is lost` : `${to} gets ${words} from ${from}`);
    }
    if (told.length > 0) return told;
    for (const message of messages.sentIn(step)) {
      const [from, to] = [this.nameOf(messages.from[message]), this.nameOf(messages.to[message])];
      told.push(`${from} sends ${this.words[messages.words[message]]} to ${to}`);
    }
    if (told.length > 0) return told;
    const changes = this.changesIn(step);
    if (changes.length > 0) return changes;
    return [`nothing new since ${seconds(this.story.rows[last][0])}: ${this.sentence(last)}`];
  }

  /** A line of the story as a sentence. */
  sentence(place) {
    const [, , lane, text, rule] = this.story.rows[place];
    return `${lane < 0 ? '' : `${this.nameOf(lane)} `}${text}${rule ? `: ${rule}` : ''}`;
  }

  changesIn(step) {
    const told = [];
    this.lives.forEach((life, lane) => {
      const place = lastAtMost(life.steps, step);
      if (place < 1 || life.steps[place] !== step) return;
      const { role, durable, zxid, log } = life.changes[place];
      const words = [];
      if (role) words.push(`is ${ROLE_WORDS[role]}`);
      if (log?.length > 0) words.push(`writes ${log.at(-1)} to its log`);
      if (durable && durable !== '0x0') words.push(`has its log on disk up to ${durable}`);
      if (zxid) words.push(`has applied ${zxid}`);
      if (words.length > 0) told.push(`${this.nameOf(lane)} ${words.join(', ')}`);
    });
    return told;
  }
}
