// The browser side of playground.py: a net that learns while you watch, computed here, without a kernel. In a notebook
// and on the site it is appended to live.js, whose controls it uses. The first half only computes: playground.py
// computes the same, and a test compares them.

// ---- Random numbers, and points -----------------------------------------------------------------------------------

// Numbers in [0, 1), by xorshift (G. Marsaglia, "Xorshift RNGs", 2003). Only integers are added and shifted, so that
// every language gets the same.
function generator(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1) >>> 0;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let i = 0; i < 8; i++) next(); // similar seeds start with similar numbers
  return next;
}

// Close enough to a normal distribution of variance 1: the sum of twelve.
function normal(random) {
  let sum = -6;
  for (let i = 0; i < 12; i++) sum += random();
  return sum;
}

// Each makes the i-th point without noise: x₁, x₂ and the class.
const DATA_SETS = {
  XOR(i, random) {
    const [right, up] = [(i >> 1) & 1, i & 1];
    const x1 = (0.3 + 2.2 * random()) * (right ? 1 : -1);
    return [x1, (0.3 + 2.2 * random()) * (up ? 1 : -1), right ^ up];
  },
  circles(i, random) {
    const radius = i % 2 ? 1.7 + 0.8 * random() : 1.1 * Math.sqrt(random());
    const angle = 2 * Math.PI * random();
    return [radius * Math.cos(angle), radius * Math.sin(angle), i % 2];
  },
  spirals(i, random) {
    const along = random();
    const angle = Math.PI * (2.2 * along + (i % 2));
    const radius = 0.2 + 2.4 * along;
    return [radius * Math.cos(angle), radius * Math.sin(angle), i % 2];
  },
  "two blobs"(i, random) {
    const middle = i % 2 ? 1.1 : -1.1;
    const x1 = middle + 0.5 * normal(random);
    return [x1, middle + 0.5 * normal(random), i % 2];
  },
};
const POINTS = 100; // in each data set to learn from, and as many to test with

function makePoints(name, noise) {
  const random = generator(1);
  const points = Array.from({ length: name in DATA_SETS ? 2 * POINTS : 0 }, (_, i) => {
    const [x1, x2, label] = DATA_SETS[name](i, random);
    const moved = x1 + noise * normal(random);
    return [moved, x2 + noise * normal(random), label];
  });
  return { train: points.slice(0, POINTS), test: points.slice(POINTS) };
}

// ---- The net --------------------------------------------------------------------------------------------------------

// By name: h = g(z), and g′(z) from the output h.
const ACTIVATIONS = {
  tanh: [Math.tanh, (h) => 1 - h * h],
  ReLU: [(z) => (z > 0 ? z : 0), (h) => (h > 0 ? 1 : 0)],
  sigmoid: [(z) => 1 / (1 + Math.exp(-z)), (h) => h * (1 - h)],
  "none (linear)": [(z) => z, () => 1],
};

// A list of layers; widths are [2, 4, 1]. For each layer: W, with the weight from input i to unit j at index i ·
// outputs + j; b; the outputs h; δ; the gradients. All start uniform between ±1/√inputs, as in torch.
function makeNet(widths, seed) {
  const random = generator(2 * seed + 2);
  return widths.slice(1).map((outputs, l) => {
    const inputs = widths[l];
    const drawn = (length) => Float64Array.from({ length }, () => (2 * random() - 1) / Math.sqrt(inputs));
    const zeros = (length) => new Float64Array(length);
    const [W, b] = [drawn(inputs * outputs), drawn(outputs)];
    const gradients = { dW: zeros(inputs * outputs), db: zeros(outputs) };
    return { inputs, outputs, W, b, h: zeros(outputs), delta: zeros(outputs), ...gradients };
  });
}

// The logit at a point. Stores each layer's outputs in its h.
function forward(net, activation, x) {
  const g = ACTIVATIONS[activation][0];
  let before = x;
  for (const layer of net) {
    const { inputs, outputs, W, b, h } = layer;
    for (let j = 0; j < outputs; j++) {
      let z = b[j];
      for (let i = 0; i < inputs; i++) z += before[i] * W[i * outputs + j];
      h[j] = layer === net.at(-1) ? z : g(z);
    }
    before = h;
  }
  return before[0];
}

