
// What each party is at the current step.

const fact = (name, value, more) => value === null || value === undefined || value === '' ? null
  : h('div', { class: 'fact' }, h('dt', {}, name), h('dd', {}, value, more && h('small', {}, ` ${more}`)));

/** How a record of a log stands. */
const RECORD_WORDS = { committed: 'committed', logged: 'on disk, not committed', writing: 'being written', lost: 'cut off or lost' };
const RECORD_MARKS = { committed: '●', logged: '○', writing: '◌', lost: '✕' };

class Card {
  constructor(film, lane, actions) {
    this.film = film;
    this.lane = lane;
    const { name } = film.lanes[lane];
    this.chip = h('span', { class: 'chip' });
    this.body = h('div', { class: 'card-body' });
    this.actions = h('div', { class: 'actions' }, actions);
    this.element = h('section', { class: 'card', 'aria-label': name, 'data-lane': name },
      h('header', {}, h('h3', {}, name), this.chip), actions.length > 0 && this.actions, this.body);
  }

  show(step) {
    const { film, lane } = this;
    const state = film.stateAt(lane, step);
    if (!state) return;
    this.chip.textContent = roleSentence(state);
    this.chip.className = `chip role-${state.role} ${state.serving || state.role === 'connected' ? 'full' : 'hollow'}`;
    const server = film.lanes[lane].sid !== null;
    this.body.replaceChildren(...(server ? this.server(state, step) : this.client(state, step)).filter(Boolean));
  }

  server(state, step) {
    const up = state.ended === null && state.role !== 'booting';
    return [
      state.role === 'looking' && this.votes(state),
      reasons(state),
      h('dl', {},
        state.why.length === 0 && fact('state', state.ended),
        up && fact('leader', state.leader ?? 'none'),
        up && fact('vote', state.vote ?? 'nobody', state.round > 0 ? `round ${state.round}` : null),
        up && state.role !== 'looking' && fact('quorum', state.needs),
        fact('epochs', epochs(state)),
        fact('zxid', state.zxid),
        state.snapshot && state.snapshot !== '0x0' && fact('snapshot', state.snapshot)),
      this.log(state, step),
      this.requests(step),
    ];
  }

  votes(state) {
    const held = state.votes.filter((vote) => vote.counts).length;
    const [, need, all] = /^(\d+) of (\d+)$/.exec(state.needs) ?? [];
    const pips = need && Array.from({ length: Number(all) }, (_, place) =>
      h('i', { class: `${place < held ? 'has' : ''}${place === Number(need) - 1 ? ' goal' : ''}` }));
    return h('div', { class: 'votes' },
      h('p', {}, pips && h('span', { class: 'pips', 'aria-hidden': 'true' }, pips), `holds ${plural(held, 'vote', 'votes')}, needs ${state.needs}`),
      state.votes.length > 0 && h('table', {},
        h('thead', {}, h('tr', {}, ['of', 'for', 'epoch', 'zxid', 'counts'].map((head) => h('th', { scope: 'col' }, head)))),
        h('tbody', {}, state.votes.map((vote) => h('tr', { class: vote.counts ? '' : 'other' },
          h('td', {}, vote.from), h('td', {}, vote.leader), h('td', {}, String(vote.epoch)), h('td', {}, vote.zxid),
          h('td', {}, vote.counts ? '✓ yes' : '– no'))))));
  }

  log(state, step) {
    const { film, lane } = this;
    const rows = state.log.map((zxid) => {
      const { transaction, committed } = film.recordOf(lane, zxid, step);
      const written = state.durable !== null && number(zxid) <= number(state.durable);
      return { zxid, what: transaction?.what ?? '', kind: committed ? 'committed' : written ? 'logged' : 'writing' };
    });
    const lost = film.lost[lane].filter((mark) => mark.step <= step && !relogged(mark, lane, step)).slice(-3);
    rows.push(...lost.map(({ transaction }) => ({ zxid: transaction.zxid, what: transaction.what, kind: 'lost' })));
    rows.sort((a, b) => number(a.zxid) - number(b.zxid));
    if (rows.length === 0) return null;
    const earlier = state.logged - state.log.length;
    return h('div', { class: 'records' },
      h('h4', {}, 'log ', h('small', {}, plural(state.logged, 'record', 'records'), earlier > 0 ? `, the last ${state.log.length}` : '')),
      h('ol', {}, rows.map(({ zxid, what, kind }) => h('li', { class: kind, title: `${zxid} ${what}: ${RECORD_WORDS[kind]}` },
        h('span', { class: 'mark', 'aria-hidden': 'true' }, RECORD_MARKS[kind]), h('code', {}, zxid), h('span', { class: 'what' }, what),
        h('span', { class: kind === 'committed' ? 'unseen' : 'kind' }, RECORD_WORDS[kind])))));
  }

  client(state, step) {
    return [
      reasons(state),
      h('dl', {}, fact('server', state.server ?? 'none'), fact('session', state.session ?? 'none')),
      this.requests(step),
    ];
  }

  /** The last things that were asked for at this party. */
  requests(step) {
    const all = this.film.operations[this.lane];
    this.asked ??= Float64Array.from(all, (operation) => operation.asked.step);
    const last = lastAtMost(this.asked, step);
    if (last < 0) return null;
    const rows = all.slice(Math.max(last - 2, 0), last + 1).map(({ what, end }) => {
      const done = end && end.when.step <= step;
      const outcome = done ? end.outcome : 'waits';
      return h('li', { class: outcome }, h('span', { class: 'what' }, what), h('span', { class: 'answer' }, done ? end.answer : 'waits for an answer'));
    });
    return h('div', { class: 'requests' }, h('h4', {}, 'requests ', h('small', {}, `${last + 1} so far`)), h('ol', {}, rows));
  }
}

/** Why it does not do its work, and what it waits for. */
function reasons({ why, role }) {
  return why.length > 0 && h('ul', { class: `why role-${role}` }, why.map((sentence) => h('li', {}, sentence)));
}

function epochs({ acceptedEpoch, currentEpoch }) {
  if (acceptedEpoch === null && currentEpoch === null) return null;
  return `accepted ${acceptedEpoch ?? '–'}, current ${currentEpoch ?? '–'}`;
}

/** A zxid as a number to sort by: its low half counts after its high one, and both are well below what a double holds exactly. */
function number(zxid) {
  return Number(zxid);
}

/** Whether a record that a log had lost has come back to it. */
function relogged({ step: lostStep, transaction }, lane, step) {
  return transaction.logged.some((mark) => mark.lane === lane && mark.when.step > lostStep && mark.when.step <= step);
}

class Cards {
  constructor({ cardActions }) {
    this.cardActions = cardActions;
    this.element = h('div', { class: 'cards', role: 'group', 'aria-label': 'What everybody is at this moment' });
  }

  load(film) {
    this.all = film.lanes.map((lane, place) => new Card(film, place, [...(this.cardActions(lane, place) ?? [])]));
    this.element.replaceChildren(...this.all.map((card) => card.element));
  }

  show(step) {
    this.all.forEach((card) => card.show(step));
  }
}
