
// What a page uses: shows a recording, and tells where in it one is.

class Viewer {
  /**
   * Fills `root`. Options: `link`: the address holds the moment (`#step=123`); `entry()` gives what else an entry of the history holds, its
   * state and its query; `onAddress()` hears that another entry is the current one; `onStep(step)` hears of each new moment;
   * `cardActions(lane, place)` gives elements for the card of a party, asked for at each loading; `tools` are elements for the
   * head of the page; `compact` leaves out the panel with story and logs, as for a second viewer beside the first.
   */
  constructor(root, { link = false, entry = () => [null, ''], onAddress = () => this.fromAddress(), onStep = () => {}, cardActions = () => [], tools = [], compact = false } = {}) {
    this.options = { link, entry, onAddress, onStep, compact };
    this.step = 0;
    this.folded = true;
    this.diagram = new Diagram({ onpick: (hit) => this.pick(hit) });
    this.gestures = new Gestures(this.diagram, { scrolls: () => document.documentElement.scrollHeight > window.innerHeight + 4 });
    this.controls = new Controls(this);
    this.cards = new Cards({ cardActions });
    this.story = new StoryPanel({ onpick: (item) => this.goTo(item.step, item.frame ? { frame: item.place } : { lane: item.lane }) });
    this.log = new LogPanel({ onpick: ({ log, step, lane }) => this.goTo(step, { lane, log }) });
    this.about = new About({ link, moment: (step) => this.momentName(step), onlink: (what) => this.copy(what) });
    this.element = this.build(tools);
    root.append(this.element);
    this.diagram.onview = () => this.viewChanged();
    this.listen();
  }

  build(tools) {
    this.title = h('h1', {});
    this.pill = h('span', { class: 'pill' });
    this.seed = h('span', { class: 'seed' });
    this.notice = h('p', { class: 'notice', hidden: true });
    this.copied = h('span', { class: 'unseen', role: 'status' });
    const { link, compact } = this.options;
    const head = h('header', { class: 'head' }, this.title, this.pill, this.seed, h('span', { class: 'grow' }), tools,
      link && h('button', { type: 'button', class: 'small copy-link', 'aria-label': 'Copy link', onclick: () => this.copy('link') }, icon('link'), h('span', {}, 'Copy link')),
      !compact && iconButton('theme', 'Light or dark', () => this.switchTheme()), this.copied);
    this.folder = h('button', { type: 'button', class: 'small toggle', 'aria-pressed': 'true', title: 'Silences are drawn short', onclick: () => this.fold(!this.folded) }, 'fold silences');
    this.portButtons = PORTS.map((name, port) => h('button', {
      type: 'button', class: `small toggle port-${name}`, 'aria-pressed': 'true', title: `Packets of the ${name} port`,
      onclick: () => this.togglePort(port),
    }, h('i', { 'aria-hidden': 'true' }), name));
    const bar = h('div', { class: 'bar', role: 'group', 'aria-label': 'What the diagram shows' },
      h('span', { class: 'ports', role: 'group', 'aria-label': 'Ports' }, this.portButtons), this.folder, h('span', { class: 'grow' }),
      iconButton('minus', 'Zoom out', () => this.diagram.zoom(1 / 1.6)), iconButton('plus', 'Zoom in', () => this.diagram.zoom(1.6)),
      iconButton('fit', 'Show all of the run', () => this.film && this.diagram.sight.fit()));
    this.leftPane = h('main', { class: 'left' }, bar, this.diagram.element, this.controls.element, this.cards.element);
    return h('div', { class: `viewer${compact ? ' compact' : ''}` }, head, this.notice, this.leftPane, !compact && this.buildPanel());
  }

  buildPanel() {
    const parts = [['Story', this.story], ['Logs', this.log], ['Run', this.about]];
    this.tabs = parts.map(([name, panel], place) => h('button', {
      type: 'button', role: 'tab', id: `tab-${name}`, 'aria-controls': `panel-${name}`, 'aria-selected': String(place === 0), tabindex: place === 0 ? '0' : '-1',
      onclick: () => this.openTab(place), onkeydown: (event) => this.tabKey(event, place),
    }, name));
    this.panels = parts.map(([name, panel], place) => h('div', { role: 'tabpanel', id: `panel-${name}`, 'aria-labelledby': `tab-${name}`, hidden: place !== 0 }, panel.element));
    return h('aside', { class: 'right', 'aria-label': 'Story, logs and facts' }, h('div', { class: 'tabs', role: 'tablist' }, this.tabs), this.panels);
  }

