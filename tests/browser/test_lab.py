"""What a reader does in JupyterLab: runs a lecture, moves every slider, answers a question."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect
from real_lab import wait_until, wait_until_the_kernel_rests

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
pytestmark = pytest.mark.timeout(1200)  # seconds: the first test of a lecture waits for all of its cells
SHORT = "08_word_vectors"  # has the fewest pictures, and is in `make test`; the others are in `make test-all` alone
each_notebook = pytest.mark.parametrize(
    "notebook",
    [pytest.param(path, marks=[] if path.stem == SHORT else [pytest.mark.slow], id=path.stem) for path in NOTEBOOKS],
)

# Scrolls to a picture, and waits for it: far from the window it is not painted.
GO_TO = """async canvas => {
  do {
    canvas.scrollIntoView({block: 'nearest'});
    await new Promise(requestAnimationFrame);
  } while (canvas.width <= 1);
}"""

# What the picture moved by a slider looks like now: its bytes, and the line beneath it.
LOOK = f"""async handle => {{
  const picture = handle.closest('.jp-OutputArea-output');
  const canvas = picture.querySelector('.live-screen canvas');
  if (canvas.width <= 1) await ({GO_TO})(canvas);
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', pixels));
  return {{picture: digest.join(), text: picture.querySelector('.live-screen > [role=status]').textContent}};
}}"""

PAINTED = ".live-screen canvas:not([width='1'])"
IS_PAINTED = """canvas => {
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const pixels = new Uint32Array(data.buffer);
  return !pixels.every(pixel => pixel == pixels[0]);
}"""


def source_of(notebook: Path) -> str:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def shown(page: Page, what: str, count: int) -> list[Locator]:
    """All elements of a kind, once there are as many as the notebook makes; widgets arrive one by one.

    A canvas counts when its first frame is on it: until then it has the browser's size and no text.
    """
    page.wait_for_function(
        """([what, count]) => {
          const found = [...document.querySelectorAll(what)];
          return found.length >= count && found.every(it => it.tagName != 'CANVAS' || it.ariaLabel);
        }""",
        arg=[what, count],
    )
    assert page.locator(what).count() == count
    return page.locator(what).all()


def sliders_of(page: Page, notebook: Path) -> list[Locator]:
    pictures_of(page, notebook)
    count = len(re.findall(r"live\.(?:slider|values)\(", source_of(notebook)))
    return shown(page, ".jp-OutputArea .live:not(.playground) input[type=range]", count)


def pictures_of(page: Page, notebook: Path) -> list[Locator]:
    return shown(page, ".jp-OutputArea .live-screen canvas", source_of(notebook).count("live.picture("))


def ask_the_kernel(page: Page, code: str, expression: str) -> object:
    """What an expression gives in the notebook's kernel after some code: a number, a text, a dictionary of such."""
    told = page.evaluate(
        """async ([code, answer]) => {
          const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
          const {content} = await kernel.requestExecute({code, user_expressions: {answer}, store_history: false}).done;
          const {data, ename, evalue} = content.user_expressions?.answer ?? content;
          return data ? data['text/plain'] : `${ename}: ${evalue}`;
        }""",
        [code, expression],
    )
    return ast.literal_eval(told)


@each_notebook
def test_run_all_raises_nothing_and_warns_of_nothing(open_notebook, notebook):
    outputs = open_notebook(notebook.name).evaluate(
        """() => [...jupyterapp.shell.currentWidget.content.model.cells]
          .filter(cell => cell.type == 'code')
          .map(cell => ({id: cell.id, count: cell.executionCount, outputs: cell.outputs.toJSON()}))"""
    )
    assert outputs and all(cell["count"] for cell in outputs), "a cell was not run"
    for cell in outputs:
        for output in cell["outputs"]:
            assert output["output_type"] != "error", f"{cell['id']}: {output['ename']}: {output['evalue']}"
            assert output.get("name") != "stderr", f"{cell['id']}: {output['text']}"


@each_notebook
def test_no_word_of_a_picture_is_cut_or_covered_and_no_line_slips_in_its_grammar(open_notebook, notebook):
    page = open_notebook(notebook.name)  # as it was run: other tests move its controls
    pictures_of(page, notebook)
    find = f"import sys; sys.path.insert(0, {str(ROOT / 'tests' / 'notebooks')!r}); import labels"
    assert ask_the_kernel(page, find, "labels.of_all_pictures()") == {}


