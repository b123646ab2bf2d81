"""How fast the site's pictures respond, and how large it is: every picture, in a real Chromium without a network.

    make site && python benchmarks/pages.py              prints a table
    make site && python benchmarks/pages.py --store      and writes it into docs/benchmarks.md

Every picture is moved with the keyboard, the mouse and a finger. The benchmark measures the time from a key to the
repainted canvas, after the picture has been in view for half a second, and how a picture keeps up with a second of
dragging. Exits with 1 if a target is missed, a picture does not move, or a page writes to the console.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page, TimeoutError

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from real_lab import running_chromium  # noqa: E402
from stored import PAGE, machine, put  # noqa: E402

MOST_MS, MOST_USABLE_MS = 16.7, 1000  # the targets
LOOK = 500  # ms

# Records when a key is pressed and when a canvas is next painted; and, during a drag, in how many frames a control had
# moved and in how many a picture was painted.
PROBE = """
window.probe = {pressed: 0, painted: 0, moved: 0, followed: 0};
let [isMoved, isPainted] = [false, false];
addEventListener('keydown', event => { probe.pressed = event.timeStamp; probe.painted = 0; }, true);
addEventListener('input', () => { isMoved = true; }, true);
const drawImage = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (...args) {
  const result = drawImage.apply(this, args);
  if (this.canvas.isConnected) { probe.painted = performance.now(); isPainted = true; }
  return result;
};
const look = () => {
  probe.moved += isMoved;
  probe.followed += isPainted;
  [isMoved, isPainted] = [false, false];
  requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
WAYS = ("keys", "mouse", "finger")


@dataclass(frozen=True)
class Lecture:
    """The measurements of a page.

    Attributes:
        name: of the lecture.
        size: of the page with its pictures, bytes.
        usable: ms from the start until the page can be used.
        pictures: for each, the median ms from a key to the picture; None if it has no slider.
        drags: for each, pictures per second during a drag; None if it has no slider.
        kept: for each, the share of the frames in which the slider had moved that got a new picture.
        still: the numbers of pictures that do not move, and with which input.
        errors: console messages and network requests.
    """

    name: str
    size: int
    usable: float
    pictures: list[float | None]
    drags: list[float | None] = field(default_factory=list)
    kept: list[float | None] = field(default_factory=list)
    still: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def row(self) -> list[str]:
        times, drags, kept = ([it for it in each if it is not None] for each in (self.pictures, self.drags, self.kept))
        soon = sum(ms <= MOST_MS for ms in times)
        return [
            self.name, f"{self.size / 1e6:.1f}", f"{self.usable:.0f}", str(len(self.pictures)),
            f"{statistics.median(times):.1f}", f"{max(times):.1f}", f"{soon} of {len(times)}",
            f"{statistics.median(drags):.0f}" if drags else "–", f"{statistics.median(kept):.0%}" if kept else "–",
        ]  # fmt: skip


def press(page: Page, slider: Locator, presses: int = 8) -> list[float]:
    """ms from each of several key presses on a slider to the repainted picture."""
    took = []
    slider.focus()
    page.wait_for_timeout(LOOK)
    for _ in range(presses):
        at_the_end = slider.evaluate("it => it.value === it.max")
        page.keyboard.press("Home" if at_the_end else "ArrowRight")
        page.wait_for_timeout(80)
        ms = page.evaluate("probe.painted ? probe.painted - probe.pressed : null")
        took += [] if ms is None else [ms]
    return took


def drag(page: Page, slider: Locator) -> tuple[float, float]:
    """A second of dragging back and forth: pictures per second, and the share of moves that got one."""
    box = slider.bounding_box()
    devtools = page.context.new_cdp_session(page)  # quicker than `page.mouse`
    at = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "button": "left", "clickCount": 1}
    devtools.send("Input.dispatchMouseEvent", at | {"type": "mousePressed"})
    before, start = page.evaluate("({...probe})"), time.monotonic()
    while (since := time.monotonic() - start) < 1:
        x = box["x"] + box["width"] * (0.5 - 0.45 * math.sin(4 * math.pi * since))
        devtools.send("Input.dispatchMouseEvent", at | {"type": "mouseMoved", "x": x, "buttons": 1})
        time.sleep(0.005)
    after = page.evaluate("({...probe})")
    devtools.send("Input.dispatchMouseEvent", at | {"type": "mouseReleased"})
    devtools.detach()
    moved, followed = (after[what] - before[what] for what in ("moved", "followed"))
    return followed / since, min(1.0, followed / max(moved, 1))