  listen() {
    new ResizeObserver(() => this.resize()).observe(this.diagram.element);
    if (!this.options.compact) {
      let width = 0;
      new ResizeObserver(([entry]) => {
        if (entry.contentRect.width === width) this.story.list.show();
        else [this.story, this.log].forEach((panel) => panel.list.resize());
        width = entry.contentRect.width;
        this.light();
      }).observe(this.panels[0].parentElement);
    }
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.recolour());
    if (!this.options.link) return;
    window.addEventListener('popstate', () => this.options.onAddress());
    window.addEventListener('hashchange', () => this.options.onAddress());
    document.addEventListener('keydown', (event) => {
      if (event.target.closest?.('input, select, textarea, [role=tab]')) return;
      this.key(event);
    });
  }

  /** Shows a recording. With `keepStep` the moment stays where it is in it; else the address says it, or the end is shown. */
  load(recording, { keepStep = false } = {}) {
    this.controls.stop();
    this.film = new Film(recording);
    this.axis = new Axis(this.film, this.folded);
    this.title.textContent = recording.name;
    this.pill.textContent = recording.green ? 'held' : 'not held';
    this.pill.className = `pill ${recording.green ? 'green' : 'red'}`;
    this.pill.title = recording.verdict.at(-1) ?? '';
    this.seed.textContent = `seed ${recording.seed}`;
    this.notice.textContent = leftOutSentences({ ...recording.leftOut, heartbeats: 0 }, recording.notes ?? []).join(' ');
    this.notice.hidden = this.notice.textContent === '';
    this.cards.load(this.film);
    if (!this.options.compact) [this.story, this.log, this.about].forEach((panel) => panel.load(this.film));
    this.diagram.load(this.film, this.axis);
    this.resize();
    this.controls.load(this.film, this.axis);
    const last = this.film.steps[this.film.length - 1];
    const asked = this.options.link ? this.addressed() : null;
    this.goTo(keepStep ? this.step : asked ?? last, { how: 'none' });
    // An address that names no moment of this run is mended.
    if (!keepStep && location.hash !== '') this.address('now');
  }

  resize() {
    const stage = this.diagram.element;
    if (!this.film || stage.clientWidth === 0) return;
    const room = Math.max(Math.min(window.innerHeight * (window.innerWidth < 800 ? 0.36 : 0.4), 420), 180);
    this.diagram.resize(stage.clientWidth, room);
    this.diagram.draw();
  }

  /** Goes to a moment: the last step that is told of at or before `step`. Packets and lines that belong to it are lit. */
  goTo(step, { lane = -1, frame, log, message, how = 'push' } = {}) {
    const { film } = this;
    const before = this.step;
    this.step = film.steps[film.placeOf(step)];
    this.focus = { lane, frame, log, message };
    this.refresh();
    this.diagram.reveal();
    this.address(how);
    if (before !== this.step) this.options.onStep(this.step);
  }

  refresh() {
    const { film, step } = this;
    const { lane, message } = this.focus;
    this.diagram.step = step;
    this.diagram.lit = new Set(message === undefined ? film.messages.of(step, lane) : [message]);
    this.diagram.invalidate();
    this.controls.show(step, film.tell(step));
    this.cards.show(step);
    this.light();
  }

  light() {
    if (!this.focus || this.options.compact) return;
    const { lane, frame, log } = this.focus;
    this.story.light(this.step, lane, frame);
    this.log.light(this.step, lane, log);
    this.about.show(this.step);
  }

  /** What a click in the diagram means. */
  pick({ mark, lane, unit, message, ended }) {
    if (mark?.frames) return this.goTo(this.film.frameSteps[mark.frames[0]], { frame: mark.frames[0] });
    if (mark) return this.goTo(this.film.steps[lastAtMost(this.film.times, mark.at)] ?? 0);
    if (message === undefined) return this.goTo(this.axis.stepNear(unit), { lane });
    const { messages } = this.film;
    const step = ended ? messages.end[message] : messages.sent[message];
    return this.goTo(step, { lane: messages[ended ? 'to' : 'from'][message], message });
  }

  /** One step, one line, or all the way. */
  move(where) {
    if (!this.film) return;
    const { film, step } = this;
    const place = film.placeOf(step);
    const line = lastAtMost(film.story.steps, step);
    const targets = {
      first: () => film.steps[0],
      last: () => film.steps[film.length - 1],
      back: () => film.steps[Math.max(place - 1, 0)],
      on: () => film.steps[Math.min(place + 1, film.length - 1)],
      nextLine: () => film.story.steps[line + 1] ?? film.steps[film.length - 1],
      lastLine: () => film.story.steps[lastAtMost(film.story.steps, step - 1)] ?? film.steps[0],
    };
    this.controls.stop();
    this.goTo(targets[where](), { how: 'replace' });
  }

  /** Does what a key asks for; tells whether it did. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.film) return false;
    if (event.key === ' ' && event.target.closest?.('button, summary, a')) return false;
    const shown = this.diagram.sight.width / 4;
    const keys = {
      ArrowLeft: () => this.move(event.shiftKey ? 'lastLine' : 'back'),
      ArrowRight: () => this.move(event.shiftKey ? 'nextLine' : 'on'),
      Home: () => this.move('first'),
      End: () => this.move('last'),
      ' ': () => this.controls.toggle(),
      '+': () => this.diagram.zoom(1.6),
      '=': () => this.diagram.zoom(1.6),
      '-': () => this.diagram.zoom(1 / 1.6),
      '[': () => this.diagram.sight.pan(-shown),
      ']': () => this.diagram.sight.pan(shown),
      0: () => this.diagram.sight.fit(),
    };
    const act = keys[event.key];
    if (!act) return false;
    event.preventDefault();
    act();
    return true;
  }

  fold(folded) {
    if (!this.film) return;
    this.folded = folded;
    this.folder.setAttribute('aria-pressed', String(folded));
    this.controls.stop();
    this.axis = new Axis(this.film, folded);
    this.diagram.load(this.film, this.axis);
    this.diagram.sight.fit();
    this.controls.load(this.film, this.axis);
    this.refresh();
  }

  togglePort(port) {
    const { ports } = this.diagram.arrows;
    ports[port] = !ports[port];
    this.portButtons[port].setAttribute('aria-pressed', String(ports[port]));
    this.diagram.invalidate();
  }

  viewChanged() {
    if (!this.film) return;
    const { view, right, left } = this.diagram.sight;
    this.controls.draw(view.unit, view.unit + (right - left) / view.scale);
  }

  openTab(place) {
    this.tabs.forEach((tab, other) => {
      tab.setAttribute('aria-selected', String(other === place));
      tab.tabIndex = other === place ? 0 : -1;
      this.panels[other].hidden = other !== place;
    });
    [this.story, this.log].forEach((panel) => panel.list.show());
    this.light();
  }

  tabKey(event, place) {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const next = (place + move + this.tabs.length) % this.tabs.length;
    this.openTab(next);
    this.tabs[next].focus();
  }

  switchTheme() {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    this.recolour();
  }

  recolour() {
    this.diagram.colours = this.controls.colours = null;
    this.diagram.invalidate();
  }

  /** What this moment is called: at the end of the run the name that commands take; before it, where no hash is known, in words. */
  momentName(step) {
    const { recording } = this.film;
    const { name, seed, moment } = recording;
    return moment.startsWith(`${name}:${seed}@${step}#`) ? moment : `${name}, seed ${seed}, step ${step}`;
  }

  async copy(what) {
    if (!this.film) return;
    this.address('now');
    const done = await copy(what === 'link' ? location.href : this.momentName(this.step));
    this.copied.textContent = done ? `The ${what === 'link' ? 'link' : 'name'} of step ${this.step} is copied.` : 'Copying is not allowed here.';
  }

  addressed() {
    const found = /^#step=(\d+)$/.exec(location.hash);
    return found ? Number(found[1]) : null;
  }

  fromAddress() {
    if (!this.film) return;
    const step = this.addressed();
    if (step !== null && this.film.steps[this.film.placeOf(step)] !== this.step) this.goTo(step, { how: 'none' });
    this.address('now');
  }

  /** Puts the moment into the address: as a new entry of the history (`push`), or in place of the last, `now` or not at every turn. */
  address(how) {
    if (!this.options.link || how === 'none') return;
    clearTimeout(this.addressing);
    if (how === 'replace') {
      this.addressing = setTimeout(() => this.address('now'), 120);
      return;
    }
    const [state, query] = this.options.entry();
    const hash = `#step=${this.step}`;
    const same = location.hash === hash && JSON.stringify(history.state) === JSON.stringify(state);
    if (how === 'push' && !same) history.pushState(state, '', query + hash);
    else history.replaceState(state, '', query + hash);
  }
}
