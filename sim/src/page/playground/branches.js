
// Branches: texts, each with the one it came from. All of them stay.

class Branches {
  constructor({ onswitch, oncompare }) {
    this.all = [];
    this.onswitch = onswitch;
    this.oncompare = oncompare;
    this.list = h('ol', { class: 'branches' });
    this.element = h('section', { 'aria-label': 'Branches' }, h('h3', {}, 'Branches'),
      h('p', { class: 'muted' }, 'Go back in time and do something else: the old run stays here.'), this.list);
  }

  /** A new branch, which is the current one from now on. */
  add(branch) {
    const made = { id: this.all.length, parent: null, step: 0, until: 0, answers: [], ...branch };
    made.title ??= made.name;
    this.all.push(made);
    return made;
  }

  depth(branch) {
    return branch.parent === null ? 0 : this.depth(branch.parent) + 1;
  }

  /** In the order of a tree. */
  ordered(parent = null) {
    const children = this.all.filter((branch) => branch.parent === parent);
    return children.flatMap((branch) => [branch, ...this.ordered(branch)]);
  }

  show(current) {
    this.list.replaceChildren(...this.ordered().map((branch) => this.row(branch, current)));
  }

  row(branch, current) {
    const is = branch === current;
    const depth = Math.min(this.depth(branch), 6);
    return h('li', { class: `branch depth-${depth}${is ? ' current' : ''}` },
      h('button', { type: 'button', class: 'name', 'aria-current': is ? 'true' : null, onclick: () => this.onswitch(branch) },
        h('b', {}, branch.title), branch.did && h('small', {}, ` ${branch.did}`)),
      is ? h('button', { type: 'button', class: 'small', 'aria-label': `Rename ${branch.title}`, onclick: () => this.rename(branch, current) }, 'Rename')
        : h('button', { type: 'button', class: 'small', 'aria-label': `Compare with ${branch.title}`, onclick: () => this.oncompare(branch) }, 'Compare'));
  }

  rename(branch, current) {
    const field = h('input', { type: 'text', maxlength: '60', 'aria-label': 'Name of the branch' });
    field.value = branch.title;
    const done = () => {
      branch.title = field.value.trim() || branch.title;
      this.show(current);
      this.list.querySelector('.current button')?.focus();
    };
    const form = h('form', { onsubmit: (event) => { event.preventDefault(); done(); } }, field, h('button', { class: 'small' }, 'Done'));
    this.list.querySelector('.current').replaceChildren(form);
    field.select();
  }
}
