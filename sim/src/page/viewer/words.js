
// What things are called.

const PORTS = ['election', 'quorum', 'client'];

const ROLE_WORDS = {
  down: 'down',
  booting: 'boots',
  looking: 'LOOKING',
  following: 'FOLLOWING',
  leading: 'LEADING',
  observing: 'OBSERVING',
  standalone: 'standalone',
  connected: 'connected',
  disconnected: 'disconnected',
  expired: 'expired',
  closed: 'closed',
};

/** A moment, to the millisecond it is in: as the command line tells it. */
const seconds = (nanos) => `${(Math.floor(nanos / 1e6) / 1e3).toFixed(3)} s`;

/** How long something took, in the unit that fits. */
function duration(nanos) {
  const units = [[1e9, 's'], [1e6, 'ms'], [1e3, 'µs']];
  const [unit, name] = units.find(([unit]) => nanos >= unit) ?? [1, 'ns'];
  const value = nanos / unit;
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toPrecision(2)} ${name}`;
}

const plural = (count, one, many) => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

/** What a recording does not show, a sentence each. */
function leftOutSentences(leftOut, notes) {
  const kinds = [
    ['messages', 'message', 'messages'],
    ['states', 'change of state', 'changes of state'],
    ['story', 'line of the story', 'lines of the story'],
    ['turns', 'decision', 'decisions'],
    ['log', 'log line', 'log lines'],
    ['transactions', 'transaction', 'transactions'],
    ['operations', 'request', 'requests'],
  ];
  const above = kinds.filter(([kind]) => leftOut[kind] > 0).map(([kind, one, many]) => plural(leftOut[kind], one, many));
  const sentences = [...notes];
  if (above.length > 0) sentences.push(`Left out, since there were too many to show: ${above.join(', ')}.`);
  if (leftOut.heartbeats > 0) {
    sentences.push(`${plural(leftOut.heartbeats, 'heartbeat (PING) is', 'heartbeats (PING) are')} not drawn: they only keep connections alive.`);
  }
  return sentences;
}

/** What somebody was at a moment, in one phrase. */
function roleSentence(state) {
  const word = ROLE_WORDS[state.role];
  if (state.paused) return `${word}, stands still`;
  if (['leading', 'following', 'observing', 'standalone'].includes(state.role)) {
    return state.serving ? `${word}, serves` : `${word}, does not serve yet`;
  }
  return word;
}