def moves(page: Page, picture: Locator, way: str) -> bool:
    """Whether moving some control with the keyboard, the mouse or a finger repaints the picture."""
    controls = picture.locator("input[type=range]:visible, .live-options label:visible").all()
    for control in controls:
        is_slider, box = control.evaluate("it => it.tagName == 'INPUT'"), control.bounding_box()
        for key, share in [("Home", 0.1), ("End", 0.9)] if is_slider else [("ArrowRight", 0.5)]:
            page.evaluate("() => { probe.painted = 0; }")
            x, y = box["x"] + share * box["width"], box["y"] + box["height"] / 2
            if way == "keys":
                (control if is_slider else control.locator("input")).focus()
                page.keyboard.press(key)
            elif way == "mouse":
                page.mouse.click(x, y)
            else:
                page.touchscreen.tap(x, y)
            try:
                page.wait_for_function("probe.painted > 0", timeout=1000)
                return True
            except TimeoutError:
                continue
    return False


def measure(page: Page, path: Path, site: Path) -> Lecture:
    """Opens a lecture's page and moves all of its pictures."""
    errors: list[str] = []
    page.on("console", lambda message: message.type in {"error", "warning"} and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: request.url.startswith(("file:", "data:")) or errors.append(request.url))
    page.on("requestfailed", lambda request: errors.append(f"failed: {request.url}"))
    page.goto(f"file://{path}")
    usable = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    pictures, drags, kept, still = [], [], [], []
    for number, picture in enumerate(page.locator(".live:has(.live-screen)").all(), 1):
        picture.locator(".live-controls").scroll_into_view_if_needed()
        page.evaluate("it => it.scrollIntoView({block: 'center'})", picture.locator(".live-controls").element_handle())
        page.wait_for_timeout(LOOK)
        still += [f"{number} by {way}" for way in WAYS if not moves(page, picture, way)]
        sliders = [it for it in picture.locator("input[type=range]").all() if it.is_visible()]
        times = [ms for slider in sliders for ms in press(page, slider)]
        pictures.append(statistics.median(times) if times else None)
        rate, share = drag(page, max(sliders, key=lambda it: int(it.get_attribute("max")))) if sliders else (None, None)
        drags.append(rate)
        kept.append(share)
    images = sum(file.stat().st_size for file in (site / "_live" / path.stem).iterdir())
    return Lecture(path.stem, path.stat().st_size + images, usable, pictures, drags, kept, still, errors)


def missed(lectures: list[Lecture]) -> list[str]:
    """The missed targets, a sentence each."""
    told = [f"{it.name}: usable after {it.usable:.0f} ms" for it in lectures if it.usable > MOST_USABLE_MS]
    return (
        told
        + [
            f"{it.name}, {number}: {ms:.0f} ms at the median"
            for it in lectures
            for number, ms in enumerate(it.pictures, 1)
            if ms is not None and ms > MOST_MS
        ]
        + [f"{it.name}: picture {still} does not move" for it in lectures for still in it.still]
        + [f"{it.name}: {error}" for it in lectures for error in it.errors]
    )


def table(lectures: list[Lecture]) -> str:
    head = ["lecture", "MB", "usable ms", "pictures", "median ms", "slowest ms", f"in {MOST_MS} ms"]
    head += ["pictures/s", "kept up"]
    rows = [head, ["---"] + ["---:"] * (len(head) - 1), *(lecture.row() for lecture in lectures)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("lectures", nargs="*", help="names; all of the site's by default")
    parser.add_argument("--site", type=Path, default=ROOT / "build" / "site", help="the folder of the site")
    parser.add_argument("--store", action="store_true", help="write docs/benchmarks.md")
    arguments = parser.parse_args()
    site = arguments.site.resolve()
    lectures = []
    with running_chromium() as browser:
        context = browser.new_context(offline=True, has_touch=True, viewport={"width": 1400, "height": 1000})
        context.add_init_script(PROBE)
        context.new_page().goto(f"file://{site / 'index.html'}")  # a browser's first page takes longer than later ones
        for path in sorted((site / "notebooks").glob("*.html")):
            if arguments.lectures and path.stem not in arguments.lectures:
                continue
            page = context.new_page()
            lectures.append(measure(page, path, site))
            page.close()
            print(" | ".join(lectures[-1].row()), flush=True)
    whole = sum(file.stat().st_size for file in site.rglob("*") if file.is_file())
    text = f"""
What `make site` builds, opened from a disk in Chromium without a network; `python benchmarks/pages.py --store` writes
this section. *MB*: the page with all images of its pictures. *Usable*: from the start until the page is loaded.
*Median* and *slowest*: over the pictures, each with its median time from pressing a key on a slider to the repainted
picture, after the picture was in view for {LOOK / 1000:.1f} s. *Pictures/s*: during a second of dragging the slider
with the most values, the median over the pictures; never more than the values that the slider passes. *Kept up*: the
share of the frames in which the slider moved that got a new picture. Each picture was moved with the keyboard, the
mouse and a finger, and the console stayed empty unless stated below. The whole site is {whole / 1e6:.0f} MB. Measured
on {machine()}.

{table(lectures)}

{"Missed: " + "; ".join(missed(lectures)) + "." if missed(lectures) else "All targets are met."}
"""
    if arguments.store:
        put("The site", text, PAGE)
    print(text)
    for aim in missed(lectures):
        print(f"missed: {aim}")
    return int(bool(missed(lectures)))


if __name__ == "__main__":
    sys.exit(main())
