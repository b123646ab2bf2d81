// The browser side of live.py and quiz.py: creates a picture's controls, shows its frames, takes points that the reader
// sets, and asks questions. In a notebook, the frames come from the kernel (`fromKernel`); on a page of the site, where
// this file is loaded with docs/page.js, they were painted when the page was built (`fromPage`).

function render({ model, el }) {
  if (model.get("question") !== undefined) ask(el, { question: model.get("question"), replies: model.get("replies") });
  else showPicture(el, fromKernel(model));
  attached(el).then(() => takeThePlaceOfTheStill(el));
}

const NEAR = { rootMargin: "100% 0px" }; // less than a window's height from what is in view

// ---- A picture --------------------------------------------------------------------------------------------------

// A source describes the picture and provides its frames:
//   told       width, panels, images, controls, columns, presets, values: as live.py has them
//   start(picture)  begins; the source calls `picture.show`, `picture.setValues`, `picture.note` …
//   want(values, number)  the reader has set these values, by the control of that number
//   rest(), near(number)  the pointer has left a control; is near one, or near the picture (-1)
//   redraws   whether a picture far from the window is dropped, and decoded again when it comes near: images and canvas
//             take some 10 MB for each
function showPicture(el, source) {
  const { told } = source;
  const box = make("div", { className: "live" });
  const screen = make("div", { className: "live-screen" });
  const canvas = make("canvas", { role: "img", width: 1, height: 1 });
  const caption = make("p", { className: "live-caption", role: "status" });
  const note = make("p", { className: "live-note", role: "status" });
  box.style.setProperty("--live-width", `${told.width}px`);
  canvas.style.aspectRatio = told.shape[1] / told.shape[0];
  screen.append(canvas, caption);

  let values = told.values;
  let current = null; // the picture to show: `decode` gives its images, `caption` is its text
  let layers = null; // its images, which are put on top of each other; none while it is far from the window
  let isNear = !source.redraws;
  let turn = 0; // counts the pictures shown: one that is decoded too late is dropped
  let room = 0; // the available width, px; 0 while it is unknown
  const controls = [];
  const look = () => ({ ...told, room, rows: rowsOf(told, room), dark: isDark() });
  const paint = () => {
    box.classList.toggle("live-dark", isDark());
    if (layers && (room || layers.length)) paintLayers(canvas, layers, look());
  };
  const draw = async () => {
    const mine = (turn += 1);
    const { decode, caption: text, idle } = current;
    const ready = isNear ? decode() : [];
    const decoded = ready instanceof Promise ? await ready : ready;
    if (mine !== turn) return; // another one has arrived in the meantime
    layers = decoded;
    if (layers.length) room ||= screen.clientWidth; // a frame is on the canvas at once, and not when it is measured
    paint();
    caption.textContent = text;
    canvas.setAttribute("aria-label", text);
    controls.forEach((control, number) => (control.el.hidden = idle?.includes(number)));
  };
  const change = (number, value) => {
    const wanted = withOneSet(values, number, value, told.controls);
    values = source.want(wanted, number) ?? wanted;
    tell();
  };
  const tell = () => {
    controls.forEach((control, number) => control.show(values[number]));
    presets.show(values);
  };
  const picture = {
    values: () => values,
    setValues(others) {
      values = others;
      tell();
    },
    show(it) {
      current = it;
      draw();
    },
    setControls(specs, presetsNow) {
      presets.make(presetsNow);
      controls.splice(0).forEach((control) => control.remove());
      specs.forEach((spec, number) => {
        const control = MAKE[spec.kind](spec, (value) => change(number, value), { screen, canvas, number, source, look });
        control.el.dataset.number = number;
        controls.push(control);
        panel.append(control.el);
      });
      tell();
    },
    relocate: () => controls.forEach((control) => control.fit?.()),
    // Notes about the picture besides what it shows: the kernel is busy, or gone.
    note(text, { dead = false, busy = false } = {}) {
      if (note.textContent !== text) note.textContent = text;
      box.classList.toggle("live-dead", dead);
      screen.setAttribute("aria-busy", busy);
      panel.disabled = presets.el.disabled = dead;
    },
  };
  const presets = makePresets((preset) => {
    const wanted = values.map((value, number) => preset[number] ?? (told.controls[number].guess ? "" : value));
    values = source.want(wanted, -1) ?? wanted;
    tell();
  });
  const panel = make("fieldset", { className: "live-controls" });
  panel.append(make("legend", { textContent: "What the picture shows" }));
  if (told.columns) panel.style.setProperty("--live-columns", told.columns);
  box.append(presets.el, panel, note, screen);
  picture.setControls(told.controls, told.presets);
  el.append(box);
  keepRoom(screen, canvas, caption, (width) => {
    room = width;
    paint();
  });
  onLight(paint);

  for (const event of ["focusout", "pointerup"]) panel.addEventListener(event, () => source.rest(), true);
  const near = ({ target }) => source.near(Number(target.closest("[data-number]")?.dataset.number ?? -1));
  for (const event of ["focusin", "pointerover"]) box.addEventListener(event, near);
  const middle = new IntersectionObserver((looks) => looks.at(-1).isIntersecting && source.near(-1), source.margin);
  middle.observe(screen);
  source.start(picture);
  if (source.redraws)
    attached(el).then(() => {
      const look = (looks) => {
        const now = looks.at(-1).isIntersecting;
        if (now === isNear) return;
        isNear = now;
        draw();
      };
      // The browser does not lay out what is in a cell out of view: the cell itself is looked at.
      const root = el.closest(".jp-WindowedPanel-outer");
      new IntersectionObserver(look, { root, ...NEAR }).observe((root && el.closest(".jp-Cell")) ?? screen);
    });
}

