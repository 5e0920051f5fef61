
// The playground: a viewer whose runs are made as one goes along.

/** How much further is run at a time, in virtual nanoseconds. */
const STRETCH = 10e9;

/** What the page begins with where nobody says otherwise. */
const WORLD = 'three-servers';

class Playground {
  constructor(root) {
    const act = (step, did) => this.act(step, did);
    this.buttons = new CardButtons(act);
    this.links = new LinkMatrix(act);
    this.requests = new Requests(act);
    this.byHand = new ByHand(this);
    this.lesson = new Lesson({ onanswer: (number, answer) => this.answered(number, answer) });
    this.branches = new Branches({ onswitch: (branch) => this.attempt(() => this.switchTo(branch)), oncompare: (branch) => this.attempt(() => this.compare(branch)) });
    this.library = new Library({ onopen: (name, seed) => this.attempt(() => this.begin(name, seed)), onfile: (name, text) => this.attempt(() => this.beginWith(name, text)) });
    this.comparison = new Comparison({ onclose: () => { this.viewer.element.hidden = false; } });
    // Entries of the history outlive a page that is loaded again, and its branches do not.
    this.page = performance.timeOrigin;
    this.classics = h('div', { class: 'classics' });
    this.moments = h('section', { 'aria-label': 'Classic moments' }, h('h3', {}, 'Make it happen'), this.classics);
    this.alert = h('pre', { class: 'alert', role: 'alert', hidden: true });
    this.did = h('p', { class: 'did', role: 'status' });
    const tool = (words, does) => h('button', { type: 'button', class: 'small', onclick: does }, words);
    this.viewer = new Viewer(root, {
      link: true,
      entry: () => this.entry(),
      onAddress: () => this.fromAddress(),
      onStep: (step) => this.moved(step),
      cardActions: (lane, place) => this.buttons.make(lane, place),
      tools: [tool('Lessons', () => this.library.open()), tool('Save as scenario', () => this.attempt(() => this.save()))],
    });
    this.addPanel();
    this.heedPlay();
  }

  /** A panel of its own beside story and logs; it is the one that is open. */
  addPanel() {
    const { viewer } = this;
    const panel = h('div', { class: 'play', tabindex: '0', role: 'region', 'aria-label': 'What to do' }, this.alert, this.did, this.lesson.element,
      this.moments, this.byHand.element, this.branches.element, this.requests.element, this.links.element);
    const place = viewer.tabs.length;
    const tab = h('button', {
      type: 'button', role: 'tab', id: 'tab-Play', 'aria-controls': 'panel-Play', 'aria-selected': 'false', tabindex: '-1',
      onclick: () => viewer.openTab(place), onkeydown: (event) => viewer.tabKey(event, place),
    }, 'Play');
    const body = h('div', { role: 'tabpanel', id: 'panel-Play', 'aria-labelledby': 'tab-Play', hidden: true }, panel);
    viewer.tabs[0].parentElement.prepend(tab);
    viewer.panels[0].parentElement.append(body);
    viewer.tabs.push(tab);
    viewer.panels.push(body);
    viewer.openTab(place);
  }

  /** Where what was run is over, more is run. */
  heedPlay() {
    const { controls } = this.viewer;
    const play = controls.play.bind(controls);
    controls.play = () => {
      if (this.atEnd() && this.goesOn()) this.attempt(() => this.goOn(play));
      else play();
    };
    const move = this.viewer.move.bind(this.viewer);
    this.viewer.move = (where) => {
      if (where === 'on' && this.atEnd() && this.goesOn()) this.attempt(() => this.goOn(() => move('on')));
      else move(where);
    };
  }

  atEnd() {
    const { film, step } = this.viewer;
    return film && film.placeOf(step) === film.length - 1;
  }

  /** Whether there is more to run: nothing is asked, and nothing ended the run. */
  goesOn() {
    return this.branch?.complete && this.branch.frozen === null && Lesson.open(this.branch) === null;
  }

  /** Does something, and says in words why not. One thing at a time. */
  async attempt(does) {
    if (this.busy) return;
    this.busy = true;
    document.body.setAttribute('aria-busy', 'true');
    this.say('');
    try {
      await does();
    } catch (error) {
      if (!(error instanceof Refused)) console.error(error);
      this.say(error.message);
    } finally {
      this.busy = false;
      document.body.removeAttribute('aria-busy');
    }
    if (this.turned) this.fromAddress();
  }

  say(error) {
    this.alert.textContent = error;
    this.alert.hidden = error === '';
    if (error !== '') this.viewer.openTab(this.viewer.tabs.length - 1);
  }

