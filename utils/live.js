// The browser's half of live.py: shows the frames that the kernel paints, and takes points from the reader's hand.

function render({ model, el }) {
  const screen = document.createElement("div");
  const canvas = document.createElement("canvas");
  const caption = document.createElement("div");
  screen.className = "live-screen";
  screen.style.width = `${model.get("width")}px`;
  canvas.setAttribute("role", "img");
  caption.setAttribute("role", "status");
  screen.append(canvas, caption);
  el.append(screen);
  keepRoom(screen, canvas, caption);

  let shown = {};
  const show = async (picture) => {
    if (same(picture, shown)) return;
    shown = picture;
    const runs = await unpack(picture.frame);
    if (shown !== picture) return; // another has come meanwhile
    paint(canvas, picture.shape, runs);
    caption.textContent = picture.caption;
    canvas.setAttribute("aria-label", picture.caption);
  };

  // The controls' values now; those of the kernel's picture are older while the hand moves on.
  let controls = [];
  const values = () => controls.map((control) => control.get("index") ?? control.get("value"));
  const seen = memory();
  const showSeen = () => {
    const picture = seen.recall(values());
    if (picture) show(picture);
  };
  const ahead = askAhead(model, seen, values);
  const showNew = () => {
    const [shape, frame, caption, of] = ["shape", "frame", "caption", "values"].map((name) => model.get(name));
    const picture = { shape, frame, caption };
    const before = seen.recall(of);
    if (before && !same(before, picture)) seen.forget(); // a cell was run that changed what is to be seen
    seen.keep(of, picture);
    if (seen.isOf(of, values()) || !seen.recall(values())) show(picture);
    ahead.ask();
  };
  model.on("change", showNew);
  model.on("msg:custom", ({ values: of, shape, caption }, [frame]) => {
    if (!seen.recall(of)) seen.keep(of, { shape, caption, frame });
    showSeen();
  });
  showNew();

  const references = model.get("controls").map((it) => it.replace("IPY_MODEL_", ""));
  const models = references.map((id) => model.widget_manager.get_model(id));
  Promise.all([attached(el, screen), ...models]).then(([box, ...models]) => {
    controls = models;
    for (const control of controls) {
      control.on("change:value change:index", showSeen);
      if (control.get("where")) addPad(screen, canvas, control);
      const tellNow = tellLater(control, () => seen.recall(values()));
      for (const event of ["focusin", "pointerdown"]) box.addEventListener(event, tellNow, true);
    }
    const near = async ({ target }) => ahead.along(await under(target, controls));
    for (const event of ["focusin", "pointerover"]) box.addEventListener(event, near);
    const middle = new IntersectionObserver((looks) => looks.at(-1).isIntersecting && ahead.along(-1), MIDDLE);
    middle.observe(screen);
    nameTheSliders(box);
  });
}

// What holds the picture and its controls, once it is on the page.
function attached(el, screen) {
  return new Promise((resolve) => {
    const observer = new ResizeObserver(() => {
      observer.disconnect();
      resolve(el.parentElement);
    });
    observer.observe(screen);
  });
}

const MIDDLE = { rootMargin: "-50% 0px" }; // the line half-way down the window: one picture at most lies on it

// Room for the picture and for the longest text so far: the page beneath neither jumps nor is laid out anew when a text
// takes a line less.
function keepRoom(screen, canvas, caption) {
  let [width, height] = [0, 0];
  const fit = new ResizeObserver(() => {
    if (canvas.clientWidth !== width) [width, height] = [canvas.clientWidth, 0];
    height = Math.max(height, caption.offsetTop + caption.offsetHeight + 2);
    screen.style.height = `${height}px`;
  });
  for (const part of [canvas, caption]) fit.observe(part);
}

// Where the picture is here already, the kernel does not hear of every value that a hand passes, but when the hand rests
// or goes elsewhere: `tellNow`, the answer, does not wait for that.
function tellLater(control, isHere, rest = 200) {
  const tell = control.save_changes.bind(control);
  let [later, last] = [0, []];
  const tellNow = () => {
    if (later) tell(...last);
    clearTimeout(later);
    later = 0;
  };
  control.save_changes = (...how) => {
    clearTimeout(later);
    [later, last] = [isHere() ? setTimeout(tellNow, rest) : 0, how];
    if (!later) tell(...how);
  };
  return tellNow;
}

// Pictures that the kernel has painted, by the controls' values.
function memory(most = 2 ** 26) {
  const pictures = new Map();
  const size = ({ frame }) => frame.byteLength + 1000; // bytes
  let bytes = 0;
  const text = (values) => JSON.stringify(values, (_, it) => (typeof it === "number" ? Number(it.toPrecision(9)) : it));
  const drop = (key) => {
    if (pictures.has(key)) bytes -= size(pictures.get(key));
    pictures.delete(key);
  };
  return {
    isOf: (values, others) => text(values) === text(others),
    recall: (values) => pictures.get(text(values)),
    keeps: (values) => text(values).length <= 200, // what a hand has drawn is not likely to be drawn again
    keep(values, picture) {
      if (!this.keeps(values)) return;
      const key = text(values);
      drop(key);
      pictures.set(key, picture);
      for (bytes += size(picture); bytes > most; ) drop(pictures.keys().next().value);
    },
    forget() {
      pictures.clear();
      bytes = 0;
    },
    isHalfFull: () => bytes > most / 2,
  };
}

