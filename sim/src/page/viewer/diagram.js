
// The space-time diagram: a lane a party, time from left to right.

class Diagram {
  constructor({ onpick }) {
    this.canvas = h('canvas', {
      class: 'diagram', tabindex: '0', role: 'img',
      'aria-label': 'Space-time diagram. What it shows stands in the story beside it. Plus and minus zoom, brackets pan, arrow keys step.',
    });
    this.tip = h('div', { class: 'tip', 'aria-hidden': 'true', hidden: true });
    this.element = h('div', { class: 'stage' }, this.canvas, this.tip);
    this.sheet = new Sheet(this.canvas);
    this.sight = new Sight(() => this.invalidate());
    this.arrows = new Arrows(this.sheet, this.sight);
    this.head = new Head(this.sheet, this.sight);
    this.lit = new Set();
    this.step = 0;
    this.onpick = onpick;
    this.onview = () => {};
    /** What the last drawing consisted of. */
    this.drawn = { arrows: 0, bands: 0, operations: 0, labels: 0, strokes: 0, bundled: false };
  }

  load(film, axis) {
    this.film = film;
    this.axis = this.sight.axis = axis;
    this.arrows.load(film, axis);
    this.head.load(film, axis);
  }

  resize(width, room) {
    this.sight.resize(width, room, this.film.lanes);
    this.canvas.style.height = `${this.sight.height}px`;
  }

  zoom(factor, x) {
    if (!this.film) return;
    x ??= this.sight.x(this.axis.unitOfStep(this.step));
    this.sight.zoom(factor, x);
  }

  /** Moves so that the current step is in sight. */
  reveal() {
    this.sight.reveal(this.axis.unitOfStep(this.step));
  }

