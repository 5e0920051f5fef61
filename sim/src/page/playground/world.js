
// What can be done to the world: to one server on its card, to links, and by clients without a name.

const SERVER_STEPS = [
  ['start', 'Start', (state) => state.role === 'down'],
  ['kill', 'Kill', (state) => state.role !== 'down'],
  ['power-off', 'Power off', (state) => state.role !== 'down'],
  ['pause', 'Pause', (state) => state.role !== 'down' && !state.paused],
  ['resume', 'Resume', (state) => state.paused],
];
const CLIENT_STEPS = [
  ['start', 'Start', (state) => state.role === 'down'],
  ['kill', 'Kill', (state) => state.role !== 'down'],
  ['pause', 'Pause', (state) => state.role !== 'down' && !state.paused],
  ['resume', 'Resume', (state) => state.paused],
];

/** The buttons on the cards of servers and clients: those that make sense at the moment. */
class CardButtons {
  constructor(act) {
    this.act = act;
    this.all = [];
  }

  make(lane, place) {
    if (place === 0) this.all = [];
    const steps = lane.sid === null ? CLIENT_STEPS : SERVER_STEPS;
    const buttons = steps.map(([step, words, fits]) => {
      const does = () => this.act(`${step} ${lane.name}`, `${words.toLowerCase()} ${lane.name}`);
      const button = h('button', { type: 'button', class: 'small', 'data-step': step, 'aria-label': `${words} ${lane.name}`, onclick: does }, words);
      return { button, fits };
    });
    this.all.push(buttons);
    return buttons.map(({ button }) => button);
  }

  show(film, step) {
    this.all.forEach((buttons, lane) => {
      const state = film.stateAt(lane, step);
      for (const { button, fits } of buttons) button.hidden = !state || !fits(state);
    });
  }
}

/** The links between servers: who reaches whom, port by port. */
class LinkMatrix {
  constructor(act) {
    this.act = act;
    this.port = h('select', { 'aria-label': 'Port', onchange: () => this.refresh() },
      h('option', { value: '' }, 'all ports'), h('option', { value: 'election' }, 'election port'), h('option', { value: 'quorum' }, 'quorum port'));
    this.both = h('input', { type: 'checkbox', checked: true });
    this.table = h('table', { class: 'links' });
    this.element = h('section', { 'aria-label': 'Links' },
      h('h3', {}, 'Links'), h('div', { class: 'row-of' }, this.port, h('label', {}, this.both, ' both ways')), this.table,
      h('p', { class: 'muted' }, 'A cut stalls packets; no connection ends by it, so it is noticed by silence.'));
  }

  load(film) {
    this.film = film;
    this.servers = film.lanes.map((lane, place) => ({ ...lane, place })).filter((lane) => lane.sid !== null);
    this.element.hidden = this.servers.length < 2;
    this.cells = [];
    const head = h('tr', {}, h('th', {}, 'from ╲ to'), this.servers.map((to) => h('th', { scope: 'col' }, to.name)));
    const rows = this.servers.map((from) => h('tr', {}, h('th', { scope: 'row' }, from.name), this.servers.map((to) => h('td', {}, this.cell(from, to)))));
    this.table.replaceChildren(h('thead', {}, head), h('tbody', {}, rows));
  }

  cell(from, to) {
    if (from === to) return '·';
    const button = h('button', { type: 'button', class: 'link', onclick: () => this.turn(from, to) });
    this.cells.push({ from, to, button });
    return button;
  }

  cuts(from, to) {
    const { step } = this;
    const open = (trouble) => trouble.from.step <= step && (trouble.until === null || trouble.until.step > step);
    return this.film.recording.troubles.filter((trouble) => ['cut', 'refused', 'held'].includes(trouble.kind)
      && trouble.lane === from.place && trouble.to === to.place && open(trouble));
  }

  isCut(from, to) {
    const port = this.port.value;
    return this.cuts(from, to).some((trouble) => trouble.kind === 'cut' && (trouble.port === null || trouble.port === port));
  }

  turn(from, to) {
    const port = this.port.value === '' ? '' : ` on ${this.port.value}`;
    const verb = this.isCut(from, to) ? 'heal' : 'cut';
    const way = this.both.checked ? 'from' : 'to';
    this.act(`${verb} ${from.name} ${way} ${to.name}${port}`);
  }

  show(step) {
    this.step = step;
    this.refresh();
  }

  refresh() {
    if (!this.film) return;
    for (const { from, to, button } of this.cells) {
      const cuts = this.cuts(from, to);
      const [cut, some] = [this.isCut(from, to), cuts.length > 0];
      button.textContent = cut ? '✕' : some ? '◐' : '→';
      button.className = `link${cut ? ' is-cut' : some ? ' is-some' : ''}`;
      const how = cut ? 'is cut' : some ? cuts.map((trouble) => `${trouble.kind}${trouble.only ? ` (${trouble.only})` : ''}${trouble.port ? ` on ${trouble.port}` : ''}`).join(', ') : 'passes';
      button.setAttribute('aria-label', `${from.name} to ${to.name}: ${how}`);
      button.title = `${from.name} to ${to.name}: ${how}; click to ${cut ? 'heal' : 'cut'}`;
    }
  }
}

/** A word of the language, quoted where it has to be. */
const quoted = (word) => (/^[\w/.-]+$/.test(word) ? word : JSON.stringify(word));

/** Writes and reads, of a client that only one server knows. */
class Requests {
  constructor(act) {
    this.verb = h('select', { 'aria-label': 'Request', onchange: () => this.fit() },
      ['create', 'set', 'read', 'delete'].map((verb) => h('option', {}, verb)));
    this.path = h('input', { type: 'text', value: '/x', 'aria-label': 'Path', required: true });
    this.data = h('input', { type: 'text', value: 'one', 'aria-label': 'Data' });
    this.at = h('select', { 'aria-label': 'At which server' });
    const send = (event) => {
      event.preventDefault();
      const { verb, path, data, at } = this;
      const written = ['create', 'set'].includes(verb.value) ? ` ${quoted(data.value || ' ')}` : '';
      act(`${verb.value} ${quoted(path.value)}${written} at ${at.value}`);
    };
    this.element = h('section', { 'aria-label': 'Requests' }, h('h3', {}, 'Requests'),
      h('form', { class: 'row-of', onsubmit: send }, this.verb, this.path, this.data, h('span', {}, 'at'), this.at, h('button', { class: 'small' }, 'Send')));
  }

  fit() {
    this.data.hidden = !['create', 'set'].includes(this.verb.value);
  }

  load(film) {
    const names = film.lanes.filter((lane) => lane.sid !== null).map((lane) => lane.name);
    const chosen = this.at.value;
    this.at.replaceChildren(...[...names, 'leader'].map((name) => h('option', {}, name)));
    if ([...names, 'leader'].includes(chosen)) this.at.value = chosen;
  }
}