@each_notebook
def test_an_arrow_key_on_any_slider_changes_the_picture_and_the_text_beneath(open_notebook, notebook):
    page = open_notebook(notebook.name)
    for handle in sliders_of(page, notebook):
        before, value = handle.evaluate(LOOK), handle.get_attribute("aria-valuetext")
        at_the_end = handle.evaluate("it => it.value == it.max")
        handle.focus()
        page.keyboard.press("ArrowLeft" if at_the_end else "ArrowRight")
        wait_until(
            page,
            f"""async ([handle, before]) => {{
              const now = await ({LOOK})(handle);
              return now.picture != before.picture && now.text != before.text;
            }}""",
            [handle.element_handle(), before],
        )
        expect(handle).not_to_have_attribute("aria-valuetext", value)
        page.keyboard.press("ArrowRight" if at_the_end else "ArrowLeft")  # each is moved from where it starts
        wait_until(
            page,
            f"async ([handle, before]) => (await ({LOOK})(handle)).picture == before.picture",
            [handle.element_handle(), before],
        )


@each_notebook
def test_every_slider_says_its_name_to_a_screen_reader(open_notebook, notebook):
    page = open_notebook(notebook.name)
    for handle in sliders_of(page, notebook):
        label = handle.evaluate("it => document.getElementById(it.getAttribute('aria-labelledby')).textContent")
        assert label and handle.locator("xpath=..").get_by_role("slider", name=label, exact=True).count() == 1


@each_notebook
def test_every_picture_has_its_true_proportions_and_its_text_as_alternative(open_notebook, notebook):
    page = open_notebook(notebook.name)
    for picture in pictures_of(page, notebook):
        picture.evaluate(GO_TO)
        seen = picture.evaluate(
            """canvas => ({
              shown: canvas.clientWidth / canvas.clientHeight, true: canvas.width / canvas.height,
              role: canvas.role, alternative: canvas.ariaLabel, scale: canvas.width / canvas.clientWidth,
              text: canvas.parentElement.querySelector(':scope > [role=status]').textContent,
            })"""
        )
        assert seen["shown"] == pytest.approx(seen["true"], rel=0.02)
        assert seen["scale"] >= 1, "the picture is blown up, and blurred"
        assert seen["role"] == "img" and seen["alternative"] == seen["text"] != ""


@each_notebook
def test_only_pictures_near_the_window_take_memory_and_each_is_painted_when_it_is_scrolled_to(open_notebook, notebook):
    page = open_notebook(notebook.name)
    pictures = pictures_of(page, notebook)
    for picture in pictures:
        picture.evaluate(GO_TO)
        assert picture.evaluate(IS_PAINTED), "the picture is blank"
        wait_until(page, f"most => document.querySelectorAll({PAINTED!r}).length <= most", 8)
    page.locator(".jp-Cell").first.scroll_into_view_if_needed()
    wait_until(page, "last => last.width == 1", pictures[-1].element_handle())


@each_notebook
def test_a_question_answers_whichever_choice_is_made_by_keyboard(open_notebook, notebook):
    page = open_notebook(notebook.name)
    count = source_of(notebook).count("quiz.ask(")
    for question in shown(page, ".jp-OutputArea fieldset.ask", count):
        replies = [""]
        for choice in question.locator("input[type=radio]").all():
            choice.focus()
            page.keyboard.press("Space")
            page.wait_for_function(
                """([question, replies]) => {
                  const reply = question.querySelector('[role=status]');
                  return reply && !replies.includes(reply.textContent);
                }""",
                arg=[question.element_handle(), replies],
            )
            replies.append(question.locator("[role=status]").text_content())


@each_notebook
def test_a_preset_changes_the_picture_or_the_text_beneath(open_notebook, notebook):
    page = open_notebook(notebook.name)
    sliders_of(page, notebook)
    for presets in page.locator(".live-presets:has(button)").all():
        first, *others = presets.get_by_role("button").all()
        first.click()  # which may change nothing, as everything is set so already
        if not others:
            handle = presets.locator("xpath=ancestor::*[contains(@class, 'jp-OutputArea-output')][1]//input").first
            handle.press("End")
            handle.press("ArrowLeft")
        for button in [*others[::-1], first]:
            wait_until_the_kernel_rests(page)
            before = button.evaluate(LOOK)
            button.click()
            expect(button).to_have_attribute("aria-pressed", "true")
            wait_until(
                page,
                f"""async ([button, before]) => {{
                  const now = await ({LOOK})(button);
                  return now.picture != before.picture || now.text != before.text;
                }}""",
                [button.element_handle(), before],
            )


def test_axe_finds_nothing_that_keeps_anybody_out_of_a_picture_or_a_question(open_notebook):
    page = open_notebook(f"{SHORT}.ipynb")
    pictures_of(page, ROOT / "notebooks" / f"{SHORT}.ipynb")
    ours = {"include": [[".jp-OutputArea .live"], [".jp-OutputArea .ask"]]}  # the rest is JupyterLab's own
    found = Axe().run(page, context=ours, options={"preload": False}).response
    assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found["violations"]] == []