// The values after the reader has set one of them. A guess belongs to the previous question, and is cleared.
function withOneSet(values, number, value, controls) {
  return values.map((it, other) => (other === number ? value : controls[other].guess ? "" : it));
}

// Elements with the focus keep their keys: a notebook would handle them.
function make(tag, properties = {}, ...children) {
  const it = document.createElement(tag);
  for (const [name, value] of Object.entries(properties))
    if (name === "role" || name.startsWith("aria-")) it.setAttribute(name, value);
    else it[name] = value;
  if (["input", "select", "button"].includes(tag) || "tabIndex" in properties) it.dataset.lmSuppressShortcuts = "";
  it.append(...children);
  return it;
}

// Space for the picture and for the longest text so far: the page below neither jumps nor is laid out again when a text
// takes a line less. ``paint`` is called for each new width.
function keepRoom(screen, canvas, caption, paint) {
  let [width, height] = [0, 0];
  const measure = () => {
    const now = screen.clientWidth;
    const scrolls = screen.scrollWidth > now + 1;
    const needed = caption.offsetTop + caption.offsetHeight + 2;
    const bar = screen.offsetHeight - screen.clientHeight;
    if (now !== width)
      return () => {
        [width, height] = [now, 0];
        paint(width);
        sizes.unobserve(canvas);
        sizes.observe(canvas); // measures again, even if the canvas keeps its size
      };
    return () => {
      height = Math.max(height, needed);
      screen.style.height = `${height + bar}px`; // including its scroll bar
      fitTheScroll(screen, scrolls);
    };
  };
  for (const part of [screen, canvas, caption]) {
    measures.set(part, measure);
    sizes.observe(part);
  }
}

// Measures all pictures before changing any: measuring after a change makes the browser lay out the page again.
const measures = new WeakMap(); // by element: reads sizes, and returns a function that changes others
const sizes = new ResizeObserver((looks) => {
  const changes = [...new Set(looks.map(({ target }) => measures.get(target)))].map((measure) => measure());
  for (const change of changes) change();
});

// Panels are side by side if they are readable that way, and stacked otherwise: left and right of each row.
function rowsOf({ width, panels }, room) {
  for (let count = 1; ; count++) {
    const each = Math.ceil(panels.length / count);
    const rows = Array.from({ length: Math.ceil(panels.length / each) }, (_, i) => panels.slice(i * each, (i + 1) * each));
    const sides = rows.map((row) => [row[0][0], row.at(-1)[1]]);
    if (each === 1 || 0.72 * width * Math.max(...sides.map(([left, right]) => right - left)) <= room) return sides;
  }
}

// A panel that would be too small to read, such as a graph of seven nodes on a phone, keeps a readable size and scrolls
// sideways.
const LEAST = 0.55; // of its full width
const READABLE = 0.72;

const leastWidth = (full, room) => (room < LEAST * full ? `${READABLE * full}px` : "");