const sigmoid = ACTIVATIONS.sigmoid[0];
const crossEntropy = (logit, y) => Math.max(logit, 0) - logit * y + Math.log1p(Math.exp(-Math.abs(logit)));

// One step of gradient descent on the mean cross-entropy of some points.
function descend(net, activation, points, rate) {
  const slope = ACTIVATIONS[activation][1];
  for (const { dW, db } of net) dW.fill(0), db.fill(0);
  for (const [x1, x2, y] of points) {
    const x = [x1, x2];
    net.at(-1).delta[0] = sigmoid(forward(net, activation, x)) - y;
    for (let l = net.length - 1; l >= 0; l--) {
      const { inputs, outputs, W, delta, dW, db } = net[l];
      const before = l ? net[l - 1].h : x;
      for (let j = 0; j < outputs; j++) {
        db[j] += delta[j];
        for (let i = 0; i < inputs; i++) dW[i * outputs + j] += before[i] * delta[j];
      }
      if (!l) continue;
      for (let i = 0; i < inputs; i++) {
        let back = 0;
        for (let j = 0; j < outputs; j++) back += W[i * outputs + j] * delta[j];
        net[l - 1].delta[i] = back * slope(before[i]);
      }
    }
  }
  const length = rate / points.length;
  for (const { W, b, dW, db } of net) {
    for (let k = 0; k < W.length; k++) W[k] -= length * dW[k];
    for (let j = 0; j < b.length; j++) b[j] -= length * db[j];
  }
}

// The mean cross-entropy over some points, and the share that is right; NaN if there are none.
function judge(net, activation, points) {
  let [loss, right] = [0, 0];
  for (const point of points) {
    const logit = forward(net, activation, point);
    loss += crossEntropy(logit, point[2]);
    right += logit > 0 === (point[2] === 1);
  }
  return { loss: loss / points.length, right: right / points.length };
}

// Returns the points batch by batch, in another order in every epoch.
function makeOrder(seed) {
  const random = generator(2 * seed + 3);
  let [left, begun] = [[], 0];
  return {
    epochs: (points) => (left.length ? begun - left.length / points.length : begun), // completed so far
    restart() {
      begun -= left.length ? 1 : 0; // the points have changed: the epoch starts again
      left = [];
    },
    next(points, size) {
      if (!left.length) {
        left = points.map((_, i) => i);
        for (let i = left.length - 1; i > 0; i--) {
          const j = Math.floor(random() * (i + 1));
          [left[i], left[j]] = [left[j], left[i]];
        }
        begun += 1;
      }
      return left.splice(0, size).map((i) => points[i]);
    },
  };
}

// A net, its points, and its history. `set` is what the reader has set: data, noise, widths, activation, rate, batch
// and start, the seed of the weights and of the order.
function makeRun(set) {
  const run = { set, ...makePoints(set.data, set.noise) };
  run.epochs = () => run.order.epochs(run.train);
  run.judge = (points) => judge(run.net, set.activation, points);
  run.note = () => {
    run.history.push([run.epochs(), run.judge(run.train).loss, run.judge(run.test).loss]);
    if (run.history.length > 800) run.history = run.history.filter((_, i) => i % 2 === 0 || i === 799);
  };
  run.reset = () => {
    run.net = makeNet([2, ...set.widths.filter(Boolean), 1], set.start);
    run.order = makeOrder(set.start);
    run.history = [];
    run.note();
  };
  run.setPoints = (points) => {
    Object.assign(run, points);
    run.order.restart();
  };
  run.step = () => {
    if (run.train.length) descend(run.net, set.activation, run.order.next(run.train, set.batch), set.rate);
  };
  run.reset();
  return run;
}

// ---- Colours and painting -------------------------------------------------------------------------------------------

// The colours of −1 … 1, as pixels: 511 of them, from `below` via `zero` to `above`.
function paletteOf([below, zero, above]) {
  return Uint32Array.from({ length: 511 }, (_, k) => {
    const [end, share] = [k < 255 ? below : above, Math.abs(k - 255) / 255];
    const [red, green, blue] = zero.map((from, c) => Math.round(from + (end[c] - from) * share));
    return (255 << 24) | (blue << 16) | (green << 8) | red;
  });
}

