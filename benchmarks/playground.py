"""How smoothly the playground runs in a real Chromium: frames per second, and how long each keeps the browser busy.

    python benchmarks/playground.py              prints a table
    python benchmarks/playground.py --store      and writes it into docs/benchmarks.md

Each net learns for five seconds, an epoch of ten batches in each frame, with its maps, weights and losses repainted.
Exits with 1 if a target is missed. tests/browser/test_playground.py tests that it computes what torch computes.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "browser")]

from real_lab import running_chromium  # noqa: E402
from stored import PAGE, machine, put  # noqa: E402

from utils import pages, playground  # noqa: E402

LEAST_RATE, MOST_MS = 55, 16.7  # the targets: frames per second; median ms of work in each
SECONDS = 5
SETTINGS = {
    "XOR, 4 units": dict(data="XOR", hidden=(4,)),
    "spirals, 8 and 8 units": dict(data="spirals", hidden=(8, 8)),
    "spirals, 8 and 8 units, a phone's width": dict(data="spirals", hidden=(8, 8)),
}
# Records when each frame begins, and how long its callbacks take.
PROBE = """
window.probe = {begun: [], busy: []};
const request = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = callback => request(now => {
  const start = performance.now();
  callback(now);
  probe.begun.push(now);
  probe.busy.push(performance.now() - start);
});
"""


def measure(page: Page, settings: dict) -> tuple[float, float, float]:
    """Frames per second, and ms of work in a frame: the median and the 95th percentile."""
    page.evaluate(
        "told => showPlayground((document.body.replaceChildren(), document.body), told)",
        playground.show(**settings).told,
    )
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(1000)
    page.evaluate("probe.begun = [], probe.busy = []")
    page.wait_for_timeout(1000 * SECONDS)
    begun, busy = page.evaluate("[probe.begun, probe.busy]")
    rate = 1000 * (len(begun) - 1) / (begun[-1] - begun[0])
    return rate, statistics.median(busy), statistics.quantiles(busy, n=20)[-1]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--store", action="store_true", help="write docs/benchmarks.md")
    arguments = parser.parse_args()
    styles = "".join((ROOT / "utils" / f"{name}.css").read_text() for name in ("live", "playground"))
    code = pages.joined(*(ROOT / path for path in ("utils/live.js", "utils/playground.js", "docs/page.js")))
    rows, missed = [], []
    with running_chromium() as browser:
        for name, settings in SETTINGS.items():
            page = browser.new_page(viewport={"width": 390 if "phone" in name else 1000, "height": 900})
            page.set_content(f"<style>{styles}</style><body data-theme=auto></body>")
            page.add_script_tag(content=f"{PROBE}\n{code}")
            rate, median, p95 = measure(page, settings)
            page.close()
            rows.append(f"| {name} | {rate:.0f} | {median:.1f} | {p95:.1f} |")
            print(rows[-1], flush=True)
            if rate < LEAST_RATE or median > MOST_MS:
                missed.append(f"{name}: {rate:.0f} frames per second, {median:.1f} ms of work in each")
    text = "\n".join(
        [
            "A net learns, an epoch of ten batches in each frame, and every map, weight and loss is repainted, in",
            "Chromium without a GPU; `python benchmarks/playground.py --store` writes this section. *Work*: how long",
            "the browser is busy with a frame; at 60 frames a second it has 16.7 ms. For 100 steps, with each",
            "activation function and one or two hidden layers, `tests/browser/test_playground.py` compares weights and",
            f"losses with torch's: they agree to 1e-6. Measured on {machine()}.",
            "",
            "| net | frames/s | work, median ms | work, p95 ms |",
            "| --- | ---: | ---: | ---: |",
            *rows,
            *(["", f"Missed targets: {'; '.join(missed)}."] if missed else []),
        ]
    )
    if arguments.store:
        put("The playground", text, PAGE)
    for aim in missed:
        print(f"missed: {aim}")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
