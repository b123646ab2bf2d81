"""How soon the site's pictures follow, and how much it weighs: every picture, in a real Chromium without a network.

    make site && python benchmarks/pages.py              prints a table
    make site && python benchmarks/pages.py --store      and writes it into docs/benchmarks.md

Each slider of each picture is moved a step at a time by a key. Measured is the time from the key to the canvas painted
anew, after the picture has been looked at for half a second. Exits with 1 where an aim is missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

from real_lab import running_chromium  # noqa: E402
from stored import PAGE, machine, put  # noqa: E402

MOST_MS, MOST_USABLE_MS = 16.7, 1000  # the aims
LOOK = 500  # ms

# Notes when a key is pressed and when a canvas is painted after it.
PROBE = """
window.probe = {pressed: 0, painted: 0};
addEventListener('keydown', event => { probe.pressed = event.timeStamp; probe.painted = 0; }, true);
const drawImage = CanvasRenderingContext2D.prototype.drawImage;
CanvasRenderingContext2D.prototype.drawImage = function (...args) {
  const result = drawImage.apply(this, args);
  if (this.canvas.isConnected) probe.painted = performance.now();
  return result;
};
"""


@dataclass(frozen=True)
class Lecture:
    """What was measured of a page.

    Attributes:
        name: of the lecture.
        size: of the page with its pictures, bytes.
        usable: ms from the start until the page can be used.
        pictures: of each, the median of ms from a key to the picture; None where it has no slider.
    """

    name: str
    size: int
    usable: float
    pictures: list[float | None]

    def row(self) -> list[str]:
        times = [ms for ms in self.pictures if ms is not None]
        soon = sum(ms <= MOST_MS for ms in times)
        return [
            self.name, f"{self.size / 1e6:.1f}", f"{self.usable:.0f}", str(len(self.pictures)),
            f"{statistics.median(times):.1f}", f"{max(times):.1f}", f"{soon} of {len(times)}",
        ]  # fmt: skip


def press(page: Page, slider: Locator, presses: int = 8) -> list[float]:
    """ms from each of some presses of a key on a slider to the picture painted anew."""
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


def measure(page: Page, path: Path, site: Path) -> Lecture:
    """Opens a lecture's page and moves all its sliders."""
    page.goto(f"file://{path}")
    usable = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    pictures = []
    for picture in page.locator(".live").all():
        picture.scroll_into_view_if_needed()
        page.wait_for_timeout(LOOK)
        sliders = [it for it in picture.locator("input[type=range]").all() if it.is_visible()]
        times = [ms for slider in sliders for ms in press(page, slider)]
        pictures.append(statistics.median(times) if times else None)
    images = sum(file.stat().st_size for file in (site / "_live" / path.stem).iterdir())
    return Lecture(path.stem, path.stat().st_size + images, usable, pictures)


def missed(lectures: list[Lecture]) -> list[str]:
    """The aims that were missed, a sentence each."""
    told = [f"{it.name}: usable after {it.usable:.0f} ms" for it in lectures if it.usable > MOST_USABLE_MS]
    return told + [
        f"{it.name}, {number}: {ms:.0f} ms at the median"
        for it in lectures
        for number, ms in enumerate(it.pictures, 1)
        if ms is not None and ms > MOST_MS
    ]


def table(lectures: list[Lecture]) -> str:
    head = ["lecture", "MB", "usable ms", "pictures", "median ms", "slowest ms", f"in {MOST_MS} ms"]
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
        context = browser.new_context(offline=True, viewport={"width": 1400, "height": 1000})
        page = context.new_page()
        page.add_init_script(PROBE)
        page.goto(f"file://{site / 'index.html'}")  # a browser's first page takes longer than any other
        for path in sorted((site / "notebooks").glob("*.html")):
            if arguments.lectures and path.stem not in arguments.lectures:
                continue
            lectures.append(measure(page, path, site))
            print(" | ".join(lectures[-1].row()), flush=True)
    whole = sum(file.stat().st_size for file in site.rglob("*") if file.is_file())
    text = f"""
What `make site` builds, opened from a disk in Chromium without a network; `python benchmarks/pages.py --store`
writes this section. *MB*: the page with all images of its pictures. *Usable*: from the start until the page is loaded.
*Median* and *slowest*: of the pictures, each with the median of the time from a key on a slider to the picture painted
anew, after the picture was looked at for {LOOK / 1000:.1f} s. The whole site has {whole / 1e6:.0f} MB. Measured on
{machine()}.

{table(lectures)}
"""
    if arguments.store:
        put("The site", text, PAGE)
    print(text)
    for aim in missed(lectures):
        print(f"missed: {aim}")
    return int(bool(missed(lectures)))


if __name__ == "__main__":
    sys.exit(main())
