
// The space-time diagram: a lane a party, time from left to right.

const HEAD = 46;
const BAND = 18;
const LEAST_LANE = 40;
const MOST_LANE = 92;
/** With more packets in view than this, those that share a column of pixels are drawn as one. */
const DENSE = 1500;
const COLUMN = 3;

class Diagram {
  constructor({ onpick }) {
    this.canvas = h('canvas', {
      class: 'diagram', tabindex: '0', role: 'img',
      'aria-label': 'Space-time diagram. What it shows stands in the story beside it. Plus and minus zoom, brackets pan, arrow keys step.',
    });
    this.tip = h('div', { class: 'tip', 'aria-hidden': 'true', hidden: true });
    this.element = h('div', { class: 'stage' }, this.canvas, this.tip);
    this.sheet = new Sheet(this.canvas);
    this.ports = [true, true, true];
    this.lit = new Set();
    this.step = 0;
    this.left = 64;
    this.view = { unit: 0, scale: 1 };
    this.onpick = onpick;
    this.onview = () => {};
    /** What the last drawing consisted of. */
    this.drawn = { arrows: 0, strokes: 0, labels: 0, bundled: false };
  }

  load(film, axis) {
    const first = this.film === undefined;
    this.film = film;
    this.axis = axis;
    this.fitsAll ??= true;
    if (first || this.fitsAll) this.fit();
    this.draw();
  }

  setAxis(axis) {
    this.axis = axis;
    this.fit();
  }

  get right() {
    return this.width - 10;
  }

  get leastScale() {
    return Math.max(this.right - this.left, 1) / this.axis.length;
  }

  resize(width, height) {
    this.width = width;
    const lanes = this.film?.lanes.length ?? 1;
    this.lane = Math.min(Math.max((height - HEAD - 8) / lanes, LEAST_LANE), MOST_LANE);
    this.height = HEAD + lanes * this.lane + 8;
    this.canvas.style.height = `${this.height}px`;
    const names = this.film?.lanes.map((lane) => lane.name.length) ?? [4];
    this.left = Math.min(24 + 8 * Math.max(...names), width < 500 ? 72 : 120);
    if (this.fitsAll && this.film) this.view = { unit: 0, scale: this.leastScale };
  }

  x(unit) {
    return this.left + (unit - this.view.unit) * this.view.scale;
  }

  unitAt(x) {
    return this.view.unit + (x - this.left) / this.view.scale;
  }

  middle(lane) {
    return HEAD + (lane + 0.5) * this.lane;
  }

  fit() {
    this.fitsAll = true;
    this.view = { unit: 0, scale: this.leastScale };
    this.invalidate();
  }

  look(unit, scale) {
    const most = Math.max(this.axis.folded ? 80 : 20_000, this.leastScale);
    this.view.scale = Math.min(Math.max(scale, this.leastScale), most);
    const shown = (this.right - this.left) / this.view.scale;
    this.view.unit = Math.min(Math.max(unit, 0), Math.max(this.axis.length - shown, 0));
    this.fitsAll = this.view.scale <= this.leastScale * 1.000_1;
    this.invalidate();
  }

  zoom(factor, x = this.x(this.axis.unitOfStep(this.step))) {
    const at = Math.min(Math.max(x, this.left), this.right);
    const unit = this.unitAt(at);
    const scale = Math.min(Math.max(this.view.scale * factor, this.leastScale), 20_000);
    this.look(unit - (at - this.left) / scale, scale);
  }

  pan(pixels) {
    this.look(this.view.unit + pixels / this.view.scale, this.view.scale);
  }

  /** Moves so that the current step is in sight. */
  reveal() {
    const x = this.x(this.axis.unitOfStep(this.step));
    const margin = Math.min(60, (this.right - this.left) / 6);
    if (x < this.left + margin / 2 || x > this.right - margin / 2) {
      this.look(this.axis.unitOfStep(this.step) - (this.right - this.left) / 2 / this.view.scale, this.view.scale);
    }
  }