// Asks the kernel to paint what the hand is likely to want next, while it has nothing else to do: the other values of the
// control that it is near, the nearest first, then those of the others. Only for the picture last turned to.
function askAhead(model, seen, values) {
  const [along, beside] = [80, 40]; // pictures along the control, along each other one
  let number = 0; // of the control
  const ask = () => {
    const now = values();
    const turnedTo = window.livePictureTurnedTo === model;
    if (!turnedTo || !seen.isOf(model.get("values"), now) || !seen.keeps(now) || seen.isHalfFull()) return;
    const ways = model.get("ways");
    const others = [...ways.keys()].filter((other) => other !== number);
    const wishes = [number, ...others].flatMap((which) =>
      neighbours(ways[which], now[which])
        .slice(0, which === number ? along : beside)
        .filter((value) => !seen.recall(now.with(which, value)))
        .map((value) => [which, value]),
    );
    model.send(wishes);
  };
  return {
    ask,
    along(control) {
      const same = control < 0 || control === number;
      if (same && window.livePictureTurnedTo === model) return;
      window.livePictureTurnedTo = model;
      if (!same) number = control;
      ask();
    },
  };
}

// The values on a way from `low` to `high`, the nearest to where it stands first.
function neighbours([low, high, step], here) {
  if (!step) return [];
  const count = Math.floor((high - low) / step + 1e-9) + 1;
  const way = Array.from({ length: count }, (_, i) => low + i * step);
  return way.sort((a, b) => Math.abs(a - here) - Math.abs(b - here));
}

// The number of the control that shows a part of the page, or -1.
async function under(part, controls) {
  for (const [number, control] of controls.entries())
    for (const view of await Promise.all(Object.values(control.views ?? {}))) if (view.el.contains(part)) return number;
  return -1;
}

function same(a, b) {
  if (a.caption !== b.caption || a.frame.byteLength !== b.frame.byteLength) return false;
  const [ours, theirs] = [a, b].map(({ frame }) => new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength));
  return ours.every((byte, i) => byte === theirs[i]);
}

// A frame comes as runs of equal pixels, deflated: all their lengths, then all their colours.
async function unpack(frame) {
  const inflate = new DecompressionStream("deflate");
  const [writer, reader] = [inflate.writable.getWriter(), inflate.readable.getReader()];
  writer.write(frame);
  writer.close();
  const parts = [];
  for (let part; !(part = await reader.read()).done; ) parts.push(part.value);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  for (let at = 0; parts.length; at += parts.shift().length) bytes.set(parts[0], at);
  return new Uint32Array(bytes.buffer);
}

function paint(canvas, [height, width], runs) {
  const count = runs.length / 2;
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0, at = 0; i < count; i++) pixels.fill(runs[count + i], at, (at += runs[i]));
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// The part of the picture that is touched: it lies over the axes, and changes the value of its control.
function addPad(screen, canvas, control) {
  const pad = document.createElement("div");
  const cross = document.createElement("div");
  const place = document.createElement("span"); // where the cross is, in words
  pad.className = "live-pad";
  pad.tabIndex = 0;
  pad.setAttribute("role", "application");
  pad.setAttribute("aria-label", `${control.get("description")}. ${control.get("help")}`);
  pad.dataset.lmSuppressShortcuts = ""; // or JupyterLab takes the keys
  cross.className = "live-cross";
  place.setAttribute("role", "status");
  cross.append(place);
  pad.append(cross);
  screen.append(pad);

  const limits = () => control.get("where").slice(4);
  const fit = () => {
    const [left, bottom, width, height] = control.get("where");
    const [w, h] = [canvas.clientWidth, canvas.clientHeight];
    Object.assign(pad.style, {
      left: `${left * w}px`,
      top: `${(1 - bottom - height) * h}px`,
      width: `${width * w}px`,
      height: `${height * h}px`,
    });
  };
  control.on("change:where", fit);
  new ResizeObserver(fit).observe(canvas);

  const change = (value) => {
    control.set("value", value);
    control.save_changes();
  };
  const hand = control.get("kind") === "clicks" ? clicks(control, limits, change) : handles(control, limits, change);

  const dataAt = (event) => {
    const box = pad.getBoundingClientRect();
    const [x0, x1, y0, y1] = limits();
    const across = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const up = Math.min(1, Math.max(0, (box.bottom - event.clientY) / box.height));
    return [x0 + across * (x1 - x0), y0 + up * (y1 - y0)];
  };
  pad.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    pad.setPointerCapture(event.pointerId);
    const [x0, x1, y0, y1] = limits();
    const near = event.pointerType === "touch" ? 20 : 10; // CSS pixels
    const reach = [((x1 - x0) * near) / pad.clientWidth, ((y1 - y0) * near) / pad.clientHeight];
    hand.press(dataAt(event), reach);
  });
  pad.addEventListener("pointermove", (event) => {
    if (pad.hasPointerCapture(event.pointerId)) hand.drag(dataAt(event));
  });

  const showCross = () => {
    const [x, y] = hand.cross();
    const [x0, x1, y0, y1] = limits();
    cross.style.left = `${(100 * (x - x0)) / (x1 - x0)}%`;
    cross.style.bottom = `${(100 * (y - y0)) / (y1 - y0)}%`;
    place.textContent = `${x.toFixed(2)}, ${y.toFixed(2)}`;
  };
  pad.addEventListener("focus", showCross);
  control.on("change:value change:where", showCross);
  pad.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !hand.key(event)) return;
    event.preventDefault();
    event.stopPropagation();
    showCross();
  });
}

