
// Mouse, wheel, fingers and keys on the diagram.

/** A pointer that has moved by less than this many pixels has clicked. */
const CLICK = 5;

class Gestures {
  constructor(diagram, { scrolls }) {
    this.diagram = diagram;
    this.pointers = new Map();
    this.scrolls = scrolls;
    const { canvas } = diagram;
    canvas.addEventListener('pointerdown', (event) => this.down(event));
    canvas.addEventListener('pointermove', (event) => this.move(event));
    canvas.addEventListener('pointerup', (event) => this.up(event));
    canvas.addEventListener('pointercancel', (event) => this.pointers.delete(event.pointerId));
    canvas.addEventListener('pointerleave', () => diagram.hideTip());
    canvas.addEventListener('wheel', (event) => this.wheel(event), { passive: false });
  }

  place(event) {
    const box = this.diagram.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  down(event) {
    if (event.button !== 0) return;
    this.diagram.canvas.setPointerCapture(event.pointerId);
    const place = this.place(event);
    this.pointers.set(event.pointerId, { ...place, began: place, moved: false });
  }

  move(event) {
    const place = this.place(event);
    const known = this.pointers.get(event.pointerId);
    if (!known) {
      this.hover(place);
      return;
    }
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, pointer]) => pointer);
    if (Math.abs(place.x - known.began.x) > CLICK) known.moved = true;
    if (others.length === 1) {
      const [other] = others;
      const [before, after] = [Math.abs(known.x - other.x), Math.abs(place.x - other.x)];
      known.moved = other.moved = true;
      if (before > 8 && after > 8) this.diagram.zoom(after / before, (place.x + other.x) / 2);
      this.diagram.sight.pan((known.x - place.x) / 2);
    } else if (known.moved) {
      this.diagram.sight.pan(known.x - place.x);
      this.diagram.hideTip();
    }
    Object.assign(known, place);
  }

  up(event) {
    const known = this.pointers.get(event.pointerId);
    this.pointers.delete(event.pointerId);
    if (known && !known.moved) this.diagram.onpick(this.diagram.hit(known.x, known.y));
  }

  hover({ x, y }) {
    const { diagram } = this;
    const { film } = diagram;
    if (!film || this.pointers.size > 0) return;
    const { mark, message } = diagram.hit(x, y);
    diagram.canvas.style.cursor = mark || message !== undefined ? 'pointer' : 'grab';
    const text = mark ? markWords(film, mark) : message === undefined ? null : messageWords(film, message);
    if (text) diagram.showTip(text, x, y);
    else diagram.hideTip();
  }

  wheel(event) {
    const across = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    // Where the page itself scrolls, a plain wheel is the page's.
    if (!across && !event.ctrlKey && !event.metaKey && this.scrolls()) return;
    event.preventDefault();
    if (across) this.diagram.sight.pan(event.deltaX || event.deltaY);
    else this.diagram.zoom(Math.exp(-event.deltaY / 300), this.place(event).x);
  }
}

function markWords(film, mark) {
  if (mark.demands) return mark.demands.slice(0, 6).map((demand) => `${mark.broken ? 'Not met' : 'Held'}: ${demand.text}`).join('\n');
  const frame = film.recording.frames[mark.frames[0]];
  return [frame.say[0], frame.steps.map((step) => step.text).join('; ')].filter(Boolean).join('\n');
}

function messageWords({ messages, words, nameOf, lanes }, place) {
  const name = (lane) => nameOf.call({ lanes }, lane);
  const fate = messages.fate[place];
  const ends = fate === RECEIVED ? `received ${seconds(messages.endAt[place])}` : fate === LOST ? `lost ${seconds(messages.endAt[place])}` : 'still under way';
  const head = `${name(messages.from[place])} → ${name(messages.to[place])}, ${PORTS[messages.port[place]]} port`;
  return `${head}\n${words[messages.words[place]]}\nsent ${seconds(messages.sentAt[place])}, ${ends}`;
}