// Scrollable elements can be reached with the keyboard.
function fitTheScroll(screen, scrolls) {
  if (scrolls) {
    Object.assign(screen, { tabIndex: 0, role: "group", ariaLabel: "The picture, wider than the window: scroll it sideways" });
    screen.dataset.lmSuppressShortcuts = "";
  } else for (const name of ["tabindex", "role", "aria-label"]) screen.removeAttribute(name);
}

const DARK = "invert(0.9) hue-rotate(180deg)"; // dark background, light ink; colours keep their hue

function isDark() {
  if (window.matchMedia("print").matches) return false;
  const lab = document.body.dataset.jpThemeLight;
  if (lab) return lab === "false";
  const theme = document.body.dataset.theme; // of the site
  return theme === "dark" || (theme === "auto" && window.matchMedia("(prefers-color-scheme: dark)").matches);
}

function onLight(paint) {
  const watch = new MutationObserver(paint);
  watch.observe(document.body, { attributeFilter: ["data-jp-theme-light", "data-theme"] });
  for (const query of ["print", "(prefers-color-scheme: dark)"])
    window.matchMedia(query).addEventListener("change", paint);
}

// Paints images on top of each other. In the dark theme they are inverted, except photographs and fields of colour.
function paintLayers(canvas, layers, { shape: [height, width], rows, images, dark, width: shown, room }) {
  const cut = rows.map((sides) => sides.map((side) => Math.round(side * width)));
  const most = Math.max(...cut.map(([left, right]) => right - left));
  const all = height * cut.length;
  const [wide, tall] = layers.length ? [most, all] : [1, 1]; // a blank canvas takes as much memory as a painted one
  if (canvas.width !== wide || canvas.height !== tall) Object.assign(canvas, { width: wide, height: tall });
  canvas.style.aspectRatio = `${most} / ${all}`;
  canvas.style.maxWidth = `${(shown * most) / width}px`;
  canvas.style.minWidth = leastWidth((shown * most) / width, room);
  const context = canvas.getContext("2d");
  cut.forEach(([left, right], i) => {
    const place = [left, 0, right - left, height, 0, i * height, right - left, height];
    context.filter = dark ? DARK : "none";
    for (const layer of layers) context.drawImage(layer, ...place);
    context.filter = "none";
    for (const [x, y, w, h] of dark ? images : []) {
      const from = Math.max(Math.round(x * width), left);
      const to = Math.min(Math.round((x + w) * width), right);
      const [top, high] = [Math.round((1 - y - h) * height), Math.round(h * height)];
      if (to <= from) continue;
      const part = [from, top, to - from, high, from - left, i * height + top, to - from, high];
      for (const layer of layers) context.drawImage(layer, ...part);
    }
  });
}

// ---- Controls: each shows a value, and calls `change` when the reader sets another --------------------------------

// Unique on the page: in a notebook each picture has its own copy of this file.
const newName = () => `live-${(window.livePictureNames = (window.livePictureNames ?? 0) + 1)}`;

function row(spec, ...parts) {
  const id = newName();
  const label = make("span", { className: "live-label", id, textContent: spec.label });
  const el = make("div", { className: `live-control live-${spec.kind}` }, label, ...parts);
  return { id, el, remove: () => el.remove() };
}

const MAKE = {
  range(spec, change) {
    const input = make("input", { type: "range", min: 0, max: spec.options.length - 1, step: 1 });
    const text = make("span", { className: "live-value", "aria-hidden": "true" });
    const most = Math.max(...spec.options.map((option) => option.length));
    text.style.minWidth = `${most}ch`;
    const { id, ...control } = row(spec, input, text);
    input.setAttribute("aria-labelledby", id);
    input.addEventListener("input", () => change(Number(input.value)));
    const show = (at) => {
      if (Number(input.value) !== at) input.value = at;
      text.textContent = spec.options[at];
      input.setAttribute("aria-valuetext", spec.options[at]);
    };
    return { ...control, show };
  },

  radio(spec, change) {
    const { id, ...control } = row(spec);
    control.el.setAttribute("role", "radiogroup");
    control.el.setAttribute("aria-labelledby", id);
    const radios = buttons(spec.options, id, change);
    control.el.append(make("span", { className: "live-options" }, ...radios.labels));
    return { ...control, show: radios.show };
  },

  select(spec, change) {
    const select = make("select", {}, ...spec.options.map((textContent) => make("option", { textContent })));
    const { id, ...control } = row(spec, select);
    select.setAttribute("aria-labelledby", id);
    select.addEventListener("change", () => change(select.selectedIndex));
    return { ...control, show: (at) => (select.selectedIndex = at) };
  },

  text(spec, change) {
    const input = make("input", { type: "text", spellcheck: false });
    const { id, ...control } = row(spec, input);
    input.setAttribute("aria-labelledby", id);
    let now = null;
    const take = () => input.value !== now && change((now = input.value));
    input.addEventListener("change", take);
    input.addEventListener("keydown", ({ key }) => key === "Enter" && take());
    return { ...control, show: (text) => (input.value = now = text) };
  },

  // Without a kernel, for what only a kernel can show: only the presets can set it.
  fixed(spec, _change, { source }) {
    const text = make("span", { className: "live-value" });
    const href = source.told.base.replace("_live", "_downloads").replace(/\/$/, ".ipynb");
    const notebook = make("a", { href, download: "", textContent: "the notebook" });
    const { id, ...control } = row(spec, text, make("span", {}, "(to set it yourself needs a kernel: get ", notebook, ")"));
    return { ...control, show: (at) => (text.textContent = spec.options[at]) };
  },

  clicks: pad,
  handles: pad,
};

