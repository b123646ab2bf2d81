"""What a reader's hand does to a live picture: it drags a slider, sets points, draws a curve."""

from __future__ import annotations

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect
from real_lab import busy_kernel, drawn, tell_the_kernel, wait_until_the_kernel_rests

from utils.plots import with_minus

SOURCE = """
import numpy as np
from utils import live, plots

(plane,) = plots.panels("x", low=-1, high=1)
mark = plots.points(plane)

def move(points):
    mark(points[:, :2], points[:, 2])
    return "points: " + "; ".join("{:.2f} {:.2f} of {:.0f}".format(*point) for point in points)

live.picture(move, plane, points=live.clicks(plane, classes=2, start=[(0.5, 0.5, 1)]))
""", """
(ax,) = plots.charts(1)
ax.set(xlim=(-2, 2), ylim=(-1, 3))
x = np.linspace(-2, 2, 5)
curve, = ax.plot(x, x, "o-")

def draw(joints):
    curve.set_ydata(joints)
    return "joints: " + " ".join(f"{y:.2f}" for y in joints)

live.picture(draw, ax, joints=live.handles(ax, x, np.zeros(5)))
""", """
(chart,) = plots.charts(1)
chart.set(xlim=(0, 200), ylim=(0, 200))
dot, = chart.plot([0], [0], "o")

def follow(a):
    dot.set_data([a], [a])
    return f"{letter} = {a}"

letter = "a"
live.picture(follow, chart, a=live.slider(0, 0, 200))
""", """
(plot,) = plots.charts(1)
bar, = plot.plot([0, 1], [0, 0])

def read(formula, guess):
    bar.set_ydata([0, len(formula)])
    return f"{formula} has {len(formula)} letters" + (guess and f", not {guess}")

live.picture(read, plot, {"sine": {"formula": "sin(x)"}}, formula=live.text("cos(x)"), guess=live.guess())
""", """
import threading
(last,) = plots.charts(1)
last.set(xlim=(0, 20), ylim=(0, 20))
dots, = last.plot([0], [0], "o")
threads = set()

def note(n):
    threads.add(threading.current_thread().name)
    dots.set_data([n], [n])
    return f"n = {n}, painted in {threads}"

presets = {"ten": {"n": 10}, "five": {"n": 5}}
live.picture(note, last, presets=presets, n=live.slider(0, 0, 20))
"""  # fmt: skip


