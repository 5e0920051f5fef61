
// The scrubber, the buttons beside it, and playing.

/** Units of the folded axis a second, at speed 1. */
const PACE = 6;
const SPEEDS = [0.25, 0.5, 1, 2, 4, 16];

class Controls {
  constructor(viewer) {
    this.viewer = viewer;
    this.playing = false;
    this.speed = 1;
    this.range = h('input', {
      type: 'range', class: 'scrubber', min: '0', step: 'any', 'aria-label': 'Moment of the run',
      oninput: () => this.scrub(), onkeydown: (event) => this.rangeKey(event),
    });
    this.canvas = h('canvas', { class: 'overview', 'aria-hidden': 'true' });
    this.sheet = new Sheet(this.canvas);
    const go = (where) => () => viewer.move(where);
    this.playButton = iconButton('play', 'Play', () => this.toggle());
    const speed = h('select', { class: 'speed', 'aria-label': 'Speed', onchange: () => { this.speed = Number(speed.value); } },
      SPEEDS.map((times) => h('option', { value: times, selected: times === 1 }, `${times}×`)));
    this.now = h('p', { class: 'now', role: 'status', 'aria-live': 'polite' });
    this.element = h('div', { class: 'controls', role: 'group', 'aria-label': 'Time' },
      h('div', { class: 'buttons' },
        iconButton('first', 'To the beginning', go('first')),
        iconButton('back', 'One step back', go('back')),
        this.playButton,
        iconButton('on', 'One step on', go('on')),
        iconButton('last', 'To the end', go('last')),
        speed),
      h('div', { class: 'track' }, this.canvas, this.range),
      this.now);
  }

  load(film, axis) {
    this.film = film;
    this.axis = axis;
    this.range.max = String(axis.units[axis.units.length - 1] || 1);
    this.draw();
  }

  scrub() {
    if (!this.film) return;
    this.stop();
    this.viewer.goTo(this.axis.stepNear(Number(this.range.value)), { how: 'replace' });
  }

  rangeKey(event) {
    if (this.viewer.key(event)) event.stopPropagation();
  }

  show(step, sentences) {
    const { film, axis } = this;
    const at = film.timeOf(step);
    this.range.value = String(axis.unitOfStep(step));
    const first = sentences[0] ?? (film.recording.from > 0 ? 'nothing in this window yet' : 'nothing has happened yet');
    this.range.setAttribute('aria-valuetext', `step ${step}, ${seconds(at)}: ${first}`);
    this.now.setAttribute('aria-live', this.playing ? 'off' : 'polite');
    const more = sentences.length > 1 ? h('span', { class: 'more', title: sentences.slice(1).join('\n') }, ` and ${sentences.length - 1} more`) : '';
    this.now.replaceChildren(h('b', {}, `step ${step}`), h('time', {}, ` ${seconds(at)} `), h('span', {}, first), more);
  }

  /** The whole run, small, with what the diagram shows of it. */
  draw(from = 0, to = Infinity) {
    const { canvas, sheet, film, axis } = this;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (!film || width === 0) return;
    this.colours ??= palette(this.element);
    sheet.begin(width, height, this.colours);
    // The thumb of a slider does not reach its very ends.
    const [left, room] = [8, width - 16];
    const end = axis.units[axis.units.length - 1] || 1;
    const x = (unit) => left + (Math.min(unit, end) / end) * room;
    const each = Math.max(Math.min((height - 4) / film.lanes.length, 6), 1);
    film.bands.forEach((bands, lane) => {
      let filled = -1;
      for (const band of bands) {
        if (band.role === 'down' || band.role === 'closed') continue;
        const [begin, until] = [x(axis.unitOfStep(Math.max(band.from.step, film.steps[0]))), x(axis.unitOfTime(band.to.at))];
        if (until - filled < 0.7) continue;
        filled = until;
        sheet.pen.globalAlpha = band.serving || band.role === 'looking' || band.role === 'connected' ? 0.9 : 0.4;
        sheet.box(begin, 2 + lane * each, Math.max(until - begin, 1), Math.max(each - 1, 1), this.colours[ROLE_PAINT[band.role].colour]);
      }
    });
    sheet.pen.globalAlpha = 1;
    if (from > 0 || to < axis.length * 0.999) {
      sheet.pen.strokeStyle = this.colours.ink;
      sheet.pen.lineWidth = 1.5;
      sheet.rounded(x(from), 1, Math.max(x(to) - x(from), 4), height - 2, 3);
      sheet.pen.stroke();
    }
  }

  toggle() {
    if (!this.film) return;
    if (this.playing) this.stop();
    else this.play();
  }

  play() {
    const { viewer, film } = this;
    if (!film) return;
    if (film.placeOf(viewer.step) === film.length - 1) viewer.move('first');
    this.playing = true;
    this.setButton('pause', 'Pause');
    let before = performance.now();
    let unit = viewer.axis.unitOfStep(viewer.step);
    const tick = (now) => {
      if (!this.playing) return;
      const pace = this.axis.folded ? PACE : this.axis.length / 60;
      unit += ((now - before) / 1000) * pace * this.speed;
      before = now;
      const step = film.steps[Math.max(lastAtMost(this.axis.units, unit), 0)];
      if (this.film !== film) return this.stop();
      if (step > viewer.step) viewer.goTo(step, { how: 'replace' });
      if (film.placeOf(step) >= film.length - 1) return this.stop();
      this.ticking = requestAnimationFrame(tick);
    };
    this.ticking = requestAnimationFrame(tick);
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    cancelAnimationFrame(this.ticking);
    this.setButton('play', 'Play');
    this.viewer.refresh();
  }

  setButton(name, label) {
    this.playButton.replaceChildren(icon(name));
    this.playButton.setAttribute('aria-label', label);
    this.playButton.title = label;
  }
}