  /** Draws soon, once. */
  invalidate() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => this.draw());
  }

  draw() {
    if (this.waiting) cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    const { sheet, sight } = this;
    if (!this.film || !sight.width) return;
    this.colours ??= palette(this.element);
    sheet.begin(sight.width, sight.height, this.colours);
    sheet.pen.textBaseline = 'middle';
    sheet.pen.save();
    sheet.pen.beginPath();
    sheet.pen.rect(sight.left, 0, sight.width - sight.left, sight.height);
    sheet.pen.clip();
    this.drawQuiet();
    this.drawTroubles();
    this.drawBaselines();
    this.arrows.draw();
    this.drawBands();
    this.drawOperations();
    this.drawDeaths();
    this.nameTroubles();
    this.drawMoment();
    this.head.draw();
    sheet.pen.restore();
    this.drawNames();
    Object.assign(this.drawn, { arrows: this.arrows.count, bundled: this.arrows.bundled, strokes: sheet.strokes, labels: sheet.labels.length });
    this.onview();
  }

  drawQuiet() {
    const { sheet, colours } = this;
    for (const { from, to } of this.axis.quiet) {
      const [x, end] = [this.sight.x(from), this.sight.x(to)];
      if (end < this.sight.left || x > this.sight.width || end - x < 3) continue;
      sheet.box(x + 1, HEAD, end - x - 2, this.sight.height - HEAD, colours.fold);
    }
  }

  drawBaselines() {
    const { sheet, colours } = this;
    sheet.pen.strokeStyle = colours.line;
    sheet.pen.lineWidth = 1;
    sheet.pen.setLineDash([]);
    for (let lane = 0; lane < this.film.lanes.length; lane += 1) {
      const y = Math.round(this.sight.middle(lane)) + 0.5;
      sheet.line(this.sight.left, y, this.sight.x(this.axis.length), y);
    }
  }

  /** The windows of time in which something was wrong: from lane to lane where it was a link. */
  troubles() {
    const { sight, axis } = this;
    const seen = new Set();
    const all = [];
    for (const trouble of this.film.recording.troubles) {
      if (trouble.from.step === trouble.until?.step) continue;
      const x = Math.max(sight.x(axis.unitOfStep(trouble.from.step)), sight.left);
      // Without an end it lasts as long as the picture.
      const until = trouble.until?.at ?? this.film.recording.to;
      const end = Math.min(sight.x(axis.unitOfTime(until)), sight.width);
      if (end <= sight.left || x >= sight.width) continue;
      const lanes = [trouble.lane, trouble.to ?? trouble.lane];
      const [top, low] = [Math.min(...lanes), Math.max(...lanes)];
      const room = top === low ? sight.lane * 0.42 : 0;
      const [y, bottom] = [sight.middle(top) - room, sight.middle(low) + room];
      // What was done in both directions is one window.
      const key = `${Math.round(x)} ${Math.round(end)} ${top} ${low}`;
      if (!seen.has(key)) all.push({ x, y, width: Math.max(end - x, 2), height: bottom - y, link: top !== low, words: trouble.what });
      seen.add(key);
    }
    return all;
  }

  drawTroubles() {
    const { sheet, colours } = this;
    for (const { x, y, width, height } of this.troubles()) {
      sheet.box(x, y, width, height, colours['fault-wash']);
      sheet.box(x, y, width, height, sheet.texture('slant', colours['fault-wash']));
    }
  }

  nameTroubles() {
    const { sheet, sight, colours } = this;
    sheet.font(11, 500);
    for (const { x, y, width, height, link, words } of this.troubles()) {
      const low = y + (link ? BAND / 2 + 19 : 8);
      if (height > (link ? 52 : 0) && (link || sight.lane > 60)) sheet.label(words, x + 6, low, width - 10, colours.fault, true);
    }
  }

  drawBands() {
    const { sheet, colours, axis } = this;
    sheet.font(11, 600);
    sheet.pen.textBaseline = 'middle';
    let drawn = 0;
    this.film.bands.forEach((bands, lane) => {
      const y = Math.round(this.sight.middle(lane) - BAND / 2);
      let filled = this.sight.left;
      for (const band of bands) {
        if (band.role === 'down') continue;
        const x = Math.max(this.sight.x(axis.unitOfStep(Math.max(band.from.step, this.film.steps[0]))), this.sight.left - 8);
        const end = Math.min(this.sight.x(axis.unitOfTime(band.to.at)), this.sight.width + 8);
        if (end < this.sight.left || x > this.sight.width || end - filled < 0.7) continue;
        filled = end;
        drawn += 1;
        this.drawBand(band, x, y, Math.max(end - x, 1));
      }
    });
    this.drawn.bands = drawn;
    sheet.pen.setLineDash([]);
  }

  drawBand(band, x, y, width) {
    const { sheet, colours } = this;
    const { colour, texture } = ROLE_PAINT[band.role];
    const server = ['leading', 'following', 'observing', 'standalone'].includes(band.role);
    const hollow = (server && !band.serving) || ['booting', 'disconnected', 'expired', 'closed'].includes(band.role);
    const inset = Math.min(0.75, width / 4);
    sheet.rounded(x + inset, y + 0.75, width - 2 * inset, BAND - 1.5, Math.min(4, width / 2));
    sheet.pen.fillStyle = hollow ? colours.panel : colours[colour];
    sheet.pen.fill();
    if (texture) {
      sheet.pen.globalAlpha = hollow ? 0.6 : 0.28;
      sheet.pen.fillStyle = sheet.texture(texture, hollow ? colours[colour] : colours.ink);
      sheet.pen.fill();
      sheet.pen.globalAlpha = 1;
    }
    if (band.paused) {
      sheet.pen.fillStyle = sheet.texture('bars', colours.ink);
      sheet.pen.fill();
    }
    sheet.pen.setLineDash(band.role === 'booting' || band.role === 'closed' ? [2, 2] : []);
    sheet.pen.strokeStyle = colours[colour];
    sheet.pen.lineWidth = 1.5;
    if (width > 2) sheet.pen.stroke();
    const from = Math.max(x, this.sight.left) + 6;
    const room = x + width - from - 6;
    const word = ROLE_WORDS[band.role];
    const more = band.paused ? ', stands still' : band.epoch !== null && band.serving ? ` · epoch ${band.epoch}` : hollow && server ? ', not serving' : '';
    const text = hollow || band.paused ? colours.ink : colours[`on-${colour}`];
    for (const words of [`${word}${more}`, word]) {
      const wide = sheet.pen.measureText(words).width;
      if (wide > room) continue;
      if (texture || band.paused) {
        sheet.pen.globalAlpha = hollow || band.paused ? 0.9 : 1;
        sheet.box(from - 3, y + 2, wide + 6, BAND - 4, hollow || band.paused ? colours.panel : colours[colour]);
        sheet.pen.globalAlpha = 1;
      }
      sheet.text(words, from, y + BAND / 2 + 0.5, text);
      sheet.labels.push({ x: from, y: y + BAND / 2, width: wide });
      break;
    }
  }

  drawOperations() {
    const { sheet, colours, axis } = this;
    let drawn = 0;
    this.film.operations.forEach((operations, lane) => {
      const y = this.sight.middle(lane) + BAND / 2 + 5;
      let filled = -Infinity;
      for (const { asked, end } of operations) {
        const x = this.sight.x(axis.unitOfStep(asked.step));
        const until = Math.max(this.sight.x(end ? axis.unitOfStep(end.when.step) : axis.length), x + 3);
        if (until < this.sight.left || x > this.sight.width || until - filled < 1.5) continue;
        filled = until;
        drawn += 1;
        const outcome = end?.outcome ?? 'info';
        sheet.pen.strokeStyle = outcome === 'ok' ? colours.held : outcome === 'fail' ? colours.fault : colours.muted;
        sheet.pen.setLineDash(outcome === 'ok' ? [] : [3, 2]);
        sheet.pen.lineWidth = 3;
        sheet.line(x, y, until, y);
      }
    });
    sheet.pen.setLineDash([]);
    this.drawn.operations = drawn;
  }

  drawDeaths() {
    const { sheet, colours, axis } = this;
    sheet.font(11, 600);
    for (const trouble of this.film.recording.troubles) {
      if (trouble.from.step !== trouble.until?.step) continue;
      const x = this.sight.x(axis.unitOfStep(trouble.from.step));
      if (x < this.sight.left - 10 || x > this.sight.width + 10) continue;
      const y = this.sight.middle(trouble.lane);
      sheet.pen.fillStyle = colours.panel;
      sheet.rounded(x - 7, y - 7, 14, 14, 7);
      sheet.pen.fill();
      sheet.pen.strokeStyle = colours.fault;
      sheet.pen.lineWidth = 2.4;
      sheet.cross(x, y, 4.5);
      const words = { killed: 'killed', off: 'power off', wiped: 'wiped', reset: 'reset' }[trouble.kind] ?? trouble.kind;
      sheet.label(words, x + 11, y, this.sight.width - x - 12, colours.fault, true);
    }
  }

  /** The current moment, and what belongs to it. */
  drawMoment() {
    const { sheet, sight, colours } = this;
    this.arrows.light(this.lit);
    const x = Math.round(sight.x(this.axis.unitOfStep(this.step)));
    sheet.box(x - 0.75, 22, 1.5, sight.height - 22, colours.accent);
  }

  drawNames() {
    const { sheet, colours } = this;
    sheet.box(0, 0, this.sight.left, this.sight.height, colours.panel);
    sheet.pen.textBaseline = 'middle';
    sheet.font(10.5, 400);
    sheet.text('time', this.sight.left - 10, 36, colours.muted, 'right');
    this.film.lanes.forEach((lane, place) => {
      sheet.font(13, 650);
      sheet.text(sheet.shortened(lane.name, this.sight.left - 14), this.sight.left - 10, this.sight.middle(place), colours.ink, 'right');
      if (lane.observer && this.sight.lane >= 44) {
        sheet.font(10, 400);
        sheet.text('observer', this.sight.left - 10, this.sight.middle(place) + 13, colours.muted, 'right');
      }
    });
  }

  /** What lies under a point: a packet, a mark of the axis, or a moment of a lane. */
  hit(x, y) {
    const mark = this.head.hit(x, y);
    if (mark) return { mark };
    const { sight } = this;
    const lane = Math.min(Math.max(Math.floor((y - HEAD) / sight.lane), 0), this.film.lanes.length - 1);
    return { lane, unit: sight.unitAt(x), ...this.arrows.hit(x, y) };
  }

  showTip(text, x, y) {
    this.tip.textContent = text;
    this.tip.hidden = false;
    const wide = this.tip.offsetWidth;
    this.tip.style.left = `${Math.min(Math.max(x + 12, 4), Math.max(this.sight.width - wide - 4, 4))}px`;
    this.tip.style.top = `${y + 16}px`;
  }

  hideTip() {
    this.tip.hidden = true;
  }
}
