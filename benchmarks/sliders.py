"""The time from pressing a key to the changed picture, for every live picture of the course in a real JupyterLab.

    python benchmarks/sliders.py                     every notebook in notebooks/
    python benchmarks/sliders.py 02_xor --store      only this one; write the table into docs/benchmarks.md

The baseline is `interact` with a new matplotlib figure each time, as is usual in notebooks, on a decision field that is
also drawn as a live picture, in the same run. Prints a table; the last line is the ratio of the two. Exits with 1 if a
target is missed. Needs Chromium and the course's `test` requirements.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import numpy as np
from playwright.sync_api import Locator, Page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from real_lab import run_all, running_chromium, running_lab  # noqa: E402
from stored import PAGE, machine, put  # noqa: E402

MOST_MS, LEAST_RATIO, LEAST_RATE = 40, 3.5, 15  # the targets; rate: pictures per second during a drag
OURS, USUAL = "decision field, live", "decision field, interact"
PROBE = Path(__file__).with_suffix(".js")
HANDLE = ".noUi-handle, .live input[type=range]"  # of a slider of ipywidgets, and of ours
# ms that a picture is in view first, and from the keys to a handle: 0.4 s and 1.1 s by Card, Moran and Newell (1980),
# The keystroke-level model. Meanwhile the kernel paints ahead.
LOOK, REACH = 2000, 1500
PATIENCE = 500  # ms after the kernel is done; a press that has given no new picture by then changes nothing

FIELD = '''
import numpy as np
from scipy.special import expit as sigmoid
from utils import data, live, plots

X, y = data.xor(200, noise=0.15)
W, b = np.random.default_rng(0).normal(size=(8, 2)), np.linspace(-1, 1, 8)
v = np.cos(np.arange(8))

def score(X, k):
    """Of a small net: eight tanh units of steepness k."""
    return 4 * np.tanh(k * (X @ W.T + b)) @ v
'''
LIVE = """
(plane,) = plots.panels("x")
regions, mark = plots.decision_regions(plane), plots.points(plane, size=6)

def move(k):
    regions(lambda X: score(X, k))
    mark(X, y, score(X, k) > 0)
    return f"Steepness {k:.2f}."

live.picture(move, plane, k=live.slider(3.0, 1, 9, 0.05))
"""
INTERACT = """
%matplotlib inline
import matplotlib.pyplot as plt
from ipywidgets import FloatSlider, interact

def draw(k):
    figure, ax = plt.subplots(figsize=(4.8, 4.4), dpi=130)
    x1, x2 = np.meshgrid(np.linspace(-0.5, 1.5, 80), np.linspace(-0.5, 1.5, 80))
    p = sigmoid(score(np.column_stack([x1.ravel(), x2.ravel()]), k)).reshape(80, 80)
    ax.contourf(x1, x2, p, levels=np.linspace(0, 1, 11), cmap=plots.SHADES)
    ax.contour(x1, x2, p, levels=[0.5], colors=plots.INK, linewidths=2)
    for label, shape, colour in ((0, "o", plots.BLUE), (1, "s", plots.ORANGE)):
        ax.plot(*X[y == label].T, shape, color=colour, mec=plots.INK, ms=6)
    ax.plot(*X[(score(X, k) > 0) != y].T, "x", color=plots.INK, ms=11, mew=2.5)
    ax.set(xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), aspect="equal", xlabel="x₁", ylabel="x₂")
    plt.show()

