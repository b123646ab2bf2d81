"""A small typical course, written for the grading benchmark: a table of data, a plot, a loop.

Eight students hand in: four the solution, the others each with a different slip.
"""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import v4
from small_course import meta

NAME, STUDENTS = "bikes", 8
GIVEN = """\
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

rng = np.random.default_rng(7)
days = pd.date_range("2025-01-01", periods=365, freq="D")
season = 300 - 250 * np.cos(2 * np.pi * np.arange(365) / 365)
counts = pd.DataFrame({
    "day": np.tile(days, 3),
    "bridge": np.repeat(["north", "south", "old"], 365),
    "bikes": rng.poisson(np.concatenate([season, 0.6 * season, 0.3 * season])).astype(float),
})
counts.loc[rng.choice(len(counts), 40, replace=False), "bikes"] = np.nan
counts.head()"""
CLEAN = """\
def cleaned(counts):
    \"\"\"The rows with a count, with a column `weekday`, "Monday" to "Sunday".\"\"\"
    ### BEGIN SOLUTION
    kept = counts.dropna(subset=["bikes"]).copy()
    kept["weekday"] = kept["day"].dt.day_name()
    return kept
    ### END SOLUTION"""
MEANS = """\
def monthly_means(counts):
    \"\"\"Mean count for each month (rows, 1 to 12) and bridge (columns).\"\"\"
    ### BEGIN SOLUTION
    kept = cleaned(counts)
    return kept.pivot_table(index=kept["day"].dt.month, columns="bridge", values="bikes", aggfunc="mean")
    ### END SOLUTION"""
PLOT = """\
def plot_year(counts):
    \"\"\"Draws a line for each bridge over the months, with labels and a legend; returns the axes.\"\"\"
    ### BEGIN SOLUTION
    fig, ax = plt.subplots(figsize=(6, 3.5))
    for bridge, means in monthly_means(counts).items():
        ax.plot(means.index, means, marker="o", label=bridge)
    ax.set(xlabel="month", ylabel="bikes a day")
    ax.legend()
    return ax
    ### END SOLUTION"""
QUEUE = """\
def longest_queue(arrivals, served):
    \"\"\"The longest queue at a counter that serves `served` bikes per step; `arrivals` are counts per step.\"\"\"
    ### BEGIN SOLUTION
    waiting = longest = 0
    for arriving in arrivals:
        waiting = max(0, waiting + arriving - served)
        longest = max(longest, waiting)
    return longest
    ### END SOLUTION"""
TRIED = """\
plot_year(counts)
plt.show()
arrivals = np.random.default_rng(1).poisson(3.0, size=200_000)
print(longest_queue(arrivals, 3), "bikes in the longest queue")
cleaned(counts).groupby("weekday")["bikes"].describe()"""
TESTS = {
    "cleaned": """\
kept = cleaned(counts)
assert kept["bikes"].notna().all(), "Rows without a count are still there."
assert "weekday" not in counts.columns, "The table that was passed in has changed."
### BEGIN HIDDEN TESTS
assert len(kept) == len(counts) - 40
assert set(kept["weekday"]) == {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
### END HIDDEN TESTS""",
    "monthly_means": """\
means = monthly_means(counts)
assert means.shape == (12, 3), "There is a row for each month and a column for each bridge."
### BEGIN HIDDEN TESTS
own = counts.dropna()
for bridge in ("north", "south", "old"):
    there = own[(own["bridge"] == bridge) & (own["day"].dt.month == 7)]["bikes"].mean()
    assert abs(means[bridge][7] - there) < 1e-9
### END HIDDEN TESTS""",
    "plot_year": """\
ax = plot_year(counts)
assert len(ax.get_lines()) == 3, "Each bridge has a line."
assert ax.get_xlabel() and ax.get_ylabel() and ax.get_legend()""",
    "longest_queue": """\
assert longest_queue([5, 0, 0, 9], 2) == 7
### BEGIN HIDDEN TESTS
arrivals = np.random.default_rng(5).poisson(4.0, size=50_000)
waiting, most = 0, 0
for arriving in arrivals:
    waiting = max(0, waiting + arriving - 4)
    most = max(most, waiting)
assert longest_queue(arrivals, 4) == most
assert longest_queue([], 1) == 0
### END HIDDEN TESTS""",
}
SLIPS = [
    {},
    {'    kept["weekday"] = kept["day"].dt.day_name()\n': '    kept["weekday"] = kept["day"].dt.day_name().str[:3]\n'},
    {},
    {'aggfunc="mean"': 'aggfunc="sum"'},
    {},
    {"    ax.legend()\n": ""},
    {},
    {"max(0, waiting + arriving - served)": "waiting + arriving - served"},
]


def write_source(folder: Path) -> None:
    """Writes the source notebook of the assignment."""
    nb = v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})
    nb.cells = [
        v4.new_markdown_cell("# Bikes on three bridges\n\nA year of counts, with gaps.", id="title"),
        v4.new_code_cell(GIVEN, id="given"),
    ]
    for number, source in enumerate((CLEAN, MEANS, PLOT, QUEUE), 1):
        name = source.partition("(")[0].removeprefix("def ")
        nb.cells += [
            v4.new_markdown_cell(f"## {number}. `{name}` (2 points)", id=f"words-{number}"),
            v4.new_code_cell(source, metadata=meta(name, solution=True), id=name),
            v4.new_code_cell(TESTS[name], metadata=meta(f"test_{name}", 2, grade=True), id=f"test-{number}"),
        ]
    nb.cells += [
        v4.new_code_cell(TRIED, id="tried"),
        v4.new_markdown_cell("Because it rained.", metadata=meta("why", 1, grade=True, solution=True), id="why"),
    ]
    folder.mkdir(parents=True)
    nbformat.write(nb, folder / f"{NAME}.ipynb")


def hand_in(course: Path) -> None:
    """Each student solves the released notebook, half of them with a slip."""
    solved = {
        source.partition("(")[0]: "".join(line for line in source.splitlines(True) if "### " not in line)
        for source in (CLEAN, MEANS, PLOT, QUEUE)
    }
    for number, slips in enumerate(SLIPS[:STUDENTS]):
        nb = nbformat.read(course / "release" / NAME / f"{NAME}.ipynb", as_version=4)
        for cell in nb.cells:
            if source := solved.get(cell.source.partition("(")[0]):
                for right, wrong in slips.items():
                    source = source.replace(right, wrong)
                cell.source = source
        folder = course / "submitted" / f"student{number}" / NAME
        folder.mkdir(parents=True)
        nbformat.write(nb, folder / f"{NAME}.ipynb")