@pytest.fixture(scope="module")
def page(lab, open_notebook) -> Page:
    """A notebook with a picture of each kind, run."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source.strip()) for source in SOURCE])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, lab.work / "by_hand.ipynb")
    page = open_notebook("by_hand.ipynb")
    page.wait_for_function("document.querySelectorAll('.live-screen').length == 5")
    return page


def says(page: Page, text: str) -> None:
    """Waits until the line beneath some picture is this text."""
    page.get_by_role("status").get_by_text(with_minus(text), exact=True).wait_for(timeout=120_000)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def at(pad: Locator, across: float, up: float) -> tuple[float, float]:
    """The place in the window that lies so far, of 1, from the lower left corner of a pad."""
    box = pad.bounding_box()
    return box["x"] + across * box["width"], box["y"] + (1 - up) * box["height"]


def pad_of(page: Page, name: str) -> Locator:
    pad = page.get_by_role("application", name=name)
    pad.scroll_into_view_if_needed()
    return pad


def button(page: Page, pad: Locator, text: str) -> Locator:
    return pad.locator("xpath=ancestor::*[contains(@class, 'jp-OutputArea-output')]").get_by_text(text, exact=True)


def test_a_click_adds_a_point_of_the_chosen_class_and_a_drag_moves_it(page):
    pad = pad_of(page, "points")
    button(page, pad, "clear").click()
    says(page, "points: ")
    page.mouse.click(*at(pad, 0.25, 0.75))
    says(page, "points: -0.50 0.50 of 0")
    button(page, pad, "■ 1").click()
    page.mouse.click(*at(pad, 0.75, 0.75))
    says(page, "points: -0.50 0.50 of 0; 0.50 0.50 of 1")
    page.mouse.move(*at(pad, 0.25, 0.75))
    page.mouse.down()
    page.mouse.move(*at(pad, 0.5, 0.25), steps=5)
    page.mouse.up()
    says(page, "points: 0.00 -0.50 of 0; 0.50 0.50 of 1")
    button(page, pad, "undo").click()
    says(page, "points: 0.00 -0.50 of 0")


def test_quick_clicks_are_all_kept(page):
    pad = pad_of(page, "points")
    button(page, pad, "clear").click()
    says(page, "points: ")
    button(page, pad, "● 0").click()
    for i in range(8):
        page.mouse.click(*at(pad, 0.1 + 0.1 * i, 0.5))
    says(page, "points: " + "; ".join(f"{-0.8 + 0.2 * i:.2f} 0.00 of 0" for i in range(8)).replace("-0.00", "0.00"))


def test_a_finger_sets_a_point_and_moves_it(page):
    pad = pad_of(page, "points")
    button(page, pad, "clear").click()
    says(page, "points: ")
    button(page, pad, "● 0").click()
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x, "y": y} for x, y in places]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", at(pad, 0.25, 0.75))
    touch("touchEnd")
    says(page, "points: -0.50 0.50 of 0")
    touch("touchStart", at(pad, 0.25, 0.75))
    touch("touchMove", at(pad, 0.5, 0.5))
    touch("touchMove", at(pad, 0.75, 0.25))
    touch("touchEnd")
    says(page, "points: 0.50 -0.50 of 0")


def test_points_are_set_from_the_keyboard_too(page):
    pad = pad_of(page, "points")
    button(page, pad, "clear").click()
    says(page, "points: ")
    pad.focus()
    press(page, "Enter", "1", "ArrowRight", "ArrowRight", "ArrowUp", "Enter")
    says(page, "points: 0.00 0.00 of 0; 0.10 0.05 of 1")
    press(page, "Backspace")
    says(page, "points: 0.00 0.00 of 0")


def test_a_joint_is_dragged_and_a_curve_is_drawn_in_one_sweep(page):
    pad = pad_of(page, "joints")
    page.mouse.move(*at(pad, 0.5, 0.25))
    page.mouse.down()
    page.mouse.move(*at(pad, 0.52, 0.5), steps=3)
    page.mouse.up()
    says(page, "joints: 0.00 0.00 1.00 0.00 0.00")
    page.mouse.move(*at(pad, 0.01, 0.01))
    page.mouse.down()
    page.mouse.move(*at(pad, 1.1, 1.1), steps=7)
    page.mouse.up()
    says(page, "joints: -0.96 0.00 1.00 2.00 3.00")
    button(page, pad, "reset").click()
    says(page, "joints: 0.00 0.00 0.00 0.00 0.00")


def test_joints_are_moved_from_the_keyboard_too(page):
    pad = pad_of(page, "joints")
    button(page, pad, "reset").click()
    pad.focus()
    press(page, *["ArrowLeft"] * 4, "ArrowRight", "ArrowUp", "ArrowUp")
    says(page, "joints: 0.00 0.20 0.00 0.00 0.00")


def test_what_is_typed_counts_with_enter(page):
    says(page, "cos(x) has 6 letters")
    field = page.get_by_role("textbox", name="formula")
    field.fill("x**2 + 1")
    page.wait_for_timeout(300)
    says(page, "cos(x) has 6 letters")
    field.press("Enter")
    says(page, "x**2 + 1 has 8 letters")


def test_a_guess_is_emptied_when_what_is_asked_changes_by_typing_or_by_a_preset(page):
    formula, guess = (page.get_by_role("textbox", name=name, exact=True) for name in ("formula", "guess"))
    now = formula.input_value()
    for change, after in [
        (lambda: formula.fill("xyz"), "xyz"),
        (page.get_by_role("button", name="sine").click, "sin(x)"),
    ]:
        guess.fill("7")
        guess.press("Enter")
        says(page, f"{now} has {len(now)} letters, not 7")
        change()
        formula.press("Enter")
        now = after
        says(page, f"{now} has {len(now)} letters")
        expect(guess).to_have_value("")


def test_the_page_beneath_stays_where_it_is_when_the_text_is_short_again(page):
    field, screen = page.get_by_role("textbox", name="formula"), page.locator(".live-screen").nth(3)
    say = screen.locator("> [role=status]")
    heights = []
    for letters in (3, 300, 3):
        field.fill("x" * letters)
        field.press("Enter")
        says(page, f"{'x' * letters} has {letters} letters")
        drawn(page)
        outer, inner = screen.bounding_box(), say.bounding_box()
        assert inner["y"] + inner["height"] <= outer["y"] + outer["height"]
        heights.append(outer["height"])
    assert heights[0] < heights[1] == heights[2]


def test_a_drag_flashes_nothing_blank_and_ends_on_the_last_value(page):
    handle = page.locator("input[type=range]").first
    handle.scroll_into_view_if_needed()
    screen = page.locator(".live-screen").nth(2)
    screen.evaluate("""screen => {
      const canvas = screen.querySelector('canvas'), context = canvas.getContext('2d');
      window.seen = {frames: 0, blank: 0, texts: new Set()};
      const look = () => {
        // a good picture has paper and ink
        const pixels = new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
        window.seen.frames += 1;
        window.seen.blank += pixels.every(pixel => pixel == pixels[0]);
        window.seen.texts.add(screen.querySelector('[role=status]').textContent);
        window.looking = requestAnimationFrame(look);
      };
      look();
    }""")
    handle.focus()
    press(page, "Home")
    box = handle.bounding_box()
    x, y = box["x"] + 8, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for i in range(60):
        page.mouse.move(x + 2 * i, y)
    page.mouse.up()
    value = handle.get_attribute("aria-valuetext")
    page.wait_for_function("value => window.seen.texts.has('a = ' + value)", arg=value)
    page.wait_for_function("window.seen.frames > 20")
    wait_until_the_kernel_rests(page)
    seen = page.evaluate("() => { cancelAnimationFrame(window.looking); return window.seen; }")
    assert seen["blank"] == 0
    expect(screen.locator("> [role=status]")).to_have_text(f"a = {value}")


def test_where_a_slider_has_been_before_its_picture_is_there_at_once_and_the_kernel_has_the_last_word(page, lab):
    handle = page.locator("input[type=range]").first
    handle.scroll_into_view_if_needed()
    handle.focus()
    press(page, "Home")
    says(page, "a = 0")
    press(page, "ArrowRight")
    says(page, "a = 1")
    wait_until_the_kernel_rests(page)  # it hears of this, too, where the picture was here already
    with busy_kernel(page, lab, "letter = 'b'"):
        press(page, "ArrowLeft")
        says(page, "a = 0")
    says(page, "b = 0")
    tell_the_kernel(page, "letter = 'a'")


def test_over_known_pictures_a_hand_moves_without_the_kernel_which_hears_where_it_rests(page):
    handle = page.locator("input[type=range]").first
    handle.scroll_into_view_if_needed()
    handle.focus()
    press(page, "Home")
    for value in range(1, 6):
        press(page, "ArrowRight")
        says(page, f"a = {value}")
    wait_until_the_kernel_rests(page)
    page.evaluate("""() => {
      window.told = [];
      jupyterapp.shell.currentWidget.sessionContext.session.kernel.anyMessage.connect((_, {msg, direction}) => {
        const data = msg.content.data;
        if (direction == 'send' && data?.method == 'update' && data.state.values) told.push(...data.state.values);
      });
    }""")
    handle.evaluate(  # faster than any hand, so that it rests nowhere else
        "(it, values) => values.map(value => (it.value = value, it.dispatchEvent(new Event('input'))))",
        [4, 3, 2, 1, 0, 1, 2, 3],
    )
    says(page, "a = 3")
    page.wait_for_function("told.length > 0")
    page.wait_for_timeout(1000)  # in which more would come
    assert page.evaluate("told") == [3]
    press(page, "ArrowLeft", "Tab")  # and where it goes elsewhere
    page.wait_for_function("told.length > 1")
    assert page.evaluate("told") == [3, 2]


def test_near_a_slider_what_comes_next_is_painted_ahead(page, lab):
    handle = page.locator("input[type=range]").first
    handle.scroll_into_view_if_needed()
    handle.focus()
    press(page, "Home", "ArrowRight")
    says(page, "a = 1")
    wait_until_the_kernel_rests(page, seconds=3)
    with busy_kernel(page, lab, "letter = 'c'"):
        for value in range(2, 6):
            press(page, "ArrowRight")
            says(page, f"a = {value}")
    says(page, "c = 5")
    press(page, "ArrowLeft")
    says(page, "c = 4")
    wait_until_the_kernel_rests(page)
    press(page, "End", "Home")
    says(page, "c = 0")  # what was painted while the letter was another is forgotten
    tell_the_kernel(page, "letter = 'a'")


def test_all_is_painted_where_cells_run(page):
    handle = page.locator("input[type=range]").last
    handle.scroll_into_view_if_needed()
    handle.focus()
    for key in ("ArrowRight", "ArrowLeft", "ArrowRight"):
        for _ in range(5):
            press(page, key)
            page.wait_for_timeout(120)  # in which others are painted ahead
    for text, value in (("ten", 10), ("five", 5)):
        page.get_by_role("button", name=text).click()
        says(page, f"n = {value}, painted in {{'MainThread'}}")
    handle.focus()
    press(page, "ArrowRight")
    says(page, "n = 6, painted in {'MainThread'}")
