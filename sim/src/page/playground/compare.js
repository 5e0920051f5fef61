
// Two branches side by side, with the first step that differs marked in both.

class Comparison {
  constructor({ onclose }) {
    this.onclose = onclose;
    this.told = h('div', { class: 'parting', role: 'status' });
    this.sides = h('div', { class: 'sides' });
    this.element = h('section', { class: 'compare', hidden: true, 'aria-label': 'Two branches side by side' },
      h('header', {}, h('h2', {}, 'Side by side'), h('span', { class: 'grow' }), h('button', { type: 'button', onclick: () => this.close() }, 'Back to one')), this.told, this.sides);
    document.body.append(this.element);
  }

  close() {
    this.element.hidden = true;
    this.sides.replaceChildren();
    this.onclose();
  }

  show([first, second], recordings, parting) {
    this.element.hidden = false;
    const names = [first.title, second.title];
    this.sides.replaceChildren();
    this.viewers = recordings.map((recording, side) => {
      const root = h('div', { class: 'side', 'aria-label': names[side] }, h('h3', {}, `${'AB'[side]}: ${names[side]}`));
      this.sides.append(root);
      const viewer = new Viewer(root, { compact: true, onStep: (step) => this.follow(side, step) });
      viewer.load(recording);
      return viewer;
    });
    this.told.replaceChildren(...this.words(names, parting));
    if (parting) this.go(parting);
    this.element.querySelector('button').focus();
  }

  words(names, parting) {
    if (!parting) return [h('p', {}, 'They are the same, step for step.')];
    const line = (side, name, step) => h('p', { class: 'differs' }, h('b', {}, `${side}: `), step ? `${seconds(step.at)} ${step.who} ${step.what}` : 'the run has ended', h('small', {}, ` ${name}`));
    return [
      h('p', {}, `They are the same up to step ${parting.step - 1}. The first step that differs is ${parting.step}: `,
        h('button', { type: 'button', class: 'small', onclick: () => this.go(parting) }, 'Go there')),
      line('A', names[0], parting.first), line('B', names[1], parting.second),
    ];
  }

  go(parting) {
    this.following = true;
    this.viewers.forEach((viewer) => viewer.goTo(parting.step, { how: 'none' }));
    this.following = false;
  }

  /** The other side goes to the same time. */
  follow(side, step) {
    if (this.following || !this.viewers) return;
    const [own, other] = [this.viewers[side], this.viewers[1 - side]];
    const place = Math.max(lastAtMost(other.film.times, own.film.timeOf(step)), 0);
    this.following = true;
    other.goTo(other.film.steps[place], { how: 'none' });
    this.following = false;
  }
}