interact(draw, k=FloatSlider(value=3.0, min=1, max=9, step=0.05));
"""


@dataclass
class Measured:
    """The measurements of one picture.

    Attributes:
        name: notebook and place in it.
        presses: ms from each press of a key to the changed picture.
        kernel: ms that the kernel was busy with each.
        ahead: whether each picture had been painted ahead: it appeared before the kernel's answer.
        rate: pictures per second during a drag; None if no handle that changes the picture passes enough values.
        left: pictures left behind: those after the one in transit and the last, or missing at the end.
        blanks: frames in which there was no picture.
    """

    name: str
    presses: list[float] = field(default_factory=list)
    kernel: list[float] = field(default_factory=list)
    ahead: list[bool] = field(default_factory=list)
    rate: float | None = None
    left: int = 0
    blanks: int = 0

    @property
    def median(self) -> float:
        return float(np.median(self.presses)) if self.presses else float("nan")

    def row(self) -> list[str]:
        late = f"{np.percentile(self.presses, 95):.0f}" if self.presses else "–"
        rate = "–" if self.rate is None else f"{self.rate:.0f}"
        kernel = f"{np.median(self.kernel):.0f}" if self.kernel else "–"
        ahead = f"{np.mean(self.ahead):.0%}" if self.ahead else "–"
        return [self.name, f"{self.median:.0f}", late, ahead, kernel, rate, str(self.left), str(self.blanks)]


def measure(page: Page, output: Locator, name: str, presses: int) -> Measured:
    """Presses keys on each control that an output offers, then drags the first slider or pad
    that changes the picture and passes enough values.

    Args:
        page: with the probe of sliders.js.
        output: the cell's output with the picture.
        name: shown in the table.
        presses: number of key presses in all.
    """
    measured = Measured(name)
    handles = output.locator(f"{HANDLE}, .live-pad").all()
    controls = handles or output.locator(".live-options input").all()
    each = max(2, presses // len(controls))
    turns = [number for number in range(len(handles)) for _ in range(each)]  # a reader stays with one for a while
    turns = turns or list(range(len(controls))) * each
    output.scroll_into_view_if_needed()
    page.evaluate("output => probe.watch(output)", output.element_handle())
    page.wait_for_timeout(LOOK)
    keys = [keys_for(control) for control in controls]
    for i, turn in enumerate(turns[:2] + turns):
        took, kernel, ahead = press(page, controls[turn], next(keys[turn]))
        page.wait_for_timeout(60 + 7 * (i % 5))  # keeps the presses from being in step with the frames
        if took is not None and i >= 2:  # two warm up
            measured.presses.append(took)
            measured.kernel.append(kernel)
            measured.ahead.append(ahead)
    for handle in handles:
        page.wait_for_timeout(REACH)
        drag(page, handle, measured)
        if measured.rate is not None:
            break
    measured.blanks = page.evaluate("probe.blanks")
    return measured


def press(page: Page, control: Locator, key: str) -> tuple[float | None, float, bool]:
    """Presses a key on a control.

    Returns:
        ms to the changed picture, None if none comes; ms that the kernel was busy; whether it was painted ahead.
    """
    control.focus()
    page.evaluate("() => { probe.kernel.length = 0; }")
    page.keyboard.press(key)
    return page.evaluate(f"probe.answer({PATIENCE})")


def keys_for(control: Locator) -> Iterator[str]:
    """Keys that change the picture, without end."""
    if control.evaluate("it => it.type == 'radio'"):
        while True:
            yield "Space"
    if is_slider(control):
        key = "ArrowRight"
        while True:
            at, low, high = place_of(control)
            key = {high: "ArrowLeft", low: "ArrowRight"}.get(at, key)  # back and forth
            yield key
    clicks = "Enter adds" in (control.get_attribute("aria-label") or "")
    while True:
        yield from ("Enter", "Backspace") if clicks else ("ArrowUp", "ArrowDown")


def is_slider(control: Locator) -> bool:
    return control.evaluate("(it, handle) => it.matches(handle)", HANDLE)


def place_of(slider: Locator) -> tuple[float, float, float]:
    """The value of a slider, and its limits."""
    return tuple(
        slider.evaluate(
            """it => it.matches('input') ? [it.value, it.min, it.max].map(Number)
              : ['now', 'min', 'max'].map(name => Number(it.getAttribute(`aria-value${name}`)))"""
        )
    )


def drag(page: Page, control: Locator, measured: Measured) -> None:
    """A second and a half of dragging back and forth, and what arrives after the release."""
    slider = is_slider(control)
    track = control.locator("xpath=ancestor-or-self::*[contains(@class, 'noUi-target') or self::input][1]")
    box, hold = (track if slider else control).bounding_box(), control.bounding_box()
    if slider and control.evaluate("it => it.matches('input')"):
        at, low, high = place_of(control)
        hold |= {"x": box["x"] + 8 + (box["width"] - 16) * (at - low) / (high - low) - 8, "width": 16}
    page.mouse.move(hold["x"] + hold["width"] / 2, hold["y"] + hold["height"] / 2)
    page.mouse.down()
    devtools = page.context.new_cdp_session(page)  # `page.mouse.move` would look for a drop at each step, for 50 ms
    page.evaluate("handle => probe.drag(handle)", control.element_handle())
    start = time.monotonic()
    while (since := time.monotonic() - start) < 1.5:
        turn = 2 * np.pi * since
        place = {
            "x": box["x"] + box["width"] * (0.5 - 0.45 * np.cos(turn)),
            "y": box["y"] + box["height"] * (0.5 - 0.45 * np.sin(turn)),
        }
        devtools.send("Input.dispatchMouseEvent", {"type": "mouseMoved", "button": "left", "buttons": 1} | place)
        time.sleep(0.01)  # as often as a mouse reports its position
    page.mouse.up()
    devtools.detach()
    page.wait_for_timeout(1000)
    during, after, passed, seconds = page.evaluate(
        """() => [probe.changes.filter(time => time <= probe.released).length,
                  probe.changes.filter(time => time > probe.released).length,
                  probe.passed, (probe.released - probe.from) / 1000]"""
    )
    # A slider with three values never requests more than a few pictures; one may change nothing at the others' values.
    if passed / seconds > LEAST_RATE and during + after:
        measured.rate = during / seconds
    measured.left += max(0, after - 2)
    if slider:
        measured.left += not shows_the_last_value(page, control)


def shows_the_last_value(page: Page, handle: Locator) -> bool:
    """Whether the picture is unchanged when the slider goes a step away and comes back."""
    before = page.evaluate("probe.picture()")
    there, back = "ArrowRight", "ArrowLeft"
    at, _, high = place_of(handle)
    if at == high:
        there, back = back, there
    for key in (there, back):
        press(page, handle, key)
    return page.evaluate("probe.picture()") == before


def chosen(names: list[str]) -> list[Path]:
    """The notebooks of these names, or all.

    Raises:
        SystemExit: if there is none with a name.
    """
    every = {path.stem: path for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))}
    if unknown := [name for name in names if name not in every]:
        raise SystemExit(f"no notebook {', '.join(unknown)}; there are {', '.join(every)}")
    return [every[name] for name in names or every]


def run(notebooks: list[Path], presses: int, tell: Callable[[Measured], None]) -> list[Measured]:
    """Measures the two decision fields, then every live picture of the notebooks, and prints each result at once."""
    results = []
    with (
        tempfile.TemporaryDirectory() as home,
        running_lab(Path(home)) as lab,
        running_chromium() as browser,
    ):
        yard = nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(source.strip()) for source in (FIELD, LIVE, INTERACT)],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
        nbformat.write(yard, lab.work / "yardstick.ipynb")
        for notebook in ["yardstick.ipynb", *(path.name for path in notebooks)]:
            page = run_all(browser, lab, notebook)
            outputs = outputs_with_pictures(page)
            page.evaluate(PROBE.read_text(encoding="utf-8"))
            names = (
                [OURS, USUAL]
                if notebook == "yardstick.ipynb"
                else [f"{Path(notebook).stem}, {i + 1}" for i in range(len(outputs))]
            )
            for name, output in zip(names, outputs, strict=True):
                results.append(measure(page, output, name, presses))
                tell(results[-1])
            page.context.close()
    return results


def outputs_with_pictures(page: Page) -> list[Locator]:
    """The outputs with a control and a picture that it moves, once every cell has run."""
    page.wait_for_function(
        """() => {
          const {content, sessionContext} = jupyterapp.shell.currentWidget;
          const code = [...content.model.cells].filter(cell => cell.type == 'code');
          return code.every(cell => cell.executionCount) && sessionContext.session.kernel.status == 'idle';
        }""",
        timeout=300_000,
    )
    page.wait_for_timeout(2000)
    outermost = ":not(.jp-OutputArea-output *).jp-OutputArea-output"
    return page.locator(f"{outermost}:has(.live-screen), {outermost}:has(.noUi-handle):has(img)").all()


def missed(results: list[Measured]) -> list[str]:
    """The missed targets, a sentence each."""
    by_name = {result.name: result for result in results}
    ours, usual = by_name[OURS], by_name[USUAL]
    told = []
    if not ours.median <= MOST_MS:
        told.append(f"{OURS}: {ours.median:.0f} ms at the median, more than {MOST_MS}")
    if not usual.median / ours.median >= LEAST_RATIO:
        told.append(f"{OURS}: {usual.median / ours.median:.1f} times faster, less than {LEAST_RATIO}")
    for result in results:
        if result is usual:
            continue
        if not result.presses:
            told.append(f"{result.name}: no key changes the picture")
        if result.rate is not None and result.rate < LEAST_RATE:
            told.append(f"{result.name}: {result.rate:.0f} pictures per second during a drag, less than {LEAST_RATE}")
        if result.left:
            told.append(f"{result.name}: {result.left} left behind after release")
        if result.blanks:
            told.append(f"{result.name}: blank in {result.blanks} frames")
    return told


HEADINGS = ["picture", "median ms", "p95 ms", "ahead", "kernel ms", "pictures/s", "left behind", "blank"]


def table(results: list[Measured]) -> str:
    rows = [HEADINGS, ["---"] + ["---:"] * (len(HEADINGS) - 1), *(result.row() for result in results)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def store(results: list[Measured], verdict: str, page: Path = PAGE) -> None:
    """Writes the figures into their section of a page."""
    text = f"""