// Radio buttons that look like buttons in a row.
function buttons(options, name, change) {
  const inputs = options.map((_, at) => {
    const input = make("input", { type: "radio", name });
    input.addEventListener("change", () => change(at));
    return input;
  });
  const labels = options.map((option, at) => make("label", {}, inputs[at], make("span", { textContent: option })));
  return { labels, show: (now) => inputs.forEach((input, at) => (input.checked = at === now)) };
}

function makePresets(choose) {
  const el = make("fieldset", { className: "live-presets" });
  let all = [];
  const same = (values, preset) =>
    Object.entries(preset).every(([number, value]) => JSON.stringify(values[number]) === JSON.stringify(value));
  return {
    el,
    make(presets) {
      all = presets.map(([textContent, preset]) => {
        const button = make("button", { type: "button", textContent });
        button.addEventListener("click", () => choose(preset));
        return { button, preset };
      });
      el.hidden = !all.length;
      el.replaceChildren(make("legend", { textContent: "Settings to try" }), ...all.map(({ button }) => button));
    },
    show: (values) =>
      all.forEach(({ button, preset }) => button.setAttribute("aria-pressed", same(values, preset))),
  };
}

// ---- Frames from the kernel -----------------------------------------------------------------------------------------

const MIDDLE = { rootMargin: "-50% 0px" }; // the line half-way down the window: one picture at most lies on it

function fromKernel(model) {
  const names = ["width", "shape", "panels", "images", "controls", "columns", "presets", "values"];
  const told = Object.fromEntries(names.map((name) => [name, model.get(name)]));
  const seen = memory();
  let picture, shown;
  const show = (it) => {
    if (shown && same(it, shown)) return;
    shown = it;
    told.shape = it.shape;
    picture.show(it);
  };
  const values = () => picture.values();
  const ahead = askAhead(model, seen, values);
  const teller = tellLater(model);
  const kernel = watchKernel(model, () => picture);

  const showNew = () => {
    const [shape, frame, caption, idle, of] = ["shape", "frame", "caption", "idle", "painted"].map((it) => model.get(it));
    const it = { shape, frame, caption, idle, decode: () => decodeRuns(frame, shape) };
    const before = seen.recall(of);
    if (before && !same(before, it)) seen.forget(); // a cell has changed the picture
    seen.keep(of, it);
    kernel.answered();
    if (seen.isOf(of, values()) || !seen.recall(values())) show(it);
    ahead.ask();
  };
  let due = false;
  const soon = () => {
    if (!due) queueMicrotask(() => (due = false) || showNew());
    due = true;
  };

  return {
    told,
    margin: MIDDLE,
    redraws: true,
    start(it) {
      picture = it;
      model.on("change:frame change:caption change:painted", soon);
      model.on("change:values", () => model.get("values") === teller.told() || picture.setValues(model.get("values")));
      model.on("change:where", () => picture.relocate());
      model.on("change:controls", () => {
        seen.forget();
        picture.setControls(model.get("controls"), model.get("presets"));
      });
      model.on("msg:custom", ({ values: of, shape, caption, idle }, [frame]) => {
        if (!seen.recall(of)) seen.keep(of, { shape, caption, idle, frame, decode: () => decodeRuns(frame, shape) });
        const known = seen.recall(values());
        if (known) show(known);
      });
      kernel.start();
      showNew();
    },
    want(wanted) {
      const known = seen.recall(wanted);
      if (known) show(known);
      teller.tell(wanted, Boolean(known));
      if (!known) kernel.asked();
    },
    rest: () => teller.now(),
    near: (number) => ahead.along(number),
    where: (number) => model.get("where")[number],
  };
}

