// Watches the page from outside, frame by frame: when a picture changed, and whether it was ever blank. A picture is a
// canvas of live.js or an image, as matplotlib's inline backend leaves one.

window.probe = {
  // Follows the picture in an output from now on; returns once there is one: far from the window it is not painted.
  async watch(output) {
    cancelAnimationFrame(this.following);
    Object.assign(this, { output, changes: [], blanks: 0 });
    while (this.look() === null) await new Promise(requestAnimationFrame);
    this.last = this.look();
    const follow = () => {
      if (this.look() === null) this.blanks += 1;
      this.note();
      this.following = requestAnimationFrame(follow);
    };
    this.following = requestAnimationFrame(follow);
  },

  // Begins a drag: from now on, counts the changes and the values that the handle passes; for a pad, its positions.
  drag(handle) {
    Object.assign(this, { from: performance.now(), passed: 0 });
    this.changes.length = 0;
    this.values?.disconnect();
    this.values = new MutationObserver(() => (this.passed += 1));
    this.values.observe(handle, { attributes: true, attributeFilter: ["aria-valuenow"] });
    const passes = handle.matches(".live-pad") ? "pointermove" : handle.matches("input") ? "input" : null;
    if (passes) handle.addEventListener(passes, () => (this.passed += 1));
  },

  // Records a change of the picture since the last check.
  note() {
    const now = this.look();
    if (now === null || now === this.last) return;
    this.changes.push(performance.now());
    this.last = now;
  },

  // What is displayed: how often the canvas was painted, or which image is shown; null if neither.
  look() {
    const canvas = this.output.querySelector(".live-screen canvas");
    if (canvas) return canvas.width > 1 ? (painted.get(canvas) ?? 0) : null;
    const image = this.output.querySelector("img");
    return image?.complete && image.naturalWidth ? image.src : null;
  },

  // The same in full, for a later comparison: it costs too much to do in every frame.
  async picture() {
    const canvas = this.output.querySelector(".live-screen canvas");
    if (!canvas) return this.look();
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    return new Uint8Array(await crypto.subtle.digest("SHA-256", pixels)).join();
  },

  // Milliseconds from the last key press to the first changed picture after it, or null if none arrives within the
  // given time after the kernel is idle, or none is requested; how long the kernel was busy with the press; whether the
  // picture was there before the kernel's answer.
  async answer(patience) {
    for (let rested = performance.now(); ; await new Promise(requestAnimationFrame)) {
      const now = performance.now();
      if (!this.kernel.length || busy.size) rested = now;
      const change = this.changes.find((time) => time > this.pressed);
      const asked = this.kernel.length || busy.size || now - this.pressed < 2000;
      if ((change && rested < now) || now - rested > patience || !asked || now - this.pressed > 10_000)
        return [
          change ? change - this.pressed : null,
          this.kernel.reduce((sum, time) => sum + time, 0),
          change < this.answered,
        ];
    }
  },
};

const painted = new WeakMap();
const drawImage = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (...args) {
  painted.set(this.canvas, (painted.get(this.canvas) ?? 0) + 1);
  return drawImage.apply(this, args);
};
addEventListener("keydown", (event) => (probe.pressed = event.timeStamp), true);
addEventListener(
  "pointerup",
  () => {
    if (probe.output) probe.note(); // a picture on its way to the next frame was there before
    probe.released = performance.now();
  },
  true,
);

// The kernel's messages have time stamps: it is busy with a change from its "busy" to the picture, with `interact` to
// its "idle". Pictures that live.js requests ahead are no changes.
probe.kernel = [];
const busy = new Map();
const ahead = new Set();
const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
kernel.anyMessage.connect((_, { msg, direction }) => {
  if (direction === "send" && msg.content.data?.method === "custom") ahead.add(msg.header.msg_id);
});
kernel.iopubMessage.connect((_, { header, parent_header: parent, content }) => {
  if (parent.msg_type !== "comm_msg" || ahead.has(parent.msg_id)) return;
  const [time, status] = [Date.parse(header.date), content.execution_state];
  const picture = content.data?.state?.painted;
  if (picture) probe.answered = performance.now();
  if (status === "busy") busy.set(parent.msg_id, time);
  else if (busy.size && (probe.output?.querySelector(".live-screen") ? picture : status === "idle")) {
    probe.kernel.push(time - Math.min(...busy.values()));
    busy.clear();
  }
});
