
// The run itself: what came of it, what it was made of, what is not shown.

class About {
  constructor({ moment, link, onlink }) {
    this.moment = moment;
    this.link = link;
    this.onlink = onlink;
    this.element = h('div', { class: 'about-run', tabindex: '0', role: 'region', 'aria-label': 'About this run' });
  }

  load(film) {
    const { recording } = film;
    const left = leftOutSentences(recording.leftOut, recording.notes ?? []);
    const lines = recording.text.replace(/\n$/, '').split('\n');
    this.name = h('code', { class: 'moment' });
    this.element.replaceChildren(
      h('h3', {}, 'Verdict'),
      h('ul', { class: `verdict ${recording.green ? 'green' : 'red'}` }, recording.verdict.map((line) => h('li', {}, line))),
      h('h3', {}, 'This moment'),
      h('p', {}, this.name, ' ', h('button', { type: 'button', class: 'small', onclick: () => this.onlink('name') }, 'Copy name'),
        this.link && [' ', h('button', { type: 'button', class: 'small', onclick: () => this.onlink('link') }, 'Copy link')]),
      h('p', { class: 'muted' }, `Scenario ${recording.name}, seed ${recording.seed}. It ended as `, h('code', {}, recording.moment), '.'),
      left.length > 0 ? h('h3', {}, 'Not shown') : '',
      ...left.map((sentence) => h('p', {}, sentence)),
      h('details', {}, h('summary', {}, 'The scenario’s text'), h('ol', { class: 'text' }, lines.map((line) => h('li', {}, h('code', {}, line || ' '))))),
      legend());
  }

  show(step) {
    this.name.textContent = this.moment(step);
  }
}

/** What the signs of the diagram mean. */
function legend() {
  const roles = [
    ['leading full', 'LEADING, serves'], ['following full', 'FOLLOWING, serves'], ['following hollow', 'does not serve yet'],
    ['looking full', 'LOOKING: elects'], ['observing full', 'OBSERVING'], ['booting hollow', 'boots'], ['connected full', 'a client is connected'],
  ];
  const signs = [
    ['1', 'a caption of the scenario'], ['✓', 'an expectation held'], ['✗', 'an expectation was not met, a packet was lost, or a process ended'],
    ['●', 'committed'], ['○', 'on disk, not committed'], ['✕', 'cut off or lost'],
  ];
  return h('details', { class: 'legend' }, h('summary', {}, 'What the signs mean'),
    h('ul', {}, roles.map(([look, words]) => h('li', {}, h('span', { class: `chip role-${look}`, 'aria-hidden': 'true' }, ' '), words))),
    h('ul', {}, signs.map(([sign, words]) => h('li', {}, h('b', {}, sign), words))),
    h('p', { class: 'muted' }, 'Keys: ← → one step, Shift with them one line of the story, Home and End, Space plays, + and − zoom, [ and ] pan, 0 shows all.'));
}