// If the browser already has the pictures, the kernel does not get every value of a drag, only those at which the drag
// pauses, or the last one (`now`).
function tellLater(model, rest = 200) {
  let later = 0;
  let told = null;
  const now = () => {
    if (later) model.save_changes();
    clearTimeout(later);
    later = 0;
  };
  return {
    now,
    told: () => told,
    tell(values, isHere) {
      model.set("values", (told = values));
      clearTimeout(later);
      later = isHere ? setTimeout(now, rest) : 0;
      if (!later) model.save_changes();
    },
  };
}

// Says when the kernel takes long, and when it is gone, so that no control does nothing without an explanation.
function watchKernel(model, picture, patience = 700) {
  const layout = model.get("layout"); // the only part of a widget that knows whether the kernel is connected
  let waiting = 0;
  const isDead = () => layout?.comm_live === false;
  const look = () => {
    clearTimeout(waiting);
    waiting = 0;
    if (isDead()) picture().note("Nothing moves this picture now: run its cell again, after those above it.", { dead: true });
    else picture().note("");
  };
  return {
    start() {
      layout?.on?.("comm_live_update", look);
      look();
    },
    asked() {
      const say = () => picture().note("The kernel is busy. The picture follows when it is free.", { busy: true });
      if (!waiting && !isDead()) waiting = setTimeout(say, patience);
    },
    answered: () => waiting && look(),
  };
}

// Pictures that the kernel has painted, by the controls' values. All pictures of a page share the memory.
const MOST_BYTES = 2 ** 25;
const kept = new Map(); // oldest first: from a key object for each to a function that forgets it
let bytesKept = 0;

function memory() {
  const pictures = new Map();
  const size = ({ frame }) => frame.byteLength + 1000; // bytes
  const text = (values) => JSON.stringify(values);
  const drop = (key) => {
    const entry = pictures.get(key);
    if (!entry) return;
    bytesKept -= size(entry.picture);
    kept.delete(entry);
    pictures.delete(key);
  };
  return {
    isOf: (values, others) => text(values) === text(others),
    recall: (values) => pictures.get(text(values))?.picture,
    keeps: (values) => text(values).length <= 200, // a reader is unlikely to draw the same curve again
    keep(values, picture) {
      if (!this.keeps(values)) return;
      const key = text(values);
      drop(key);
      const entry = { picture };
      pictures.set(key, entry);
      kept.set(entry, () => drop(key));
      for (bytesKept += size(picture); bytesKept > MOST_BYTES; ) kept.values().next().value();
    },
    forget: () => [...pictures.keys()].forEach(drop),
    isHalfFull: () => [...pictures.values()].reduce((sum, { picture }) => sum + size(picture), 0) > MOST_BYTES / 2,
  };
}