// How far an arrow key goes: a fortieth of the axes, with Shift a two-hundredth.
const stride = (event, low, high) => (high - low) / (event.shiftKey ? 200 : 40);
const clamp = (number, low, high) => Math.min(Math.max(number, Math.min(low, high)), Math.max(low, high));

function clicks(control, limits, change) {
  const points = () => control.get("value").map((point) => [...point]);
  let held = -1;
  let cross = null;
  const where = () => {
    const [x0, x1, y0, y1] = limits();
    return cross ?? [(x0 + x1) / 2, (y0 + y1) / 2];
  };
  const add = (at) => change([...points(), [...at, control.get("current")]]);
  return {
    cross: where,
    press([x, y], [dx, dy]) {
      held = points().findLastIndex((point) => Math.hypot((point[0] - x) / dx, (point[1] - y) / dy) < 1);
      if (held < 0) {
        held = points().length;
        add([x, y]);
      }
    },
    drag([x, y]) {
      const moved = points();
      if (!moved[held]) return; // taken away while it was held
      moved[held] = [x, y, moved[held][2]];
      change(moved);
    },
    key(event) {
      const [x0, x1, y0, y1] = limits();
      if (event.key in ARROWS) {
        const [x, y] = where();
        const [right, up] = ARROWS[event.key];
        cross = [
          clamp(x + right * stride(event, x0, x1), x0, x1),
          clamp(y + up * stride(event, y0, y1), y0, y1),
        ];
      } else if (event.key === "Enter" || event.key === " ") add(where());
      else if (event.key === "Backspace" || event.key === "Delete") change(points().slice(0, -1));
      else if (/^\d$/.test(event.key) && Number(event.key) < control.get("classes")) {
        control.set("current", Number(event.key));
        control.save_changes();
      } else return false;
      return true;
    },
  };
}

function handles(control, limits, change) {
  const xs = control.get("x");
  const nearest = (x) => xs.reduce((best, it, i) => (Math.abs(it - x) < Math.abs(xs[best] - x) ? i : best), 0);
  let held = 0;
  let last = null;
  let kept = 0;
  let drawing = false; // one joint is moved until the hand passes another: from then on it draws
  return {
    cross: () => [xs[held], control.get("value")[held]],
    press([x, y]) {
      [held, last, kept, drawing] = [nearest(x), [x, y], y, false];
      this.drag([x, y]);
    },
    drag([x, y]) {
      const ys = [...control.get("value")];
      const [x0, y0] = last;
      const heightAt = (i) => y0 + ((y - y0) * (xs[i] - x0)) / (x - x0);
      const passed = xs.map((_, i) => i).filter((i) => x !== x0 && (xs[i] - x0) * (xs[i] - x) <= 0);
      if (passed.includes(held)) kept = heightAt(held);
      if (!drawing && passed.some((i) => i !== held)) {
        drawing = true;
        ys[held] = kept; // where the hand was as it passed, not where it has gone since
      }
      if (drawing) for (const i of passed) ys[i] = heightAt((held = i));
      else ys[held] = y;
      last = [x, y];
      change(ys);
    },
    key(event) {
      const [, , low, high] = limits();
      if (!(event.key in ARROWS)) return false;
      const [right, up] = ARROWS[event.key];
      held = clamp(held + right, 0, xs.length - 1);
      if (up) {
        const ys = [...control.get("value")];
        ys[held] = clamp(ys[held] + up * stride(event, low, high), low, high);
        change(ys);
      }
      return true;
    },
  };
}

// ipywidgets leaves the part of a slider that takes the focus without a name: lend it its label.
function nameTheSliders(box) {
  const name = () =>
    box.querySelectorAll(".noUi-handle:not([aria-label])").forEach((handle) => {
      const label = handle.closest(".jupyter-widgets")?.querySelector(".widget-label")?.textContent;
      if (label) handle.setAttribute("aria-label", label);
    });
  new MutationObserver(name).observe(box, { childList: true, subtree: true });
  name();
}

export default { render };
