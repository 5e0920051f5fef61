
// A lesson: what it is about, what is being said now, and the questions that are asked before their answer is seen.

/** A text whose words of the language stand between backticks. */
const prose = (text) => text.split('`').map((part, place) => (place % 2 === 1 ? h('code', {}, part) : part));

class Lesson {
  constructor({ onanswer }) {
    this.onanswer = onanswer;
    this.body = h('div', { 'aria-live': 'polite' });
    this.element = h('section', { class: 'lesson', 'aria-label': 'Lesson' }, this.body);
  }

  /** The question that the run stops at; the rest is not run before it is answered. */
  static open(branch) {
    return branch.asks?.find((_, place) => branch.answers[place] === undefined) ?? null;
  }

  load(branch, film) {
    this.branch = branch;
    this.film = film;
    this.shown = null;
  }

  show(step) {
    const { branch, film } = this;
    const time = film.timeOf(step);
    const last = film.placeOf(step) === film.length - 1;
    const frames = film.recording.frames;
    const place = frames.findLastIndex((frame, place) => place > 0 && frame.at <= time);
    const asks = branch.asks ?? [];
    const open = Lesson.open(branch);
    const asked = open && last ? open : null;
    const past = (ask, number) => branch.answers[number] !== undefined && ((asks[number + 1]?.at ?? Infinity) <= time || (last && !open));
    const told = asks.map((ask, number) => ({ ask, number, over: past(ask, number) })).filter(({ number }) => branch.answers[number] !== undefined);
    const over = last && !open && asks.length > 0;
    const key = JSON.stringify([branch.id, place, asked?.at, told.map(({ number, over }) => [number, over]), over]);
    if (key === this.shown) return;
    this.shown = key;
    const about = frames[0]?.say ?? [];
    const say = frames[place]?.say ?? [];
    this.body.replaceChildren(...[
      about.length > 0 && h('p', { class: 'about' }, h('b', {}, prose(about[0]))),
      about.length > 1 && place < 1 && about.slice(1).map((text) => h('p', {}, prose(text))),
      branch.belief && h('p', { class: `belief${over ? ' corrected' : ''}` }, over ? 'Many believe this, and you have seen that it is not so: ' : 'Many believe: ', h('q', {}, branch.belief)),
      say.length > 0 && h('div', { class: 'say' }, say.map((text) => h('p', {}, prose(text)))),
      told.map(({ ask, number, over }) => this.answer(ask, number, over)),
      asked && this.question(asked),
    ].flat().filter(Boolean));
    this.element.hidden = this.body.childElementCount === 0;
  }

  question(ask) {
    const number = this.branch.asks.indexOf(ask);
    return h('fieldset', { class: 'ask' }, h('legend', {}, 'What do you think? ', ask.question),
      ask.answers.map((text, place) => h('button', { type: 'button', onclick: () => this.onanswer(number, place) }, text)));
  }

  answer(ask, number, over) {
    const given = this.branch.answers[number];
    const right = given === ask.right;
    const verdict = !over ? 'Watch what happens.' : right ? '✓ So it is.' : `✗ It was: ${ask.answers[ask.right]}`;
    return h('div', { class: `answered ${over ? (right ? 'right' : 'wrong') : ''}` },
      h('p', {}, ask.question), h('p', {}, 'You said: ', h('q', {}, ask.answers[given])), h('p', {}, h('b', {}, verdict)));
  }
}