  async start() {
    await this.attempt(async () => {
      const shelf = await Server.get('/lessons');
      this.library.load(shelf);
      this.classics.replaceChildren(...shelf.classics.map(({ name, words }) => h('button', { type: 'button', class: 'small', 'data-moment': name, onclick: () => this.classic(name, words) }, words)));
      this.given = shelf.given ?? WORLD;
      try {
        await this.open('now');
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        await this.begin(this.given, null, { how: 'now' });
        this.say(`${error.message}\nThe page begins with ${this.given} instead.`);
      }
    });
  }

  /** What the address says. */
  async open(how) {
    const asked = new URLSearchParams(location.search);
    const until = nanos(asked.get('until') ?? '0');
    const where = { step: this.viewer.addressed(), how, until };
    if (asked.has('text')) await this.beginWith(asked.get('name') ?? 'playground', await unpacked(asked.get('text')), { ...where, seed: asked.get('seed') ?? '0' });
    else await this.begin(asked.get('scenario') ?? this.given, asked.get('seed'), where);
  }

  /** Begins with something that the server knows by name. */
  async begin(name, seed = null, where = {}) {
    const found = await Server.get(`/scenario/${encodeURIComponent(name)}${seed === null ? '' : `?seed=${encodeURIComponent(seed)}`}`);
    await this.beginWith(name, found.text, { ...where, seed: found.seed, known: found.text });
  }

  async beginWith(name, text, { seed = null, step = null, until = 0, known = null, how = 'push' } = {}) {
    const branch = { ...NEW, answers: [], name, text, known, seed: seed ?? /^draws of seed (\d+)/m.exec(text)?.[1] ?? '0' };
    const recording = await this.run(branch, until);
    const made = this.branches.add(branch);
    // A frozen world is there to be gone on with.
    await this.settle(made, recording, step ?? (branch.frozen === null ? 0 : Infinity));
    this.viewer.address(how);
  }

  /** The recording of a branch that lasts at least until then; only up to a question that is not answered yet. */
  async run(branch, until) {
    const { name, text, seed } = branch;
    let recording = await Server.post('/run', { name, text, seed, until, answered: branch.answers.length });
    branch.asks = recording.asks;
    branch.belief = recording.belief;
    branch.complete = recording.complete;
    branch.until = recording.until;
    branch.frozen = recording.frozen;
    if (recording.to < STRETCH && branch.frozen === null && Lesson.open(branch) === null && until === 0) recording = await this.run(branch, STRETCH);
    return recording;
  }

  /** Makes a branch the current one, at a step of it or at its end; the address is left to who calls. */
  async settle(branch, recording, step) {
    branch.query = await this.query(branch);
    this.branch = null;
    this.viewer.step = step;
    this.viewer.load(recording, { keepStep: true });
    this.branch = branch;
    document.title = `${branch.title} · zablab`;
    [this.links, this.requests].forEach((part) => part.load(this.viewer.film));
    this.lesson.load(branch, this.viewer.film);
    this.branches.show(branch);
    this.moved(this.viewer.step);
  }

  async switchTo(branch, step = branch.step, how = 'push') {
    if (branch === this.branch) return;
    await this.settle(branch, await this.run(branch, branch.until), step);
    this.viewer.address(how);
  }

  moved(step) {
    const { branch, viewer } = this;
    if (!branch || !viewer.film) return;
    branch.step = step;
    this.buttons.show(viewer.film, step);
    this.links.show(step);
    this.lesson.show(step);
    this.byHand.moved();
    if (viewer.controls.playing && this.atEnd() && this.goesOn()) this.attempt(() => this.goOn(() => viewer.controls.play()));
  }

  /** Runs further, from where what was run is over. */
  async goOn(then) {
    const { branch, viewer } = this;
    const before = viewer.film.length;
    const recording = await this.run(branch, Math.max(branch.until, viewer.film.recording.to) + STRETCH);
    await this.settle(branch, recording, viewer.step);
    viewer.address('now');
    if (viewer.film.length > before) then();
  }

  /** When something is done that is done now: at the step that is shown, or, where that is the last, when the run ends. */
  now() {
    const { film, step } = this.viewer;
    if (this.atEnd()) return film.recording.to;
    // Between the last step before the world is frozen and the first by hand it is frozen.
    const { frozen } = this.branch;
    const next = film.times[film.placeOf(step) + 1];
    return frozen !== null && next > frozen ? Math.max(film.timeOf(step), frozen) : film.timeOf(step);
  }

  /** The last step of what is done at an instant; what takes a while begins at the next. */
  stepOf(at) {
    const { film } = this.viewer;
    const place = lastAtMost(film.times, at);
    return film.times[place] === at ? film.steps[place] : film.stepAt(at);
  }