  /** Draws soon, once. */
  invalidate() {
    if (this.waiting) return;
    this.waiting = requestAnimationFrame(() => this.draw());
  }

  draw() {
    if (this.waiting) cancelAnimationFrame(this.waiting);
    this.waiting = 0;
    if (!this.film || !this.width) return;
    const { sheet } = this;
    this.colours ??= palette(this.element);
    sheet.begin(this.width, this.height, this.colours);
    this.labels = [];
    sheet.pen.save();
    sheet.pen.beginPath();
    sheet.pen.rect(this.left, 0, this.width - this.left, this.height);
    sheet.pen.clip();
    this.drawQuiet();
    this.drawTroubles();
    this.drawBaselines();
    this.drawArrows();
    this.drawBands();
    this.drawOperations();
    this.drawDeaths();
    this.drawLit();
    this.drawAxis();
    sheet.pen.restore();
    this.drawNames();
    this.drawn.strokes = sheet.strokes;
    this.drawn.labels = this.labels.length;
    this.onview();
  }

  drawQuiet() {
    const { sheet, colours } = this;
    for (const { from, to } of this.axis.quiet) {
      const [x, end] = [this.x(from), this.x(to)];
      if (end < this.left || x > this.width || end - x < 3) continue;
      sheet.box(x + 1, HEAD, end - x - 2, this.height - HEAD, colours.fold);
    }
  }

  drawBaselines() {
    const { sheet, colours } = this;
    sheet.pen.strokeStyle = colours.line;
    sheet.pen.lineWidth = 1;
    sheet.pen.setLineDash([]);
    for (let lane = 0; lane < this.film.lanes.length; lane += 1) {
      const y = Math.round(this.middle(lane)) + 0.5;
      sheet.line(this.left, y, this.x(this.axis.length), y);
    }
  }

  drawTroubles() {
    const { sheet, colours, axis } = this;
    sheet.font(11, 500);
    for (const trouble of this.film.recording.troubles) {
      if (trouble.from.step === trouble.until.step) continue;
      const x = Math.max(this.x(axis.unitOfStep(trouble.from.step)), this.left);
      const end = Math.min(this.x(axis.unitOfTime(trouble.until.at)), this.width);
      if (end <= this.left || x >= this.width) continue;
      const other = trouble.to ?? trouble.lane;
      const [top, low] = [Math.min(trouble.lane, other), Math.max(trouble.lane, other)];
      const room = this.lane * 0.42;
      const [y, bottom] = [this.middle(top) - (top === low ? room : 0), this.middle(low) + (top === low ? room : 0)];
      const wide = Math.max(end - x, 2);
      sheet.box(x, y, wide, bottom - y, colours['fault-wash']);
      sheet.box(x, y, wide, bottom - y, sheet.texture('slant', colours['fault-wash']));
      this.label(trouble.what, x + 5, Math.min(y + (top === low ? 9 : BAND / 2 + 10), bottom - 4), wide - 8, colours.fault);
    }
  }

  /** A text where it fits and covers no other. */
  label(text, x, y, room, colour, halo = false) {
    const { sheet } = this;
    const width = sheet.pen.measureText(text).width;
    if (width > room) return false;
    const taken = this.labels.some((other) => x < other.x + other.width + 4 && other.x < x + width + 4 && Math.abs(other.y - y) < 13);
    if (taken) return false;
    if (halo) {
      sheet.pen.globalAlpha = 0.850;
      sheet.box(x - 2, y - 7, width + 4, 14, this.colours.panel);
      sheet.pen.globalAlpha = 1;
    }
    sheet.text(text, x, y, colour);
    this.labels.push({ x, y, width });
    return true;
  }

