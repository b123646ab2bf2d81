"""What a lecture needs in a real JupyterLab: processor time, memory, and how soon a picture first responds.

    python benchmarks/lectures.py                    every lecture
    python benchmarks/lectures.py 02_xor --store     only this one; write the table into docs/benchmarks.md

Each lecture is run, then a key is pressed on the first control of each picture as soon as the picture is in the window,
so that the kernel has had no time to paint ahead. Then page and kernel are idle, and are compared with those of an
empty notebook: in the first seconds, while the browser still collects its garbage, and after that. Exits with 1 if a
target is missed. Takes about three minutes per lecture.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests" / "browser"), str(ROOT / "benchmarks")]

import sliders  # noqa: E402
from real_lab import Lab, open_page, run_cells, running_chromium, running_lab  # noqa: E402
from stored import PAGE, machine, put  # noqa: E402

# The targets: s, MB more than an empty notebook's page, MB, ms, and percentage points more than an empty notebook.
MOST_SECONDS, MOST_PAGE, MOST_KERNEL, MOST_MS, MOST_REST = 60, 150, 450, 40, 2
SOON, SETTLE, REST = 5, 30, 10  # seconds from the last interaction to both measurements; how long they take
PID = """async () => {
  const asked = {code: 'import os', user_expressions: {pid: 'os.getpid()'}, store_history: false};
  const {content} = await jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute(asked).done;
  return Number(content.user_expressions.pid.data['text/plain']);
}"""


@dataclass(frozen=True)
class Taken:
    """What a notebook needs.

    Attributes:
        name: of the notebook.
        spent: processor time of the kernel and its children for all cells, s.
        opened: memory of the browser's renderers before any cell is run, MB.
        page: the same at rest, MB.
        kernel: memory of the kernel, MB.
        soon: processor time of both just after the last interaction, percent of a core.
        rest: the same at rest.
        touches: for each picture, ms from the first key to the changed picture.
    """

    name: str
    spent: float
    opened: float
    page: float
    kernel: float
    soon: float
    rest: float
    touches: list[float]

    def row(self, empty: Taken) -> list[str]:
        median = f"{statistics.median(self.touches):.0f}" if self.touches else "–"
        slowest = f"{max(self.touches):.0f}" if self.touches else "–"
        memory = [f"{self.opened - empty.opened:+.0f}", f"{self.page - empty.page:+.0f}", f"{self.kernel:.0f}"]
        return [self.name, f"{self.spent:.0f}", *memory, f"{self.soon:.0f}", f"{self.rest:.0f}", median, slowest]


def renderers() -> list[psutil.Process]:
    """The renderer processes of this program's browser."""
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "--type=renderer" in child.cmdline()]