  act(step, did = step) {
    return this.change('/act', { step }, did);
  }

  classic(moment, words) {
    return this.change('/classic', { moment }, words);
  }

  change(path, what, did) {
    if (!this.branch) return undefined;
    const focused = document.activeElement?.closest?.('[data-lane]')?.dataset.lane;
    return this.attempt(async () => {
      const { branch, viewer } = this;
      viewer.controls.stop();
      const { name, text, seed } = branch;
      const [at, last] = [this.now(), this.atEnd()];
      const done = await Server.post(path, { name, text, seed, at, answered: branch.answers.length, ...what });
      // A branch grows only at the end of what is drawn of it: of anything earlier, something drawn would be lost.
      const grows = last && done.text.startsWith(text.trimEnd());
      const next = { ...NEW, name, seed, text: done.text, asks: [], answers: [], belief: null, step: viewer.step };
      const recording = await this.run(next, done.at + STRETCH);
      const told = `${seconds(done.at)}: ${did}`;
      if (grows) Object.assign(branch, { text: done.text, asks: [], answers: [], belief: null, until: next.until, complete: next.complete, frozen: next.frozen, did: told });
      const now = grows ? branch : this.branches.add({ ...next, parent: branch, title: `Branch ${this.branches.all.length}`, did: told });
      await this.settle(now, recording, viewer.step);
      viewer.goTo(this.stepOf(done.at), { how: 'push' });
      this.did.textContent = `${told}. ${done.told}`;
      if (focused) viewer.element.querySelector(`[data-lane="${CSS.escape(focused)}"] .actions button:not([hidden])`)?.focus();
      if (now.frozen === null) this.show();
    });
  }

  /** What comes now: played, or, for who wants nothing to move, as it ends. */
  show() {
    const { viewer } = this;
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) viewer.move('last');
    else viewer.controls.play();
  }

  answered(number, answer) {
    this.attempt(async () => {
      const { branch, viewer } = this;
      branch.answers[number] = answer;
      await this.settle(branch, await this.run(branch, 0), viewer.step);
      viewer.address('now');
      this.show();
    });
  }

  async compare(other) {
    const { branch, viewer } = this;
    viewer.controls.stop();
    const until = Math.max(branch.until, other.until);
    const [first, second] = [await this.run({ ...other }, until), await this.run({ ...branch }, until)];
    const of = ({ text, seed }) => ({ text, seed });
    const { parting } = await Server.post('/differ', { until, first: of(other), second: of(branch) });
    viewer.element.hidden = true;
    this.comparison.show([other, branch], [first, second], parting);
  }

  async save() {
    if (!this.branch) return;
    const { name, text, seed, until } = this.branch;
    const { film } = this.viewer;
    const saved = await Server.post('/save', { name, text, seed, until: Math.max(until, film.recording.to) });
    const file = `${name.replaceAll(/[^\w.-]+/g, '-')}.zab`;
    const address = URL.createObjectURL(new Blob([saved.text], { type: 'text/plain' }));
    h('a', { href: address, download: file }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
    this.did.textContent = `Saved as ${file}: zablab run ${file} comes to the same run, #${saved.hash.slice(0, 8)}.`;
  }

  /** What the address says of a branch: its name where the server knows it, else its text. */
  async query(branch) {
    const { name, text, seed, parent, until } = branch;
    const known = parent === null && branch.known === text;
    const query = new URLSearchParams(known ? { scenario: name, seed, until } : { name, seed, until, text: await packed(text) });
    return `?${query}`;
  }

  /** An entry of the history belongs to a branch, so that going back never shows one run under the name of another. */
  entry() {
    return [{ page: this.page, branch: this.branch.id }, this.branch.query];
  }

  /** Another entry is the current one: the branch it belongs to is shown, where this page made it; else what it says is begun with. */
  fromAddress() {
    const { viewer, branch } = this;
    this.turned = this.busy;
    if (this.turned || !branch) return;
    const state = history.state;
    const own = state?.page === this.page ? this.branches.all[state.branch] : location.search === branch.query ? branch : null;
    viewer.controls.stop();
    if (own === branch) return viewer.fromAddress();
    this.attempt(async () => {
      try {
        if (own) await this.switchTo(own, viewer.addressed() ?? own.step, 'now');
        else await this.open('now');
      } finally {
        viewer.address('now');
      }
    });
  }
}

/** A branch before anything is known of it. */
const NEW = { frozen: null, asks: null, answers: [], belief: null, step: 0, did: '' };

const playground = new Playground(document.body);
const viewer = playground.viewer;
playground.start();
