
// A frozen world, stepped by hand: all that can happen next, as buttons, and the way back.

/** How long a moment must be shown before it is asked what can happen next there, in milliseconds. */
const DWELL = 120;

class ByHand {
  constructor(playground) {
    this.playground = playground;
    const tool = (words, does) => h('button', { type: 'button', class: 'small', onclick: does }, words);
    this.freeze = tool('Freeze here', () => playground.act('freeze'));
    this.thaw = tool('Thaw', () => playground.act('thaw'));
    this.back = tool('Back', () => playground.attempt(() => this.takeBack(this.state.back)));
    this.back.title = 'Takes back the last line';
    this.told = h('p', { class: 'muted' });
    this.groups = h('div', { class: 'by-hand' });
    this.element = h('section', { 'aria-label': 'By hand' }, h('h3', { tabindex: '-1' }, 'Step by hand'),
      h('div', { class: 'row-of' }, this.freeze, this.back, this.thaw), this.told, this.groups);
    this.asked = null;
    this.state = NOT_FROZEN;
    this.draw();
  }

  /** Another moment is shown: if the world is frozen there, it is asked what can happen next, once that moment stays. */
  moved() {
    const { branch, viewer } = this.playground;
    const once = /\bfreeze\b/.test(branch.text);
    if (!once || viewer.controls.playing) this.load(NOT_FROZEN);
    if (!once) return;
    clearTimeout(this.waiting);
    const asked = this.asked = {};
    this.element.setAttribute('aria-busy', 'true');
    this.waiting = setTimeout(async () => {
      const state = await this.next().catch((error) => {
        if (!(error instanceof Refused)) console.error(error);
        return { ...NOT_FROZEN, ended: error.message };
      });
      if (this.asked === asked) this.load(state);
    }, DWELL);
  }

  async next() {
    const { playground } = this;
    const { name, text, seed, answers } = playground.branch;
    const last = playground.atEnd();
    const state = await Server.post('/next', { name, text, seed, answered: answers.length, ...(last ? {} : { at: playground.now() }) });
    // Only the last line of all can be taken back.
    return last ? state : { ...state, back: null };
  }

  /** The branch without its last line. */
  async takeBack(text) {
    const { playground } = this;
    const { branch, viewer } = playground;
    viewer.controls.stop();
    const shorter = { ...branch, text };
    const at = viewer.film.timeOf(viewer.step);
    const recording = await playground.run(shorter, 0);
    const { until, complete, frozen } = shorter;
    Object.assign(branch, { text, until, complete, frozen, did: 'one line back' });
    await playground.settle(branch, recording, Infinity);
    if (frozen === null) viewer.goTo(playground.stepOf(at), { how: 'none' });
    viewer.address('push');
    playground.did.textContent = 'The last line is taken back.';
  }

  /** What can happen next is known. */
  load(state) {
    clearTimeout(this.waiting);
    this.asked = null;
    const focused = this.element.contains(document.activeElement) ? document.activeElement : null;
    this.state = state;
    this.draw();
    this.playground.moments.hidden = state.frozen;
    this.element.removeAttribute('aria-busy');
    if (focused && !focused.checkVisibility()) this.focus();
  }

  /** The first that can happen; where nothing can, the way back. */
  focus() {
    const first = this.groups.querySelector('button') ?? [this.back, this.freeze].find((button) => !button.hidden);
    (first ?? this.element.querySelector('h3')).focus();
  }

  draw() {
    const { frozen, ended, parties = [], links = [], requests = [], back } = this.state;
    this.freeze.hidden = frozen;
    this.thaw.hidden = !frozen || Boolean(ended);
    this.back.hidden = !back;
    const count = parties.reduce((sum, { next }) => sum + next.length, 0);
    this.told.textContent = ended ?? (frozen ? `${plural(count, 'thing', 'things')} can happen next; each click lets one happen.`
      : 'In a frozen world nothing happens by itself: you say what happens next.');
    const group = (name, steps) => steps.length > 0 && h('div', { role: 'group', 'aria-label': `Next: ${name}` },
      h('h4', {}, name), h('ul', {}, steps.map((step) => h('li', {}, this.button(step, name)))));
    this.groups.replaceChildren(...[
      ...parties.map(({ name, next, faults }) => group(name, [...next, ...faults])),
      group('links', links), group('the leader', requests),
    ].filter(Boolean));
  }

  /** While another moment is asked for, what is drawn is of the last one, and nothing of it is done. */
  button(step, name) {
    const own = `next ${name} `;
    const happens = step.startsWith(own);
    const words = happens ? step.slice(own.length) : step;
    return h('button', { type: 'button', class: `small${happens ? '' : ' does'}`, 'aria-label': step, title: step, onclick: () => this.asked || this.playground.act(step) }, words);
  }
}

/** What is known of a world before anything is asked. */
const NOT_FROZEN = { frozen: false, ended: null, back: null };
