
// Strokes and colours of the diagram.

const COLOURS = [
  'paper', 'panel', 'ink', 'muted', 'line', 'accent', 'fold', 'fault', 'fault-wash', 'held',
  'leading', 'following', 'looking', 'observing', 'connected', 'booting',
  'on-leading', 'on-following', 'on-looking', 'on-observing', 'on-connected',
  'quorum', 'election', 'client',
];

const DASHES = { quorum: [], election: [5, 3], client: [1.5, 3] };

/** The colours of a theme as a canvas takes them. */
function palette(element) {
  const probe = h('span', { class: 'unseen' });
  element.append(probe);
  const colours = {};
  for (const name of COLOURS) {
    probe.style.color = `var(--${name})`;
    colours[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  colours.standalone = colours.leading;
  colours['on-standalone'] = colours['on-leading'];
  return colours;
}

/** How a role is drawn: its colour, and a texture where colour alone would have to tell. */
const ROLE_PAINT = {
  leading: { colour: 'leading' },
  standalone: { colour: 'standalone' },
  following: { colour: 'following' },
  observing: { colour: 'observing' },
  looking: { colour: 'looking', texture: 'slant' },
  booting: { colour: 'booting', texture: 'dots' },
  connected: { colour: 'connected' },
  disconnected: { colour: 'booting', texture: 'slant' },
  expired: { colour: 'fault', texture: 'cross' },
  closed: { colour: 'booting', texture: 'dots' },
};

/** A sheet to draw on, sharp on every screen. It counts its strokes. */
class Sheet {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext('2d');
    this.strokes = 0;
    this.patterns = new Map();
  }

  /** Makes it as large as asked for, and blank. */
  begin(width, height, colours) {
    const ratio = Math.min(window.devicePixelRatio || 1, 3);
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      this.canvas.width = wide;
      this.canvas.height = high;
    }
    if (this.colours !== colours) this.patterns.clear();
    this.colours = colours;
    this.width = width;
    this.height = height;
    this.strokes = 0;
    this.labels = [];
    this.pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.pen.clearRect(0, 0, width, height);
  }

  box(x, y, width, height, colour) {
    this.strokes += 1;
    this.pen.fillStyle = colour;
    this.pen.fillRect(x, y, width, height);
  }

  rounded(x, y, width, height, radius) {
    this.strokes += 1;
    this.pen.beginPath();
    this.pen.roundRect(x, y, width, height, radius);
  }

  line(x1, y1, x2, y2) {
    this.strokes += 1;
    this.pen.beginPath();
    this.pen.moveTo(x1, y1);
    this.pen.lineTo(x2, y2);
    this.pen.stroke();
  }

  text(text, x, y, colour, align = 'left') {
    this.strokes += 1;
    this.pen.fillStyle = colour;
    this.pen.textAlign = align;
    this.pen.fillText(text, x, y);
  }

  /** As much of a text as there is room for. */
  shortened(text, room) {
    let short = text;
    while (short.length > 1 && this.pen.measureText(short).width > room) short = `${short.slice(0, -2)}…`;
    return short;
  }

  /** A text where it fits and covers no other. */
  label(text, x, y, room, colour, halo = false) {
    const width = this.pen.measureText(text).width;
    if (width > room) return false;
    const taken = this.labels.some((other) => x < other.x + other.width + 4 && other.x < x + width + 4 && Math.abs(other.y - y) < 13);
    if (taken) return false;
    if (halo) {
      this.pen.globalAlpha = 0.85;
      this.box(x - 2, y - 7, width + 4, 14, this.colours.panel);
      this.pen.globalAlpha = 1;
    }
    this.text(text, x, y, colour);
    this.labels.push({ x, y, width });
    return true;
  }

  font(size, weight = 400) {
    this.pen.font = `${weight} ${size}px system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif`;
  }

  /** A texture in a colour, to be laid over an area. */
  texture(kind, colour) {
    const key = `${kind} ${colour}`;
    if (!this.patterns.has(key)) this.patterns.set(key, this.pen.createPattern(textureTile(kind, colour), 'repeat'));
    return this.patterns.get(key);
  }

  /** The head of an arrow that comes from the direction given. */
  head(x, y, dx, dy, size) {
    const length = Math.hypot(dx, dy) || 1;
    const [ux, uy] = [dx / length, dy / length];
    this.strokes += 1;
    this.pen.beginPath();
    this.pen.moveTo(x, y);
    this.pen.lineTo(x - size * ux + size * 0.5 * uy, y - size * uy - size * 0.5 * ux);
    this.pen.lineTo(x - size * ux - size * 0.5 * uy, y - size * uy + size * 0.5 * ux);
    this.pen.closePath();
    this.pen.fill();
  }

  cross(x, y, size) {
    this.line(x - size, y - size, x + size, y + size);
    this.line(x - size, y + size, x + size, y - size);
  }
}

function textureTile(kind, colour) {
  const tile = document.createElement('canvas');
  tile.width = tile.height = 8;
  const pen = tile.getContext('2d');
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = 1.5;
  pen.beginPath();
  if (kind === 'dots') {
    for (const [x, y] of [[2, 2], [6, 6]]) pen.rect(x - 0.8, y - 0.8, 1.6, 1.6);
    pen.fill();
    return tile;
  }
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift, 8);
    pen.lineTo(shift + 8, 0);
    if (kind === 'cross') {
      pen.moveTo(shift, 0);
      pen.lineTo(shift + 8, 8);
    }
  }
  if (kind === 'bars') {
    pen.beginPath();
    pen.moveTo(2, 0);
    pen.lineTo(2, 8);
    pen.moveTo(6, 0);
    pen.lineTo(6, 8);
  }
  pen.stroke();
  return tile;
}