// The colours of the two classes and of the two signs. `field` runs from below 0 via 0 to above 0.
const LIGHT = { signs: ["#0072b2", "#d55e00"], rim: "#ffffff", ink: "#222222", quiet: "#5c5c5c",
  field: paletteOf([[125, 184, 224], [250, 250, 250], [240, 164, 112]]) }; // prettier-ignore
const NIGHT = { signs: ["#6cbcf0", "#ff9a57"], rim: "#101010", ink: "#eeeeee", quiet: "#b4b4b4",
  field: paletteOf([[22, 92, 140], [30, 30, 32], [158, 76, 20]]) }; // prettier-ignore

const SIDE = 60; // of the large map, in cells; half of it for the small ones
const REACH = 3; // the plane goes from −3 to 3
const RATES = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const NOISES = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
const SPEEDS = { "a step": 0, "an epoch": 1, "10 epochs": 10 }; // in a frame: how many epochs
const BATCHES = { 1: 1, 10: 10, all: Infinity };

const signed = (number, digits) => number.toFixed(digits).replace("-", "−");
const cellMiddle = (k) => (REACH * (2 * k + 1)) / SIDE - REACH;

// The output of each unit at every cell of the plane, row after row from the top: a list for each layer, the inputs
// first. `kept` is the previous result: its arrays are overwritten.
function fieldsOf(net, activation, kept) {
  const widths = [2, ...net.map((layer) => layer.outputs)];
  const cells = SIDE * SIDE;
  if (String(kept?.map((layer) => layer.length)) !== String(widths)) {
    kept = widths.map((width) => Array.from({ length: width }, () => new Float64Array(cells)));
    for (let cell = 0; cell < cells; cell++) {
      kept[0][0][cell] = cellMiddle(cell % SIDE);
      kept[0][1][cell] = -cellMiddle(Math.floor(cell / SIDE));
    }
  }
  net.forEach(({ inputs, outputs, W, b }, l) => {
    const g = l + 1 < net.length ? ACTIVATIONS[activation][0] : (z) => z;
    kept[l + 1].forEach((field, j) => {
      field.fill(b[j]);
      for (let i = 0; i < inputs; i++) {
        const [before, w] = [kept[l][i], W[i * outputs + j]];
        for (let cell = 0; cell < cells; cell++) field[cell] += before[cell] * w;
      }
      for (let cell = 0; cell < cells; cell++) field[cell] = g(field[cell]);
    });
  });
  return kept;
}

// Maps a unit's output to −1 … 1, for the colours: σ is stretched, an unbounded output is scaled by its largest value.
function toColour(field, activation, isOutput) {
  if (isOutput) return (z) => 2 * sigmoid(z) - 1;
  if (activation === "tanh") return (h) => h;
  if (activation === "sigmoid") return (h) => 2 * h - 1;
  let most = 1e-9;
  for (const h of field) most = Math.max(most, Math.abs(h));
  return (h) => h / most;
}

// Fields on a canvas, one below the other, of each `stride`-th cell; `scales` are from `toColour`.
function paintFields(canvas, fields, scales, stride, palette) {
  const side = SIDE / stride;
  const [across, down] = [side, side * fields.length];
  if (canvas.width !== across || canvas.height !== down) {
    [canvas.width, canvas.height] = [across, down];
    canvas.image = new ImageData(across, down);
    canvas.pixels = new Uint32Array(canvas.image.data.buffer);
  }
  let at = 0;
  fields.forEach((field, k) => {
    const scale = scales[k];
    for (let row = 0; row < SIDE; row += stride)
      for (let column = 0; column < SIDE; column += stride)
        canvas.pixels[at++] = palette[255 + ((255 * scale(field[row * SIDE + column])) | 0)];
  });
  canvas.getContext("2d").putImageData(canvas.image, 0, 0);
}

