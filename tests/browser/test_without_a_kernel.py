"""A notebook that was saved and opened again, a kernel that restarted, a kernel that is busy: what the reader sees."""

from __future__ import annotations

from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect
from real_lab import Lab, busy_kernel, open_page, run_all

SOURCE = """
from utils import live, plots, quiz
(ax,) = plots.charts(1)
ax.set(xlim=(0, 9), ylim=(0, 9))
dot, = ax.plot([0], [0], "o", ms=20)

def move(a, unit):
    dot.set_data([a], [a])
    return f"A dot of {unit} at {a}."

live.picture(move, ax, {"five": {"a": 5}}, a=live.slider(2, 0, 9), unit=live.choice("ReLU", "tanh"))
""", """
quiz.ask("Up or down?", {"up": "It goes up.", "down": "Look."}, right="up")
"""  # fmt: skip


@pytest.fixture(scope="module")
def page(browser: Browser, lab: Lab) -> Iterator[Page]:
    """A notebook with a picture and a question, run and saved."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source.strip()) for source in SOURCE])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(notebook, lab.work / "small.ipynb")
    page = run_all(browser, lab, "small.ipynb")
    page.locator(".live-caption").get_by_text("A dot of ReLU at 2.", exact=True).wait_for()
    page.locator(".ask").wait_for()
    page.evaluate("async () => { await jupyterapp.commands.execute('docmanager:save') }")
    yield page
    page.context.close()


def test_while_the_kernel_lives_the_still_picture_is_not_seen(page):
    still = page.locator(".live-still img")
    expect(still).to_have_count(1)
    expect(still).to_be_hidden()
    expect(page.locator(".live canvas")).to_be_visible()
    expect(page.locator("details").first).to_be_hidden()


def test_a_notebook_opened_again_shows_the_still_picture_its_text_and_how_to_wake_it(page, browser, lab):
    (lab.work / "again.ipynb").write_text((lab.work / "small.ipynb").read_text())  # of which no kernel knows
    again = open_page(browser, lab, "again.ipynb")
    again.locator(".live-still img").wait_for()
    again.wait_for_timeout(3000)  # in which the widgets' manager would tell of what it does not find
    expect(again.locator(".live-still img")).to_have_attribute("alt", "A dot of ReLU at 2.")
    expect(again.locator(".live-still").first).to_contain_text("run its cell")
    again.locator("summary", has_text="up").click()
    expect(again.locator("details[open]")).to_contain_text("Right. It goes up.")
    assert "Error" not in again.locator(".jp-Notebook").inner_text()
    again.context.close()


def test_a_kernel_that_is_busy_is_said_to_be(page, lab):
    slider = page.get_by_role("slider", name="a")
    slider.press("Home")
    page.locator(".live-caption").get_by_text("A dot of ReLU at 0.", exact=True).wait_for()
    with busy_kernel(page, lab, 'dot.set_marker("s")'):
        page.wait_for_function("jupyterapp.shell.currentWidget.sessionContext.session.kernel.status == 'busy'")
        page.locator(".live-options").get_by_text("tanh").click()
        page.get_by_text("The kernel is busy", exact=False).wait_for()
        expect(page.locator(".live-screen")).to_have_attribute("aria-busy", "true")
    page.locator(".live-caption").get_by_text("A dot of tanh at 0.", exact=True).wait_for()
    page.get_by_text("The kernel is busy").wait_for(state="hidden")
    expect(page.locator(".live-screen")).to_have_attribute("aria-busy", "false")


def test_when_the_kernel_restarts_the_controls_are_grey_and_say_so(page):
    expect(page.get_by_role("slider", name="a")).to_be_enabled()
    page.evaluate("async () => { await jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart() }")
    page.get_by_text("run its cell again", exact=False).wait_for()
    expect(page.get_by_role("slider", name="a")).to_be_disabled()
    expect(page.get_by_role("button", name="five")).to_be_disabled()
    question = page.get_by_role("group", name="Predict: Up or down?")
    question.get_by_role("radio", name="down").check()
    expect(question.get_by_role("status"), "a question needs no kernel").to_have_text("Not quite. Look.")


@pytest.fixture(scope="module")
def classic(browser: Browser, lab: Lab, page: Page) -> Iterator[Page]:
    """The same notebook in Notebook 7, run."""
    (lab.work / "classic.ipynb").write_text((lab.work / "small.ipynb").read_text())
    other = run_all(browser, lab, "classic.ipynb", app="notebooks")
    other.locator(".live-caption").get_by_text("A dot of ReLU at 2.", exact=True).wait_for()
    yield other
    other.context.close()


@pytest.mark.parametrize("where", ["lab", "classic"])
def test_the_keys_of_a_control_are_its_own(where, request, browser, lab):
    page = request.getfixturevalue("classic") if where == "classic" else run_all(browser, lab, "small.ipynb")
    page.locator(".live-caption").get_by_text("A dot of ReLU at 2.", exact=True).wait_for()
    at = lambda text: page.locator(".live-caption").get_by_text(text, exact=True).wait_for()  # noqa: E731
    page.get_by_role("slider", name="a").focus()
    for key, there in [("ArrowRight", 3), ("ArrowUp", 4), ("ArrowLeft", 3), ("ArrowDown", 2), ("End", 9), ("Home", 0)]:
        page.keyboard.press(key)
        at(f"A dot of ReLU at {there}.")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    at("A dot of tanh at 0.")
    page.get_by_role("button", name="five").press("Enter")
    at("A dot of tanh at 5.")
    question = page.get_by_role("group", name="Predict: Up or down?")
    question.get_by_role("radio", name="up").focus()
    page.keyboard.press("ArrowDown")
    question.get_by_role("status").get_by_text("Not quite. Look.").wait_for()
    page.keyboard.press("ArrowUp")
    question.get_by_role("status").get_by_text("Right. It goes up.").wait_for()