// Asks an idle kernel to paint what the reader is likely to need next: the other values of the control near the
// pointer, the nearest first, then those of the others. Only for the picture last used.
function askAhead(model, seen, values) {
  const [along, beside] = [80, 40]; // pictures along the control, along each other one
  let number = 0; // of the control
  const ask = () => {
    const now = values();
    const turnedTo = window.livePictureTurnedTo === model;
    if (!turnedTo || !seen.isOf(model.get("painted"), now) || !seen.keeps(now) || seen.isHalfFull()) return;
    const controls = model.get("controls");
    const others = [...controls.keys()].filter((other) => other !== number);
    const wishes = [number, ...others].flatMap((which) =>
      neighbours(controls[which].options?.length ?? 0, now[which])
        .slice(0, which === number ? along : beside)
        .filter((value) => !seen.recall(withOneSet(now, which, value, controls)))
        .map((value) => [which, value]),
    );
    if (wishes.length) model.send(wishes);
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

// The indices of the given number of values, those nearest to the current one first.
function neighbours(count, here) {
  return Array.from({ length: count }, (_, i) => i).sort((a, b) => Math.abs(a - here) - Math.abs(b - here));
}

function same(a, b) {
  if (a.caption !== b.caption || a.frame.byteLength !== b.frame.byteLength) return false;
  if (JSON.stringify(a.idle) !== JSON.stringify(b.idle)) return false;
  const [ours, theirs] = [a, b].map(({ frame }) => new Uint8Array(frame.buffer, frame.byteOffset, frame.byteLength));
  return ours.every((byte, i) => byte === theirs[i]);
}

// A frame arrives as runs of equal pixels, compressed: all their lengths, then all their colours.
async function decodeRuns(frame, [height, width]) {
  const runs = await unpack(frame);
  const count = runs.length / 2;
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0, at = 0; i < count; i++) pixels.fill(runs[count + i], at, (at += runs[i]));
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return [canvas];
}

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

// ---- Frames that were painted when the page was built --------------------------------------------------------------

// In addition to what live.py sends in a notebook, `told` has: `base`, the path of the images; `rest`, the name of the
// one at rest; `frames`, by the controls' values "3,0,1": the name of the difference image, the text, the idle
// controls.
function fromPage(told) {
  const images = new Map(); // by name
  const image = (name) => {
    if (!images.has(name)) {
      const it = new Image();
      it.src = told.base + name;
      it.ready = it.decode().then(() => (it.isReady = true));
      images.set(name, it);
    }
    return images.get(name);
  };
  const frame = (values) => told.frames[values.join()];
  const load = (values) => {
    const found = frame(values);
    if (found?.[0]) image(found[0]);
  };
  const canMove = told.controls.filter(({ kind }) => kind !== "fixed").length;
  const oneAtATime = "Here only one control moves at a time; the others go back. In the notebook, all move together.";
  let picture;
  let isAwake = false; // a picture far from the window loads nothing
  const show = (values) => {
    isAwake = true;
    const [name, caption, idle] = frame(values);
    const layers = [image(told.rest), ...(name ? [image(name)] : [])];
    const decode = () =>
      layers.every((layer) => layer.isReady) ? layers : Promise.all(layers.map((it) => it.ready)).then(() => layers);
    picture.show({ decode, caption, idle });
  };
  const loadAlong = (number, most) => {
    const now = picture.values();
    const way = neighbours(told.controls[number].options.length, now[number]).slice(0, most);
    for (const at of way) {
      load(now.with(number, at));
      load(told.values.with(number, at));
    }
  };
  return {
    told,
    margin: NEAR,
    start(it) {
      picture = it;
      const [, caption, idle] = frame(told.values);
      picture.show({ decode: () => [], caption, idle });
      const wake = () => isAwake || show(told.values);
      window.addEventListener("beforeprint", wake);
      window.matchMedia("print").addEventListener("change", wake);
      window.requestIdleCallback?.(() => image(told.rest), { timeout: 10_000 }); // for printing
    },
    want(wanted, number) {
      const away = wanted.some((value, other) => other !== number && value !== told.values[other]);
      const known = frame(wanted) ? wanted : number < 0 ? told.values : told.values.with(number, wanted[number]);
      if (known !== wanted || (away && !told.whole)) picture.note(oneAtATime);
      show(known);
      return known;
    },
    rest() {},
    near(number) {
      if (!isAwake) show(told.values);
      if (number >= 0) loadAlong(number, Infinity);
      else told.controls.forEach((_, each) => loadAlong(each, canMove > 4 ? 3 : 7));
    },
  };
}

// ---- Points and curves by hand --------------------------------------------------------------------------------------

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const SIGNS = [["●", "#0072b2"], ["■", "#d55e00"], ["▲", "#009e73"], ["◆", "#cc79a7"]]; // as in utils/plots.py

// The interactive area of the picture: it lies over the axes, and changes the value of its control.
function pad(spec, tell, { screen, canvas, number, source, look }) {
  const area = make("div", { className: "live-pad", tabIndex: 0, role: "application" });
  const cross = make("div", { className: "live-cross" });
  const place = make("span", { role: "status" }); // the position of the cross, in words
  area.setAttribute("aria-label", `${spec.label}. ${spec.help}`);
  cross.append(place);
  area.append(cross);
  screen.append(area);

  let value = spec.first;
  let current = 0; // the class of the next point
  const where = () => source.where(number) ?? [0, 0, 0, 0, 0, 1, 0, 1];
  const limits = () => where().slice(4);
  const fit = () => {
    const [left, bottom, width, height] = where();
    const cut = look().rows;
    const at = Math.max(0, cut.findIndex(([from, to]) => left >= from && left < to));
    const across = canvas.clientWidth / Math.max(...cut.map(([from, to]) => to - from));
    const down = canvas.clientHeight / cut.length;
    Object.assign(area.style, {
      left: `${(left - cut[at][0]) * across}px`,
      top: `${(at + 1 - bottom - height) * down}px`,
      width: `${width * across}px`,
      height: `${height * down}px`,
    });
  };
  new ResizeObserver(fit).observe(canvas);

  const change = (changed) => {
    value = changed;
    tell(changed);
  };
  const setCurrent = (kind) => {
    current = kind;
    kinds?.show(kind);
  };
  const state = { value: () => value, current: () => current, setCurrent, classes: spec.classes, x: spec.x };
  const hand = spec.kind === "clicks" ? clicks(state, limits, change) : handles(state, limits, change);

  const { id, ...control } = row(spec);
  control.el.setAttribute("role", "group");
  control.el.setAttribute("aria-labelledby", id);
  let kinds = null;
  if (spec.classes > 1) {
    const names = SIGNS.slice(0, spec.classes).map(([sign], kind) => `${sign} ${kind}`);
    kinds = buttons(names, id, setCurrent);
    kinds.labels.forEach((label, kind) => label.style.setProperty("--live-sign", SIGNS[kind][1]));
    kinds.show(0);
    control.el.append(make("span", { className: "live-options live-signs" }, ...kinds.labels));
  }
  const button = (textContent, changed) => {
    const it = make("button", { type: "button", textContent });
    it.addEventListener("click", () => change(changed()));
    control.el.append(it);
  };
  if (spec.kind === "handles") button("reset", () => spec.first);
  else {
    button("undo", () => value.slice(0, -1));
    button("clear", () => []);
  }

  const dataAt = (event) => {
    const box = area.getBoundingClientRect();
    const [x0, x1, y0, y1] = limits();
    const across = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const up = Math.min(1, Math.max(0, (box.bottom - event.clientY) / box.height));
    return [x0 + across * (x1 - x0), y0 + up * (y1 - y0)];
  };
  const isDead = () => control.el.closest("fieldset")?.disabled;
  area.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || isDead()) return;
    area.setPointerCapture(event.pointerId);
    const [x0, x1, y0, y1] = limits();
    const near = event.pointerType === "touch" ? 20 : 10; // CSS pixels
    const reach = [((x1 - x0) * near) / area.clientWidth, ((y1 - y0) * near) / area.clientHeight];
    hand.press(dataAt(event), reach);
  });
  area.addEventListener("pointermove", (event) => {
    if (area.hasPointerCapture(event.pointerId)) hand.drag(dataAt(event));
  });

  const showCross = () => {
    const [x, y] = hand.cross();
    const [x0, x1, y0, y1] = limits();
    cross.style.left = `${(100 * (x - x0)) / (x1 - x0)}%`;
    cross.style.bottom = `${(100 * (y - y0)) / (y1 - y0)}%`;
    place.textContent = `${hand.says?.() ?? ""}${x.toFixed(2)}, ${y.toFixed(2)}`.replaceAll("-", "−");
  };
  area.addEventListener("focus", showCross);
  area.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isDead() || !hand.key(event)) return;
    event.preventDefault();
    event.stopPropagation();
    showCross();
  });
  const show = (now) => {
    value = now;
    if (document.activeElement === area) showCross();
  };
  const refit = () => {
    fit();
    if (document.activeElement === area) showCross();
  };
  const remove = () => {
    control.remove();
    area.remove();
  };
  return { ...control, remove, show, fit: refit };
}