From pressing a key to the changed picture, in JupyterLab and Chromium; `python benchmarks/sliders.py --store`
writes this section. *Ahead*: the share of presses whose picture the kernel had painted before it was requested, so that
the browser shows it in its next frame; a picture is in view for {LOOK / 1000:.0f} s before a key is pressed, and the
pointer reaches a handle in {REACH / 1000} s. *Kernel*: how long the kernel was busy with the press. *Pictures/s*: in a
drag of a second and a half, on a slider that passes more than {LEAST_RATE} values a second. *Left behind*: pictures
that arrive after release, apart from the one in transit and the last, or a last one that does not match the slider.
*Blank*: frames without a picture. Chromium draws without a GPU, and during a drag JupyterLab's own page takes more of
the time than the kernel. Measured on {machine()}.

{table(results)}

{verdict}
"""
    put("Live pictures", text, page)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("notebooks", nargs="*", help="names without .ipynb; all of them by default")
    parser.add_argument("--presses", type=int, default=42, help="number of key presses for each picture")
    parser.add_argument("--store", action="store_true", help="write docs/benchmarks.md")
    arguments = parser.parse_args()

    print(table([]), flush=True)
    tell = lambda result: print("| " + " | ".join(result.row()) + " |", flush=True)  # noqa: E731
    results = run(chosen(arguments.notebooks), arguments.presses, tell)
    told = missed(results)
    by_name = {result.name: result for result in results}
    ours, usual = by_name[OURS].median, by_name[USUAL].median
    soon = sum(result.median <= MOST_MS for result in results[2:])
    dragged = [result.rate for result in results[2:] if result.rate is not None]
    enough = sum(rate >= LEAST_RATE for rate in dragged)
    verdict = (
        f"Of the {len(results) - 2} pictures of the lectures, {soon} follow in {MOST_MS} ms or less at the median; "
        f"{enough} of the {len(dragged)} that were dragged gave {LEAST_RATE} pictures a second or more. A live picture "
        f"of the decision field follows in {ours:.0f} ms, `interact` in {usual:.0f} ms: "
        f"{usual / ours:.1f} times faster."
    )
    if arguments.store:
        store(results, verdict)
    for aim in told:
        print(f"missed: {aim}")
    print(verdict)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
