
// What to begin with: worlds, lessons, other scenarios, and files.

class Library {
  constructor({ onopen, onfile }) {
    this.onopen = onopen;
    this.seed = h('input', { type: 'text', inputmode: 'numeric', pattern: '[0-9]{1,20}', value: '0', 'aria-label': 'Seed', size: '6' });
    this.file = h('input', { type: 'file', accept: '.zab,text/plain', 'aria-label': 'A scenario file', onchange: () => this.read(onfile) });
    this.body = h('div', { class: 'library' });
    this.element = h('dialog', { 'aria-label': 'Lessons and worlds' },
      h('header', {}, h('h2', {}, 'Begin with'), h('span', { class: 'grow' }), h('button', { type: 'button', onclick: () => this.element.close() }, 'Close')), this.body);
    document.body.append(this.element);
  }

  load({ lessons, levels }) {
    const entry = ({ name, title }) => h('li', {}, h('button', { type: 'button', 'data-name': name, onclick: () => this.choose(name) }, h('b', {}, title ?? name), h('small', {}, name)));
    const part = (title, about, entries) => entries.length > 0 && h('section', {}, h('h3', {}, title), about && h('p', { class: 'muted' }, about), h('ul', {}, entries.map(entry)));
    const [taught, rest] = [lessons.filter((one) => one.lesson), lessons.filter((one) => !one.lesson)];
    this.body.replaceChildren(...[
      part('A world of your own', 'From a quiet one to one in which disks fail. The seed draws what goes wrong.', levels),
      h('p', { class: 'row-of' }, h('label', {}, 'Seed ', this.seed), h('label', {}, 'or a file: ', this.file)),
      part('Lessons', 'Each asks you what will happen before it shows it.', taught),
      part('Scenarios', null, rest.filter((one) => !one.bug)),
      part('ZooKeeper’s own bugs', 'What happens where they are mended.', rest.filter((one) => one.bug)),
    ].filter(Boolean));
  }

  open() {
    this.element.showModal();
  }

  choose(name) {
    this.element.close();
    this.onopen(name, /^\d+$/.test(this.seed.value) && this.seed.value !== '0' ? this.seed.value : null);
  }

  async read(onfile) {
    const [file] = this.file.files;
    if (!file) return;
    this.element.close();
    onfile(file.name.replace(/\.zab$/, ''), await file.text());
    this.file.value = '';
  }
}