// The line on which a field equals `level`: in every square between four cells, straight from side to side.
function traceLevel(context, field, level, size) {
  const place = (k) => ((k + 0.5) * size) / SIDE;
  context.beginPath();
  for (let row = 0; row + 1 < SIDE; row++)
    for (let column = 0; column + 1 < SIDE; column++) {
      const at = row * SIDE + column;
      const above = (field[at] >= level) + (field[at + 1] >= level) + (field[at + SIDE] >= level) + (field[at + SIDE + 1] >= level);
      if (above % 4 === 0) continue;
      const corners = [at, at + 1, at + SIDE + 1, at + SIDE].map((k) => field[k] - level);
      const ends = [];
      for (let side = 0; side < 4; side++) {
        const [one, other] = [corners[side], corners[(side + 1) % 4]];
        if (one < 0 === other < 0) continue;
        const share = one / (one - other);
        const [dx, dy] = [[share, 0], [1, share], [1 - share, 1], [0, 1 - share]][side]; // prettier-ignore
        ends.push([place(column + dx), place(row + dy)]);
      }
      for (let k = 0; k + 1 < ends.length; k += 2) context.moveTo(...ends[k]), context.lineTo(...ends[k + 1]);
    }
  context.stroke();
}

// Class 0 is a circle, class 1 a square; test points are hollow.
function paintPoint(context, [x1, x2, label], size, { signs, rim }, isTest) {
  const [x, y] = [((x1 + REACH) / (2 * REACH)) * size, ((REACH - x2) / (2 * REACH)) * size];
  const r = Math.max(3, size / 85);
  context.beginPath();
  if (label) context.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  else context.arc(x, y, r, 0, 2 * Math.PI);
  [context.fillStyle, context.strokeStyle, context.lineWidth] = isTest
    ? [rim, signs[label], 1.5]
    : [signs[label], rim, 1];
  context.fill();
  context.stroke();
}