def seconds(processes: list[psutil.Process]) -> float:
    """The processor time that some processes have spent."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def busy(processes: list[psutil.Process]) -> float:
    """The processor time that they use in the next seconds, percent of a core."""
    before, start = seconds(processes), time.monotonic()
    time.sleep(REST)
    return 100 * (seconds(processes) - before) / (time.monotonic() - start)


def megabytes(processes: list[psutil.Process]) -> float:
    """The memory that they use."""
    return sum(process.memory_info().rss for process in processes) / 1e6


def first_touches(page: Page) -> list[float]:
    """ms from the first key on each picture, not in view before, to the changed picture."""
    page.evaluate(sliders.PROBE.read_text(encoding="utf-8"))
    touches = []
    for output in sliders.outputs_with_pictures(page):
        controls = output.locator(sliders.HANDLE).all() or output.locator(".live-options input:not(:checked)").all()
        if not controls:
            continue
        output.scroll_into_view_if_needed()
        page.evaluate("output => probe.watch(output)", output.element_handle())
        took, *_ = sliders.press(page, controls[0], next(sliders.keys_for(controls[0])))
        touches += [] if took is None else [took]
    page.evaluate("cancelAnimationFrame(probe.following)")  # looking in every frame takes 10 % of a core
    return touches


def take(browser: Browser, lab: Lab, notebook: str) -> Taken:
    """Runs a notebook, moves its pictures, and measures it at rest."""
    page = open_page(browser, lab, notebook)
    time.sleep(REST)
    opened = megabytes(renderers())
    run_cells(page)
    kernel = psutil.Process(page.evaluate(PID))
    spent = sum(kernel.cpu_times()[:4])
    touches = first_touches(page)
    watched = [*renderers(), kernel]
    time.sleep(SOON)
    soon = busy(watched)
    time.sleep(SETTLE - SOON - REST)
    rest = busy(watched)
    memory = [megabytes(watched[:-1]), megabytes([kernel])]
    page.context.close()
    return Taken(Path(notebook).stem, spent, opened, *memory, soon, rest, touches)


def run(notebooks: list[Path]) -> tuple[Taken, list[Taken]]:
    """Measures an empty notebook and each of the others."""
    with tempfile.TemporaryDirectory() as home, running_lab(Path(home)) as lab, running_chromium() as browser:
        empty = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
        empty.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
        nbformat.write(empty, lab.work / "empty.ipynb")
        return take(browser, lab, "empty.ipynb"), [take(browser, lab, path.name) for path in notebooks]


def missed(empty: Taken, lectures: list[Taken]) -> list[str]:
    """The missed targets, a sentence each."""
    told = []
    for it in lectures:
        if it.spent > MOST_SECONDS:
            told.append(f"{it.name}: all cells take {it.spent:.0f} s of the processor")
        if it.page - empty.page > MOST_PAGE:
            told.append(f"{it.name}: the page takes {it.page - empty.page:.0f} MB more than an empty one")
        if it.kernel > MOST_KERNEL:
            told.append(f"{it.name}: the kernel takes {it.kernel:.0f} MB")
        if it.rest > empty.rest + MOST_REST:
            told.append(f"{it.name}: at rest {it.rest:.0f} % of a core, an empty notebook {empty.rest:.0f} %")
        if it.touches and statistics.median(it.touches) > MOST_MS:
            told.append(f"{it.name}: the first touch takes {statistics.median(it.touches):.0f} ms at the median")
    return told


def table(empty: Taken, lectures: list[Taken]) -> str:
    memory = ["opened, MB more", "page, MB more", "kernel, MB"]
    head = ["lecture", "all cells, s", *memory, "soon, %", "at rest, %", "first touch, ms", "slowest, ms"]
    rows = [head, ["---"] + ["---:"] * (len(head) - 1), *(it.row(empty) for it in [empty, *lectures])]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("notebooks", nargs="*", help="names without .ipynb; all of them by default")
    parser.add_argument("--store", action="store_true", help="write the table into docs/benchmarks.md")
    arguments = parser.parse_args()
    empty, lectures = run(sliders.chosen(arguments.notebooks))
    told = missed(empty, lectures)
    verdict = "Missed targets: " + "; ".join(told) + "." if told else "All targets are met."
    text = f"""
What a lecture needs in JupyterLab and Chromium after all of its cells have run and each of its pictures has been moved
once; `python benchmarks/lectures.py --store` writes this section. *All cells*: processor time of the kernel and the
processes that it starts. *Opened*: memory of the browser's renderers before any cell is run, in addition to that of an
empty notebook: what JupyterLab needs for the lecture's text and code. *Page*: the same at rest. *Soon*: processor time
of page and kernel during {REST} idle seconds, in percent of a core, {SOON} seconds after the last interaction, while
the browser collects its garbage; *at rest*: {SETTLE} seconds after it. *First touch*: from the first key on a picture
to its change, the median over the lecture's pictures, each tried as soon as it is in the window and painted, so that
nothing was painted ahead. Measured on {machine()}.

{table(empty, lectures)}

{verdict}
"""
    print(text)
    if arguments.store:
        put("Lectures in JupyterLab", text, PAGE)
    return int(bool(told))


if __name__ == "__main__":
    sys.exit(main())
