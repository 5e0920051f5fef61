
// The story and the servers' logs, as lists that light what belongs together.

/** Roughly how high a text will be; what is in sight is measured. */
const guess = (text, perLine, line, frame) => Math.ceil(Math.max(text.length, 1) / perLine) * line + frame;

/** A name of a lane, in its colour. */
const who = (film, lane) => h('span', { class: lane < 0 ? 'who world' : 'who' }, lane < 0 ? '' : film.nameOf(lane));

class StoryPanel {
  constructor({ onpick }) {
    this.list = new VirtualList({
      label: 'Story: what happens, line by line',
      render: (place) => this.render(this.items[place]),
      estimate: (place) => this.estimate(this.items[place]),
      onpick: (place) => onpick(this.items[place]),
    });
    this.element = this.list.element;
  }

  load(film) {
    this.film = film;
    const { frames, from, to } = film.recording;
    const heads = frames.map((frame, place) => ({ frame, place, step: film.frameSteps[place], at: frame.at }));
    const shown = heads.filter(({ frame }) => (frame.at >= from && frame.at <= to) || frame.line === 1);
    const lines = film.story.rows.map(([at, step, lane], line) => ({ line, at, step, lane }));
    this.items = [];
    this.placeOfLine = new Int32Array(lines.length);
    let next = 0;
    for (const line of lines) {
      while (next < shown.length && shown[next].at <= line.at) this.items.push(shown[next++]);
      this.placeOfLine[line.line] = this.items.length;
      this.items.push(line);
    }
    this.items.push(...shown.slice(next));
    this.placeOfFrame = new Map();
    this.items.forEach((item, place) => item.frame && this.placeOfFrame.set(item.place, place));
    this.unmet = new Map(film.recording.unmet.map((unmet) => [unmet.line, unmet]));
    this.list.load(this.items.length);
  }

  estimate(item) {
    if (!item.frame) return guess(this.film.sentence(item.line), 44, 19, 8);
    const { say, steps, demands, asks } = item.frame;
    return guess(say.join(' '), 46, 20, 28) + 20 * (steps.length + demands.length) + 60 * asks.length;
  }

  render(item) {
    if (item.frame) return this.renderFrame(item);
    const [at, , lane, text, rule, weight] = this.film.story.rows[item.line];
    const what = h('span', { class: weight === 2 ? 'what turning' : 'what' }, text, rule && h('span', { class: 'rule' }, rule));
    return h('div', { class: 'line' }, h('time', {}, seconds(at).replace(' s', '')), who(this.film, lane), what);
  }

  renderFrame({ frame, place }) {
    const first = frame.line === 1 && place === 0;
    const { belief } = this.film.recording;
    const head = first ? 'What it is about' : `${place}`;
    const steps = frame.steps.map(({ at, text }) => h('li', { class: 'do' }, h('b', {}, at === null ? '' : `${seconds(at)} `), text));
    const demands = frame.demands.map((demand) => this.renderDemand(demand));
    return h('div', { class: 'frame' },
      h('span', { class: first ? 'about' : 'number' }, head),
      h('div', {}, frame.say.map((text) => h('p', {}, text)),
        first && belief && h('p', {}, h('b', {}, 'Many believe, wrongly: '), belief),
        frame.asks.map((ask) => this.renderAsk(ask)), steps.length + demands.length > 0 && h('ul', {}, steps, demands)));
  }

  /** A prediction to make; the answer is folded. */
  renderAsk({ at, text, answers, right }) {
    const options = answers.map((answer, place) => h('li', { class: place === right ? 'right' : 'wrong' },
      h('span', { class: 'unseen' }, place === right ? 'Right: ' : 'Wrong: '), answer));
    return h('details', { class: 'ask', ontoggle: () => this.list.show(), onclick: (event) => event.stopPropagation() },
      h('summary', {}, h('b', {}, `${seconds(at)} `), text), h('ul', {}, options));
  }

  renderDemand(demand) {
    const unmet = this.unmet.get(demand.line);
    const when = demand.throughout && demand.from < demand.to ? `${seconds(demand.from)} to ${seconds(demand.to)}` : `by ${seconds(demand.to)}`;
    const broken = unmet ? h('span', { class: 'instead' }, ` — ${unmet.instead}`) : null;
    return h('li', { class: unmet ? 'unmet' : 'met' },
      h('span', { class: 'unseen' }, unmet ? 'Not met: ' : 'Held: '), demand.text, h('small', {}, ` ${when}`), broken);
  }

  /** Lights the line of a step; a caption where one was chosen. */
  light(step, lane, frame) {
    if (frame !== undefined && this.placeOfFrame.has(frame)) return this.list.light(this.placeOfFrame.get(frame));
    const line = this.film.story.near(step, lane);
    if (line < 0) return this.list.light(-1);
    if (this.film.story.steps[0] > step) return this.list.light(0);
    const { steps } = this.film.story;
    const same = [];
    for (let next = lastAtMost(steps, step); next >= 0 && steps[next] === step; next -= 1) same.push(this.placeOfLine[next]);
    return this.list.light(this.placeOfLine[line], same);
  }
}

class LogPanel {
  constructor({ onpick }) {
    this.list = new VirtualList({
      label: 'The servers’ logs, in ZooKeeper’s words',
      render: (place) => {
        const [, , lane, text] = this.film.log.rows[place];
        return h('div', { class: 'line log' }, who(this.film, lane), h('code', {}, text));
      },
      estimate: (place) => guess(this.film.log.rows[place][3], 52, 16, 8),
      onpick: (place) => {
        const [, step, lane] = this.film.log.rows[place];
        onpick({ log: place, step, lane });
      },
    });
    this.element = this.list.element;
  }

  load(film) {
    this.film = film;
    this.list.load(film.log.length);
  }

  light(step, lane, place) {
    const { log } = this.film;
    const active = place ?? log.near(step, lane);
    const same = [];
    for (let next = lastAtMost(log.steps, step); next >= 0 && log.steps[next] === step; next -= 1) {
      if (lane < 0 || log.rows[next][2] === lane) same.push(next);
    }
    this.list.light(active, same);
  }
}