// The step of an arrow key: a fortieth of the axes, with Shift a two-hundredth.
const stride = (event, low, high) => (high - low) / (event.shiftKey ? 200 : 40);
const clamp = (number, low, high) => Math.min(Math.max(number, Math.min(low, high)), Math.max(low, high));

function clicks(state, limits, change) {
  const points = () => state.value().map((point) => [...point]);
  let held = -1; // by the mouse
  let picked = -1; // by the keys
  let cross = null;
  const where = () => {
    const [x0, x1, y0, y1] = limits();
    const point = state.value()[picked];
    return point ? point.slice(0, 2) : (cross ?? [(x0 + x1) / 2, (y0 + y1) / 2]);
  };
  const add = (at) => change([...points(), [...at, state.current()]]);
  const put = (i, [x, y]) => {
    const moved = points();
    if (!moved[i]) return; // removed while it was held
    moved[i] = [x, y, moved[i][2]];
    change(moved);
  };
  return {
    cross: where,
    says: () => (state.value()[picked] ? `point ${picked + 1}: ` : ""),
    press([x, y], [dx, dy]) {
      picked = -1;
      held = points().findLastIndex((point) => Math.hypot((point[0] - x) / dx, (point[1] - y) / dy) < 1);
      if (held < 0) {
        held = points().length;
        add([x, y]);
      }
    },
    drag: (at) => put(held, at),
    key(event) {
      const [x0, x1, y0, y1] = limits();
      if (event.key in ARROWS) {
        const [x, y] = where();
        const [right, up] = ARROWS[event.key];
        cross = [
          clamp(x + right * stride(event, x0, x1), x0, x1),
          clamp(y + up * stride(event, y0, y1), y0, y1),
        ];
        if (state.value()[picked]) put(picked, cross);
      } else if (event.key === "n" || event.key === "N") {
        picked = picked + 1 < state.value().length ? picked + 1 : -1;
      } else if (event.key === "Escape" && picked >= 0) picked = -1;
      else if (event.key === "Enter" || event.key === " ") {
        if (picked >= 0) picked = -1;
        else add(where());
      } else if (event.key === "Backspace" || event.key === "Delete") {
        change(points().filter((_, i) => i !== (state.value()[picked] ? picked : points().length - 1)));
        picked = -1;
      } else if (/^\d$/.test(event.key) && Number(event.key) < state.classes) state.setCurrent(Number(event.key));
      else return false;
      return true;
    },
  };
}