  drawBands() {
    const { sheet, colours, axis } = this;
    sheet.font(11, 600);
    sheet.pen.textBaseline = 'middle';
    let drawn = 0;
    this.film.bands.forEach((bands, lane) => {
      const y = Math.round(this.middle(lane) - BAND / 2);
      let filled = this.left;
      for (const band of bands) {
        if (band.role === 'down') continue;
        const x = Math.max(this.x(axis.unitOfStep(Math.max(band.from.step, this.film.steps[0]))), this.left - 8);
        const end = Math.min(this.x(axis.unitOfTime(band.to.at)), this.width + 8);
        if (end < this.left || x > this.width || end - filled < 0.7) continue;
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
    const from = Math.max(x, this.left) + 6;
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
      this.labels.push({ x: from, y: y + BAND / 2, width: wide });
      break;
    }
  }

  /** Where a packet begins and ends. */
  arrow(place) {
    const { messages, recording } = this.film;
    const x1 = this.x(this.axis.sentUnits[place]);
    const ended = messages.fate[place] !== UNDER_WAY && messages.endAt[place] <= recording.to;
    const x2 = ended ? this.x(this.axis.endUnits[place]) : Math.min(x1 + 40, this.x(this.axis.length));
    const [from, to] = [messages.from[place], messages.to[place]];
    const down = to > from ? 1 : -1;
    const y1 = this.middle(from) + (down * BAND) / 2;
    const y2 = this.middle(to) - (down * BAND) / 2;
    return { x1, y1, x2, y2, fate: ended ? messages.fate[place] : UNDER_WAY, port: messages.port[place] };
  }

  /** Calls for each packet that may be in sight. */
  eachInSight(visit) {
    const { sentUnits, endUnits } = this.axis;
    const { ports, film: { messages } } = this;
    const [from, to] = [this.unitAt(this.left - 8), this.unitAt(this.width)];
    const last = lastAtMost(sentUnits, to);
    const first = Math.max(lastAtMost(sentUnits, from) - FLIGHT, 0);
    const look = (place) => {
      if (ports[messages.port[place]] && sentUnits[place] <= to && endUnits[place] >= from) visit(place);
    };
    for (const place of messages.long) if (place < first) look(place);
    for (let place = first; place <= last; place += 1) look(place);
  }

  drawArrows() {
    const { messages } = this.film;
    let places = [];
    this.eachInSight((place) => places.push(place));
    const bundled = places.length > DENSE;
    if (bundled) {
      const seen = new Set();
      places = places.filter((place) => {
        const column = Math.floor(this.x(this.axis.sentUnits[place]) / COLUMN);
        const key = ((column * 64 + messages.from[place]) * 64 + messages.to[place]) * 12 + messages.port[place] * 3 + messages.fate[place];
        return !seen.has(key) && seen.add(key);
      });
    }
    const alpha = bundled ? 0.35 : places.length > 300 ? 0.6 : 0.9;
    for (const place of places) this.stroke(this.arrow(place), alpha, bundled ? 0 : 5.5);
    this.drawn.arrows = places.length;
    this.drawn.bundled = bundled;
    this.named = places.length <= 60 ? places : [];
  }

  stroke({ x1, y1, x2, y2, fate, port }, alpha, head) {
    const { sheet, colours } = this;
    const { pen } = sheet;
    const colour = fate === LOST ? colours.fault : colours[PORTS[port]];
    pen.globalAlpha = alpha;
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = head > 6 ? 2.4 : 1.2;
    pen.setLineDash(DASHES[PORTS[port]]);
    const share = fate === RECEIVED ? 1 : fate === LOST ? 0.62 : 0.35;
    const [x, y] = [x1 + (x2 - x1) * share, y1 + (y2 - y1) * share];
    sheet.line(x1, y1, x, y);
    pen.setLineDash([]);
    if (fate === LOST) {
      pen.lineWidth = head > 6 ? 2.6 : 1.8;
      sheet.cross(x, y, head > 6 ? 5 : 3.5);
    } else if (fate === RECEIVED && head > 0) {
      sheet.head(x, y, x2 - x1, y2 - y1, head);
    }
    pen.globalAlpha = 1;
  }

  drawOperations() {
    const { sheet, colours, axis } = this;
    let drawn = 0;
    this.film.operations.forEach((operations, lane) => {
      const y = this.middle(lane) + BAND / 2 + 5;
      let filled = -Infinity;
      for (const { asked, end } of operations) {
        const x = this.x(axis.unitOfStep(asked.step));
        const until = Math.max(this.x(end ? axis.unitOfStep(end.when.step) : axis.length), x + 3);
        if (until < this.left || x > this.width || until - filled < 1.5) continue;
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
      if (trouble.from.step !== trouble.until.step) continue;
      const x = this.x(axis.unitOfStep(trouble.from.step));
      if (x < this.left - 10 || x > this.width + 10) continue;
      const y = this.middle(trouble.lane);
      sheet.pen.fillStyle = colours.panel;
      sheet.rounded(x - 7, y - 7, 14, 14, 7);
      sheet.pen.fill();
      sheet.pen.strokeStyle = colours.fault;
      sheet.pen.lineWidth = 2.4;
      sheet.cross(x, y, 4.5);
      const words = { killed: 'killed', off: 'power off', wiped: 'wiped', reset: 'reset' }[trouble.kind] ?? trouble.kind;
      this.label(words, x + 11, y, this.width - x - 12, colours.fault, true);
    }
  }

  /** The current moment, and what belongs to it. */
  drawLit() {
    const { sheet, colours } = this;
    sheet.font(10.5, 400);
    for (const place of this.named) if (!this.lit.has(place)) this.name(place, colours.muted);
    const x = Math.round(this.x(this.axis.unitOfStep(this.step)));
    sheet.box(x - 0.75, 22, 1.5, this.height - 22, colours.accent);
    sheet.font(11, 600);
    for (const place of this.lit) {
      if (!this.ports[this.film.messages.port[place]]) continue;
      this.stroke(this.arrow(place), 1, 9);
      this.name(place, colours.ink);
    }
  }

  name(place, colour) {
    const arrow = this.arrow(place);
    if (Math.abs(arrow.y2 - arrow.y1) < 16) return;
    const name = this.film.words[this.film.messages.name[place]];
    const width = this.sheet.pen.measureText(name).width;
    const share = arrow.fate === LOST ? 0.35 : 0.5;
    const x = arrow.x1 + (arrow.x2 - arrow.x1) * share + 5;
    this.label(name, Math.min(x, this.right - width), arrow.y1 + (arrow.y2 - arrow.y1) * share, Infinity, colour, true);
  }

  drawAxis() {
    const { sheet, colours, axis, film } = this;
    sheet.box(this.left, 0, this.width, 22, colours.panel);
    sheet.font(11, 400);
    sheet.pen.textBaseline = 'middle';
    let free = this.left;
    for (const { from, to, nanos } of axis.quiet) {
      const [x, end] = [this.x(from), this.x(to)];
      const text = `${duration(nanos)} quiet`;
      const width = sheet.pen.measureText(text).width;
      const short = duration(nanos);
      if (end < this.left || x > this.width) continue;
      const words = width + 10 < end - x ? text : sheet.pen.measureText(short).width + 8 < end - x ? short : '⋯';
      const middle = (x + end) / 2;
      if (words === '⋯' && end - x < 8) continue;
      sheet.text(words, middle, 36, colours.muted, 'center');
      const half = sheet.pen.measureText(words).width / 2;
      this.labels.push({ x: middle - half, y: 36, width: half * 2 });
    }
    for (let x = this.left + 4; x < this.right; x += 24) {
      if (x < free) continue;
      const { time, label } = roundest(axis.timeOfUnit(this.unitAt(x)), axis.timeOfUnit(this.unitAt(x + 22)));
      const at = this.x(axis.unitOfTime(time));
      const width = sheet.pen.measureText(label).width;
      if (at + width / 2 > this.right + 8 || at - width / 2 < this.left - 2 || at > this.x(axis.length) + 1) continue;
      if (!this.label(label, at - width / 2, 36, Infinity, colours.muted)) continue;
      sheet.pen.strokeStyle = colours.line;
      sheet.pen.lineWidth = 1;
      sheet.line(Math.round(at) + 0.5, 26, Math.round(at) + 0.5, 29);
      free = at + width / 2 + 26;
    }
    this.drawMarks(film, axis);
  }

  /** Captions and what was demanded, above the axis. */
  drawMarks(film, axis) {
    const { sheet, colours } = this;
    const unmet = new Set(film.recording.unmet.map(({ line }) => line));
    this.marks = [];
    film.recording.frames.forEach((frame, place) => {
      for (const demand of frame.demands) {
        const broken = unmet.has(demand.line);
        const at = broken ? film.recording.unmet.find(({ line }) => line === demand.line).at : demand.to;
        if (at < film.recording.from || at > film.recording.to) continue;
        this.marks.push({ x: this.x(axis.unitOfTime(at)), demand, broken });
      }
      if (place > 0 && frame.at >= film.recording.from && frame.at <= film.recording.to) {
        this.marks.push({ x: this.x(axis.unitOfStep(film.frameSteps[place])), frame: place });
      }
    });
    this.marks.sort((a, b) => (a.frame === undefined) - (b.frame === undefined) || (b.broken ?? 0) - (a.broken ?? 0) || a.x - b.x);
    const taken = [];
    this.marks = this.marks.filter((mark) => {
      if (mark.x < this.left - 9 || mark.x > this.width + 9 || taken.some((x) => Math.abs(x - mark.x) < 18)) return false;
      taken.push(mark.x);
      return true;
    });
    sheet.font(10.5, 700);
    for (const mark of this.marks) {
      const x = Math.min(Math.max(mark.x, this.left + 9), this.right);
      if (mark.frame !== undefined) {
        sheet.rounded(x - 8, 3, 16, 16, 8);
        sheet.pen.fillStyle = colours.ink;
        sheet.pen.fill();
        sheet.text(String(mark.frame), x, 11.5, colours.panel, 'center');
      } else {
        sheet.text(mark.broken ? '✗' : '✓', x, 11.5, mark.broken ? colours.fault : colours.held, 'center');
      }
      mark.x = x;
    }
  }

  drawNames() {
    const { sheet, colours } = this;
    sheet.box(0, 0, this.left, this.height, colours.panel);
    sheet.pen.textBaseline = 'middle';
    sheet.font(10.5, 400);
    sheet.text('time', this.left - 10, 36, colours.muted, 'right');
    this.film.lanes.forEach((lane, place) => {
      sheet.font(13, 650);
      sheet.text(lane.name, this.left - 10, this.middle(place), colours.ink, 'right', this.left - 14);
      if (lane.observer && this.lane >= 44) {
        sheet.font(10, 400);
        sheet.text('observer', this.left - 10, this.middle(place) + 13, colours.muted, 'right');
      }
    });
  }

  /** What lies under a point: a packet, a mark of the axis, or a moment of a lane. */
  hit(x, y) {
    if (y < 24) {
      const mark = this.marks.find((mark) => Math.abs(mark.x - x) < 10);
      if (mark) return { mark };
    }
    let best = null;
    this.eachInSight((place) => {
      const arrow = this.arrow(place);
      const away = distance(x, y, arrow);
      if (away < 7 && (!best || away < best.away)) best = { place, away, arrow };
    });
    const lane = Math.min(Math.max(Math.floor((y - HEAD) / this.lane), 0), this.film.lanes.length - 1);
    return { lane, unit: this.unitAt(x), message: best?.place, arrow: best?.arrow };
  }

  showTip(text, x, y) {
    this.tip.textContent = text;
    this.tip.hidden = false;
    const wide = this.tip.offsetWidth;
    this.tip.style.left = `${Math.min(Math.max(x + 12, 4), Math.max(this.width - wide - 4, 4))}px`;
    this.tip.style.top = `${y + 16}px`;
  }

  hideTip() {
    this.tip.hidden = true;
  }
}

/** How far a point is from an arrow, in pixels. */
function distance(x, y, { x1, y1, x2, y2 }) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const share = Math.min(Math.max(((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1), 0), 1);
  return Math.hypot(x - x1 - share * dx, y - y1 - share * dy);
}