// A canvas with the screen's resolution, cleared, whose context uses CSS pixels.
function fresh(canvas, width, height) {
  const sharp = Math.min(window.devicePixelRatio || 1, 2);
  const [across, down] = [Math.round(width * sharp), Math.round(height * sharp)];
  if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
  const context = canvas.getContext("2d");
  context.setTransform(sharp, 0, 0, sharp, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

// The loss so far: a line for the training points, a dashed one for the test points.
function paintLosses(canvas, history, { ink, quiet, signs }, font) {
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const context = fresh(canvas, width, height);
  const [left, top, right, bottom] = [34, 8, width - 8, height - 20];
  const last = Math.max(history.at(-1)[0], 1);
  let most = 0.8;
  for (const [, train, test] of history) for (const loss of [train, test]) if (loss > most && loss < 3) most = loss;
  const place = (epoch, loss) => [
    left + ((right - left) * epoch) / last,
    bottom - ((bottom - top) * Math.min(loss, most)) / most,
  ];
  context.font = `12px ${font}`;
  context.fillStyle = context.strokeStyle = quiet;
  context.lineWidth = 1;
  context.strokeRect(left - 0.5, top, right - left, bottom - top + 0.5);
  context.textAlign = "right";
  context.fillText("0", left - 5, bottom + 4);
  context.fillText(most.toFixed(1), left - 5, top + 8);
  context.fillText(Math.floor(last).toLocaleString("en"), right, height - 5);
  context.textAlign = "left";
  context.fillText("0", left, height - 5);
  context.textAlign = "center";
  context.fillText("epoch", (left + right) / 2, height - 5);
  for (const [column, colour, dash] of [[1, ink, []], [2, signs[1], [5, 3]]]) { // prettier-ignore
    [context.strokeStyle, context.lineWidth] = [colour, 2];
    context.setLineDash(dash);
    context.beginPath();
    let before = -1;
    for (const point of history) {
      const [x, y] = place(point[0], point[column]);
      if (Number.isNaN(y) || (x < before + 1 && point !== history.at(-1))) continue; // one point per pixel is enough
      context.lineTo(x, y);
      before = x;
    }
    context.stroke();
  }
  context.setLineDash([]);
}

// ---- The playground -------------------------------------------------------------------------------------------------

// `told` has the initial settings from playground.py.
function showPlayground(el, told) {
  const set = { ...told, widths: [...told.widths], batch: BATCHES[told.batch] };
  const run = makeRun(set);
  const box = make("div", { className: "live playground" });
  el.append(box);

  let chosen = null; // the unit that the large map shows: [layer, unit]; null for the output
  let [playing, until, perFrame] = [false, Infinity, SPEEDS["an epoch"]];
  let [due, seen, saidAt, readAt] = [false, true, 0, 0];
  let showTest = false;
  let fields; // from `fieldsOf`

  // ---- controls ----
  const button = (textContent, press, more = {}) => {
    const it = make("button", { type: "button", textContent, ...more });
    it.addEventListener("click", press);
    return it;
  };
  const play = button("▶ Play", () => setPlaying(!playing), { className: "playground-play" });
  const onward = button("Step", () => {
    setPlaying(false);
    run.step();
    run.note();
    say();
  }, { title: "one step of gradient descent, on one batch" }); // prettier-ignore
  const hundred = button("100 epochs", () => {
    until = 100 * Math.floor(run.epochs() / 100 + 1);
    setPlaying(true);
  }, { title: "continue to the next hundred epochs, and stop there" }); // prettier-ignore
  const back = button("Reset", () => {
    setPlaying(false);
    run.reset();
    say();
  }, { title: "the weights as they were at the start" }); // prettier-ignore
  const transport = make("div", { className: "playground-buttons", role: "group", "aria-label": "Training" });
  transport.append(play, onward, hundred, back);

  const panel = make("fieldset", { className: "live-controls" });
  panel.append(make("legend", { textContent: "Data, net and training" }));
  const control = (kind, label, options, now, change) => {
    const it = MAKE[kind]({ kind, label, options: options.map(String) }, (at) => {
      it.show(at);
      change(options[at], at);
      draw();
    }, {}); // prettier-ignore
    it.show(options.indexOf(now));
    panel.append(it.el);
    return it;
  };
  const newPoints = () => {
    run.setPoints(makePoints(set.data, set.noise));
    paintPoints();
    say();
  };
  const newNet = () => {
    chosen = null;
    run.reset();
    buildNet();
    say();
  };
  control("radio", "data", [...Object.keys(DATA_SETS), "your own"], set.data, (name) => ((set.data = name), newPoints()));
  control("radio", "activation", Object.keys(ACTIVATIONS), set.activation, (name) => (set.activation = name));
  control("range", "hidden layer 1", [1, 2, 3, 4, 5, 6, 7, 8], set.widths[0], (n) => ((set.widths[0] = n), newNet()));
  control("range", "hidden layer 2", [0, 1, 2, 3, 4, 5, 6, 7, 8], set.widths[1] ?? 0, (n) => ((set.widths[1] = n), newNet()));
  control("range", "learning rate", RATES, set.rate, (rate) => (set.rate = rate));
  control("range", "noise", NOISES, set.noise, (noise) => ((set.noise = noise), newPoints()));
  const starts = Array.from({ length: 20 }, (_, i) => i);
  control("range", "start (seed)", starts, set.start, (start) => ((set.start = start), newNet()));
  control("select", "batch size", Object.keys(BATCHES), told.batch, (name) => (set.batch = BATCHES[name]));
  control("select", "each frame", Object.keys(SPEEDS), "an epoch", (name) => (perFrame = SPEEDS[name]));

  // ---- the net ----
  const stage = make("div", { className: "playground-net", role: "group", "aria-label": "The net" });
  const sketch = make("canvas", { "aria-hidden": "true" }); // edges, and the map of each unit
  const maps = make("canvas"); // of the units, one below the other
  let units = []; // by layer: { el, x, y }
  let unitSize = 0;
  const nameOf = (l, j) => {
    if (l === 0) return `input ${"x" + "₁₂"[j]}`;
    return l === units.length - 1 ? "output ŷ" : `unit ${j + 1} of hidden layer ${l}`;
  };
  function buildNet() {
    const widths = [2, ...run.net.map((layer) => layer.outputs)];
    units = widths.map(() => []);
    const heads = widths.map((_, l) =>
      make("span", { className: "playground-head", textContent: l === 0 ? "inputs" : l + 1 < widths.length ? `hidden ${l}` : "output" }),
    );
    units = widths.map((width, l) =>
      Array.from({ length: width }, (_, j) => {
        const unit = make("button", { type: "button", className: "playground-unit" });
        unit.addEventListener("click", () => {
          chosen = l + 1 < widths.length && String(chosen) !== String([l, j]) ? [l, j] : null;
          press();
          draw();
          tellMap();
        });
        return { el: unit };
      }),
    );
    units.forEach((layer, l) => layer.forEach(({ el }, j) => el.setAttribute("aria-label", nameOf(l, j))));
    stage.replaceChildren(sketch, ...heads, ...units.flat().map((unit) => unit.el));
    stage.heads = heads;
    press();
    fit();
  }
  // Marks the unit that the large map shows.
  function press() {
    const shown = String(chosen ?? [units.length - 1, 0]);
    units.forEach((layer, l) => layer.forEach(({ el }, j) => el.setAttribute("aria-pressed", String([l, j]) === shown)));
  }
  // Places the units: a column for each layer.
  function fit() {
    const width = stage.clientWidth;
    if (!width) return;
    const most = Math.max(...units.map((layer) => layer.length));
    const [size, gap, top] = [width < 420 ? 36 : 42, 8, 24];
    const height = Math.max(most * (size + gap), 4 * (size + gap));
    unitSize = size;
    stage.style.height = `${top + height}px`;
    stage.style.setProperty("--unit", `${size}px`);
    units.forEach((layer, l) => {
      const x = size / 2 + 4 + ((width - size - 8) * l) / (units.length - 1);
      stage.heads[l].style.left = `${x}px`;
      layer.forEach((unit, j) => {
        [unit.x, unit.y] = [x, top + height / 2 + (j - (layer.length - 1) / 2) * (size + gap)];
        Object.assign(unit.el.style, { left: `${x - size / 2}px`, top: `${unit.y - size / 2}px` });
      });
    });
    draw();
  }
  function paintNet(colours) {
    const context = fresh(sketch, stage.clientWidth, stage.clientHeight);
    const half = unitSize / 2;
    run.net.forEach(({ inputs, outputs, W }, l) => {
      for (let i = 0; i < inputs; i++)
        for (let j = 0; j < outputs; j++) {
          const [w, from, to] = [W[i * outputs + j], units[l][i], units[l + 1][j]];
          const [x0, x1] = [from.x + half, to.x - half];
          const width = Math.min(0.6 + 2.4 * Math.abs(w), 9);
          context.globalAlpha = !chosen || (chosen[0] === l + 1 && chosen[1] === j) ? 0.9 : 0.2;
          [context.strokeStyle, context.lineWidth] = [colours.signs[w < 0 ? 0 : 1], width];
          context.setLineDash(w < 0 ? [Math.max(4, 1.5 * width), Math.max(3, width)] : []);
          context.beginPath();
          context.moveTo(x0, from.y);
          context.bezierCurveTo((x0 + x1) / 2, from.y, (x0 + x1) / 2, to.y, x1, to.y);
          context.stroke();
        }
    });
    context.globalAlpha = 1;
    paintFields(maps, fields.flat(), fields.flatMap((layer, l) => layer.map((field) => colouring(field, l))), 2, colours.field);
    context.save();
    context.beginPath();
    const places = units.flat().map(({ x, y }) => [x - half + 1, y - half + 1, unitSize - 2, unitSize - 2]);
    for (const place of places) context.roundRect(...place, 4);
    context.clip();
    places.forEach((place, k) => context.drawImage(maps, 0, (k * SIDE) / 2, SIDE / 2, SIDE / 2, ...place));
    context.restore();
  }
  const colouring = (field, l) => toColour(field, l ? set.activation : "none (linear)", l === run.net.length);

  // ---- the large map, on which points are set ----
  const title = make("p", { className: "playground-title" });
  const [small, map, dots] = [0, 1, 2].map(() => make("canvas", { "aria-hidden": "true" }));
  const area = make("div", { className: "live-pad", tabIndex: 0, role: "application" });
  const cross = make("div", { className: "live-cross" });
  const place = make("span", { role: "status" });
  cross.append(place);
  area.append(cross);
  const screen = make("div", { className: "playground-map" }, map, dots, area);
  let [kind, at] = [1, [0, 0]];
  const kinds = MAKE.radio({ kind: "radio", label: "add", options: ["● class 0", "■ class 1"] }, (now) => kinds.show((kind = now)), {});
  kinds.show(kind);
  kinds.el.querySelectorAll("label").forEach((label, k) => label.style.setProperty("--live-sign", `var(--playground-${k})`));
  kinds.el.querySelector(".live-options").classList.add("live-signs");
  const test = make("input", { type: "checkbox" });
  test.addEventListener("change", () => ((showTest = test.checked), paintPoints()));
  const take = (points) => {
    run.setPoints({ train: points });
    paintPoints();
    say();
    draw();
  };
  const add = (point) => take([...run.train, [...point, kind]]);
  kinds.el.append(
    button("undo", () => take(run.train.slice(0, -1))),
    button("clear", () => take([])),
    make("label", { className: "playground-test" }, test, " test points"),
  );
  area.setAttribute(
    "aria-label",
    "The plane of the inputs. Click to add a point. Keys: arrows move the cross, Enter adds a point, " +
      "Backspace removes the last one, 0 and 1 choose the class.",
  );
  area.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    const { left, top, width, height } = area.getBoundingClientRect();
    const [across, down] = [(event.clientX - left) / width, (event.clientY - top) / height];
    add([REACH * (2 * across - 1), REACH * (1 - 2 * down)]);
  });
  const showCross = () => {
    [cross.style.left, cross.style.bottom] = at.map((x) => `${(50 * (x + REACH)) / REACH}%`);
    place.textContent = at.map((x) => signed(x, 2)).join(", ");
  };
  area.addEventListener("focus", showCross);
  area.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const length = event.shiftKey ? 0.05 : 0.25;
    if (event.key in ARROWS) at = at.map((x, k) => clamp(x + ARROWS[event.key][k] * length, -REACH, REACH));
    else if (event.key === "Enter" || event.key === " ") add(at);
    else if (event.key === "Backspace" || event.key === "Delete") take(run.train.slice(0, -1));
    else if (event.key === "0" || event.key === "1") kinds.show((kind = Number(event.key)));
    else return;
    event.preventDefault();
    event.stopPropagation();
    showCross();
  });
  const coloursNow = () => (isDark() ? NIGHT : LIGHT);
  function paintPoints() {
    const [size, colours] = [screen.clientWidth, coloursNow()];
    const context = fresh(dots, size, size);
    if (showTest) for (const point of run.test) paintPoint(context, point, size, colours, true);
    for (const point of run.train) paintPoint(context, point, size, colours, false);
  }
  function paintMap(colours) {
    const size = screen.clientWidth;
    const [l, j] = chosen ?? [run.net.length, 0];
    const [field, isOutput] = [fields[l][j], !chosen];
    paintFields(small, [field], [colouring(field, l)], 1, colours.field);
    const context = fresh(map, size, size);
    context.drawImage(small, 0, 0, size, size);
    [context.strokeStyle, context.lineWidth] = [colours.ink, 1.5];
    traceLevel(context, field, !isOutput && l && set.activation === "sigmoid" ? 0.5 : 0, size);
    [context.font, context.fillStyle] = [`italic 14px ${font}`, colours.ink];
    context.fillText("x₂", 6, 16);
    context.fillText("x₁", size - 22, size - 7);
  }

  // ---- texts ----
  const losses = make("canvas", { className: "playground-losses", role: "img", "aria-label": "The loss, epoch by epoch" });
  const key = make("p", { className: "playground-key" });
  key.innerHTML = '<span><i></i> training loss</span> <span><i class="test"></i> test loss</span>';
  const legend = make("p", { className: "playground-key" });
  legend.innerHTML = '<span><i class="above"></i> positive weight</span> <span><i class="below"></i> negative weight</span>';
  const shown = make("p", { className: "playground-says" });
  const status = make("p", { className: "playground-status", role: "status" }); // read aloud, and updated less often
  const percent = (share) => `${Math.round(100 * share)} %`;
  const words = () => {
    const epoch = Math.floor(run.epochs()).toLocaleString("en");
    if (!run.train.length) return `Epoch ${epoch}. There are no points to learn from: add some on the map.`;
    const [train, tested] = [run.judge(run.train), run.judge(run.test)];
    const first = `Epoch ${epoch}: training loss ${train.loss.toFixed(3)}, ${percent(train.right)} of ${run.train.length} points right`;
    return run.test.length ? `${first}; test loss ${tested.loss.toFixed(3)}, ${percent(tested.right)} right.` : `${first}.`;
  };
  const numbers = make("div", { className: "playground-numbers", role: "group", "aria-label": "Weights of the chosen unit" });
  let fill = () => {};
  // The weights of the unit that the large map shows, which can be read and changed.
  function tellMap() {
    const [l, j] = chosen ?? [run.net.length, 0];
    numbers.replaceChildren();
    fill = () => {};
    title.textContent = chosen ? nameOf(l, j) : "output ŷ";
    if (!l) return;
    const { inputs, outputs, W, b } = run.net[l - 1];
    const from = (i) => (l === 1 ? `x${"₁₂"[i]}` : `h${"₁₂₃₄₅₆₇₈"[i]}`);
    const fields = [];
    const number = (label, list, at) => {
      const input = make("input", { type: "number", step: 0.1 });
      input.addEventListener("input", () => {
        if (!Number.isFinite(input.valueAsNumber)) return;
        list[at] = input.valueAsNumber;
        draw();
      });
      fields.push(() => document.activeElement === input || (input.value = list[at].toFixed(2)));
      numbers.append(make("label", {}, make("span", { textContent: label }), input));
    };
    numbers.append(make("span", { textContent: `Weights of ${nameOf(l, j)}:` }));
    for (let i = 0; i < inputs; i++) number(`from ${from(i)}`, W, i * outputs + j);
    number("bias", b, j);
    fill = () => fields.forEach((it) => it());
    fill();
  }
  function say() {
    status.textContent = words();
    saidAt = performance.now();
    if (run.net.at(-1)) tellMap();
    draw();
  }

  // ---- frame by frame ----
  function setPlaying(now) {
    playing = now && run.train.length > 0;
    if (!playing) until = Infinity;
    play.textContent = playing ? "❚❚ Pause" : "▶ Play";
    status.textContent = words();
    saidAt = performance.now();
    draw();
  }
  function train() {
    const goal = Math.min(perFrame ? Math.floor(run.epochs() + 1e-9) + perFrame : 0, until);
    do run.step();
    while (run.epochs() < goal);
    run.note();
    if (run.epochs() >= until) setPlaying(false);
  }
  function draw() {
    if (!due) requestAnimationFrame(frame);
    due = true;
  }
  function frame(now) {
    due = false;
    if (playing && seen && box.isConnected) train();
    const colours = coloursNow();
    fields = fieldsOf(run.net, set.activation, fields);
    paintNet(colours);
    paintMap(colours);
    paintLosses(losses, run.history, colours, font);
    if (!playing || now - readAt > 100) {
      readAt = now;
      shown.textContent = words();
      fill();
    }
    if (playing && now - saidAt > 5000) {
      saidAt = now;
      status.textContent = words();
    }
    if (playing && seen && box.isConnected) draw();
  }

  const part = (name, ...children) => make("div", { className: `playground-${name}` }, ...children);
  const main = part("main", part("left", stage, legend), part("side", title, screen, kinds.el), part("rest", losses, key, numbers));
  box.append(panel, transport, shown, status, main);
  const font = getComputedStyle(box).fontFamily;
  const repaint = () => {
    box.classList.toggle("live-dark", isDark());
    coloursNow().signs.forEach((colour, k) => box.style.setProperty(`--playground-${k}`, colour));
    paintPoints();
    draw();
  };
  buildNet();
  onLight(repaint);
  new ResizeObserver(() => (fit(), repaint())).observe(box);
  new IntersectionObserver((looks) => {
    seen = looks.at(-1).isIntersecting;
    if (seen) draw();
  }).observe(box);
  repaint();
  say();
  return { run, set, stop: () => setPlaying(false) };
}

function renderPlayground({ model, el }) {
  const { stop } = showPlayground(el, model.get("told"));
  attached(el).then(() => takeThePlaceOfTheStill(el));
  return stop;
}

export default { render: renderPlayground };
