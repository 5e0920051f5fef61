
// Packets, as arrows from band to band.

/** With more packets in view than this, those that share a column of pixels are drawn as one. */
const DENSE = 1500;
const COLUMN = 3;
/** With no more than this, each has its name beside it. */
const NAMED = 30;

class Arrows {
  constructor(sheet, sight) {
    this.sheet = sheet;
    this.sight = sight;
    /** Which ports are shown, by their place in `PORTS`. */
    this.ports = PORTS.map(() => true);
    this.named = [];
    this.count = 0;
    this.bundled = false;
  }

  load(film, axis) {
    this.film = film;
    this.axis = axis;
  }

  /** Where a packet begins and ends. */
  line(place) {
    const { messages, recording } = this.film;
    const x1 = this.sight.x(this.axis.sentUnits[place]);
    const ended = messages.fate[place] !== UNDER_WAY && messages.endAt[place] <= recording.to;
    const x2 = ended ? this.sight.x(this.axis.endUnits[place]) : Math.min(x1 + 40, this.sight.x(this.axis.length));
    const [from, to] = [messages.from[place], messages.to[place]];
    const down = to > from ? 1 : -1;
    const y1 = this.sight.middle(from) + (down * BAND) / 2;
    const y2 = this.sight.middle(to) - (down * BAND) / 2;
    return { x1, y1, x2, y2, fate: ended ? messages.fate[place] : UNDER_WAY, port: messages.port[place] };
  }

  /** Calls for each packet that may be in sight. */
  eachInSight(visit) {
    const { sentUnits, endUnits } = this.axis;
    const { ports, film: { messages } } = this;
    const [from, to] = [this.sight.unitAt(this.sight.left - 8), this.sight.unitAt(this.sight.width)];
    const last = lastAtMost(sentUnits, to);
    const first = Math.max(lastAtMost(sentUnits, from) - FLIGHT, 0);
    const look = (place) => {
      if (ports[messages.port[place]] && sentUnits[place] <= to && endUnits[place] >= from) visit(place);
    };
    for (const place of messages.long) if (place < first) look(place);
    for (let place = first; place <= last; place += 1) look(place);
  }

  draw() {
    const { messages } = this.film;
    let places = [];
    this.eachInSight((place) => places.push(place));
    const bundled = places.length > DENSE;
    if (bundled) {
      const seen = new Set();
      places = places.filter((place) => {
        const column = Math.floor(this.sight.x(this.axis.sentUnits[place]) / COLUMN);
        const key = ((column * 64 + messages.from[place]) * 64 + messages.to[place]) * 12 + messages.port[place] * 3 + messages.fate[place];
        return !seen.has(key) && seen.add(key);
      });
    }
    const alpha = bundled ? 0.35 : places.length > 300 ? 0.6 : 0.9;
    for (const place of places) this.stroke(this.line(place), alpha, bundled ? 0 : 5.5);
    this.count = places.length;
    this.bundled = bundled;
    this.named = places.length <= NAMED ? places : [];
  }

  stroke({ x1, y1, x2, y2, fate, port }, alpha, head) {
    const { sheet } = this;
    const { pen, colours } = sheet;
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

  /** Draws some anew, so that they stand out. */
  light(places) {
    this.sheet.font(10.5, 400);
    for (const place of this.named) if (!places.has(place)) this.name(place, this.sheet.colours.muted);
    this.sheet.font(11, 600);
    for (const place of places) {
      if (!this.ports[this.film.messages.port[place]]) continue;
      this.stroke(this.line(place), 1, 9);
      this.name(place, this.sheet.colours.ink);
    }
  }

  name(place, colour) {
    const arrow = this.line(place);
    if (Math.abs(arrow.y2 - arrow.y1) < 16) return;
    const name = this.film.words[this.film.messages.name[place]];
    const width = this.sheet.pen.measureText(name).width;
    const far = Math.abs(this.film.messages.from[place] - this.film.messages.to[place]) > 1;
    const share = far ? 0.25 : arrow.fate === LOST ? 0.35 : 0.5;
    const x = arrow.x1 + (arrow.x2 - arrow.x1) * share + 5;
    this.sheet.label(name, Math.min(x, this.sight.right - width), arrow.y1 + (arrow.y2 - arrow.y1) * share, Infinity, colour, true);
  }

  /** The packet under a point, if there is one. */
  hit(x, y) {
    let best = null;
    this.eachInSight((place) => {
      const line = this.line(place);
      const away = distance(x, y, line);
      if (away < 7 && (!best || away < best.away)) best = { message: place, away, ended: line.fate !== UNDER_WAY };
    });
    return best;
  }
}

/** How far a point is from an arrow, in pixels. */
function distance(x, y, { x1, y1, x2, y2 }) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const share = Math.min(Math.max(((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1), 0), 1);
  return Math.hypot(x - x1 - share * dx, y - y1 - share * dy);
}