function handles(state, limits, change) {
  const xs = state.x;
  const nearest = (x) => xs.reduce((best, it, i) => (Math.abs(it - x) < Math.abs(xs[best] - x) ? i : best), 0);
  let held = 0;
  let last = null;
  let kept = 0;
  let drawing = false; // moves one joint until the pointer passes another: from then on it draws
  return {
    cross: () => [xs[held], state.value()[held]],
    press([x, y]) {
      [held, last, kept, drawing] = [nearest(x), [x, y], y, false];
      this.drag([x, y]);
    },
    drag([x, y]) {
      const ys = [...state.value()];
      const [x0, y0] = last;
      const heightAt = (i) => y0 + ((y - y0) * (xs[i] - x0)) / (x - x0);
      const passed = xs.map((_, i) => i).filter((i) => x !== x0 && (xs[i] - x0) * (xs[i] - x) <= 0);
      if (passed.includes(held)) kept = heightAt(held);
      if (!drawing && passed.some((i) => i !== held)) {
        drawing = true;
        ys[held] = kept; // where the pointer was when it passed, not where it is now
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
        const ys = [...state.value()];
        ys[held] = clamp(ys[held] + up * stride(event, low, high), low, high);
        change(ys);
      }
      return true;
    },
  };
}

// ---- Questions ------------------------------------------------------------------------------------------------------

// A question, its choices, and the reply to the chosen one. It needs no kernel.
function ask(el, { question, replies }) {
  const name = newName();
  const reply = make("p", { role: "status" });
  const legend = make("legend", {}, make("b", { textContent: "Predict: " }), question);
  const choices = replies.map(([choice, verdict, text]) => {
    const radio = make("input", { type: "radio", name });
    radio.addEventListener("change", () =>
      reply.replaceChildren(...(verdict ? [make("strong", { textContent: verdict }), " "] : []), text),
    );
    return make("label", {}, radio, make("span", { textContent: choice }));
  });
  const box = make("fieldset", { className: "ask" }, legend, ...choices, reply);
  el.append(box);
}

// ---- The place of the still picture ---------------------------------------------------------------------------------

// Resolves once something is on the page.
function attached(el) {
  return new Promise((resolve) => {
    const observer = new ResizeObserver(() => {
      if (!el.isConnected) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(el);
  });
}

// The still picture is above the widget, in the same cell.
function takeThePlaceOfTheStill(el) {
  for (let part = el; part && !part.matches(".jp-Cell"); part = part.parentElement) {
    const before = part.previousElementSibling;
    if (!before?.matches(".live-still") && !before?.querySelector(".live-still")) continue;
    before.style.display = "none";
    return;
  }
}

export default { render };
