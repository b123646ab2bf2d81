"""A reader without a mouse: Tab from control to control, and the keys of each, in JupyterLab and in Notebook 7."""

from __future__ import annotations

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from real_lab import run_all

pytestmark = pytest.mark.slow  # two applications are started

SOURCE = """
from IPython.display import display
from utils import live, playground, plots, quiz, traces

plane, chart = plots.charts(2)
plots.plane(plane, "x", -1, 1), traces.frame(chart, (0, 4), (-1, 1))
mark, curve = plots.points(plane), traces.curves(chart, "")

def move(x, y, shape, word, formula, points, joints):
    mark(points[:, :2], points[:, 2]), curve([0, 1, 2, 3, 4], joints)
    return f"{x}, {y}, {shape}, {word}, {formula}, {len(points)} points, highest {max(joints):.2f}"

display(live.picture(
    move, plane, {"far": {"x": 80}},
    x=live.slider(40, 0, 80, 2), y=live.values(20, [10, 20, 80]), shape=live.choice("round", "square"),
    word=live.menu("small", "large"), formula=live.text("z"),
    points=live.clicks(plane, classes=2, start=[(0, 0, 0)]), joints=live.handles(chart, [0, 1, 2, 3, 4], [0] * 5),
))
display(quiz.ask("Up or down?", {"up": "It goes up.", "down": "Look."}, right="up"))
display(playground.show("XOR"))
"""

# What has the focus: whether it is ours, its name, and whether a reader sees that it has it.
FOCUS = """() => {
  const it = document.activeElement, beside = it.nextElementSibling ?? it;
  const named = it.getAttribute('aria-labelledby');
  const label = named ? document.getElementById(named).textContent : it.ariaLabel ?? it.labels?.[0]?.textContent;
  const marked = [it, beside, it.parentElement].some(part => {
    const {outlineStyle, outlineWidth, boxShadow} = getComputedStyle(part);
    return (outlineStyle != 'none' && parseFloat(outlineWidth) > 0) || boxShadow != 'none';
  });
  return {ours: !!it.closest('.live, .ask'), name: (label || it.textContent).trim(), marked};
}"""
# For each stop in turn: how its name begins, keys, and what the line says after them.
STOPS = [
    ("far", ["Enter"], "80, 20, round, small, z, 1 points, highest 0.00"),
    ("x", ["ArrowLeft"], "78, 20, round, small, z, 1 points, highest 0.00"),
    ("y", ["ArrowRight"], "78, 80, round, small, z, 1 points, highest 0.00"),
    ("round", ["ArrowRight"], "78, 80, square, small, z, 1 points, highest 0.00"),
    ("word", ["ArrowDown"], "78, 80, square, large, z, 1 points, highest 0.00"),
    ("formula", ["End", "2", "Enter"], "78, 80, square, large, z2, 1 points, highest 0.00"),
    ("● 0", ["ArrowRight"], None),
    ("undo", ["Enter"], "78, 80, square, large, z2, 0 points, highest 0.00"),
    ("clear", ["Space"], None),
    ("reset", ["Enter"], None),
    ("points", ["ArrowUp", "Enter"], "78, 80, square, large, z2, 1 points, highest 0.00"),
    ("joints", ["ArrowUp"], "78, 80, square, large, z2, 1 points, highest 0.05"),
]


@pytest.fixture(scope="module", params=["doc/tree", "notebooks"], ids=["JupyterLab", "Notebook 7"])
def page(request, browser, lab):
    """The notebook, run in one of the two applications."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(SOURCE.strip())])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    name = f"walk_{request.param.replace('/', '_')}.ipynb"
    nbformat.write(notebook, lab.work / name)
    page = run_all(browser, lab, name, request.param)
    says(page, "40, 20, round, small, z, 1 points, highest 0.00")
    page.locator(".ask").wait_for()
    page.locator(".playground").wait_for()
    yield page
    page.context.close()


def says(page: Page, text: str) -> None:
    page.locator(".live-caption").get_by_text(text, exact=True).wait_for()


def test_tab_comes_to_every_control_in_turn_and_its_keys_move_the_picture(page):
    page.get_by_role("button", name="far").focus()
    for name, keys, line in STOPS:
        here = page.evaluate(FOCUS)
        assert here["ours"] and here["name"].startswith(name) and here["marked"], (name, here)
        for key in keys:
            page.keyboard.press(key)
        if line:
            says(page, line)
        page.keyboard.press("Tab")
    question = page.get_by_role("group", name="Predict: Up or down?")
    page.keyboard.press("Space")
    question.get_by_role("status").get_by_text("Right. It goes up.").wait_for()
    page.keyboard.press("ArrowDown")
    question.get_by_role("status").get_by_text("Not quite. Look.").wait_for()


def test_every_stop_in_the_playground_has_a_name_and_shows_that_it_has_the_focus(page):
    page.locator(".ask input").last.focus()
    stops = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stops.append(page.evaluate(FOCUS))
        if not stops[-1]["ours"]:
            break
    *stops, beyond = stops
    assert not beyond["ours"], "Tab never leaves the playground"
    assert len(stops) > 10 and all(it["name"] and it["marked"] for it in stops), stops


def test_axe_finds_nothing_that_keeps_anybody_out(page):
    ours = {"include": [[".live"], [".ask"]]}
    found = Axe().run(page, context=ours, options={"preload": False}).response
    assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found["violations"]] == []
