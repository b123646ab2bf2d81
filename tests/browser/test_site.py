"""What a reader does on the site: opens it from a disk, without a network, and moves its pictures."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import build_site
import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect
from real_lab import drawn

pytestmark = [
    pytest.mark.slow,  # a whole site is built
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning"),
]

LECTURE = [
    ("markdown", "# A small lecture: every kind of control\n\nWhere $z = w x + b$, and\n\n$$h = g(z)$$"),
    ("code", "import numpy as np\nfrom utils import live, plots, quiz"),
    ("code", 'quiz.ask("Where does it go?", {"up": "It does.", "down": "Look again."}, right="up")'),
    ("code", """
left, right = axes = plots.charts(2, titles=["one", "other"])
for ax in axes:
    ax.set(xlim=(0, 99), ylim=(0, 99))
marks = [ax.plot([0], [0], "o", ms=20)[0] for ax in axes]

def move(x, y, shape, word):
    for mark in marks:
        mark.set_data([x], [y])
        mark.set_marker("o" if shape == "round" else "s")
        mark.set_markersize({"small": 10, "middle": 20, "large": 30}[word])
    return f"A {word} {shape} dot at {x}, {y}."

live.picture(
    move, axes, {"far": {"x": 80, "y": 80}},
    x=live.slider(40, 0, 80, 2), y=live.values(20, [10, 20, 80]), shape=live.choice("round", "square"),
    word=live.menu("small", "middle", "large"),
)"""),
    ("code", """
(plane,) = plots.panels("x")
put = plots.points(plane)
def show(points):
    put(points[:, :2], points[:, 2])
    return f"{len(points)} points"

live.picture(show, plane, points=live.clicks(plane, start=[(0.5, 0.5, 0)]))"""),
    ("code", 'from utils import playground\nplayground.show("XOR")'),
    ("code", """
from utils import graphs
(wide,) = plots.charts(1, size=(9.6, 3.0))
show_graph = graphs.graph(wide, {"x": (0, 0), "y": (9, 0)}, [("x", "y")])

def walk(step):
    show_graph({"x": f"value {step}"})
    return f"At step {step}."

live.picture(walk, wide, step=live.slider(1, 0, 3))"""),
    ("code", "from utils import d2l\nd2l.plot([0, 1], [0, 1])", {"mystnb": {"image": {"alt": "A line that rises."}}}),
]  # fmt: skip


@pytest.fixture(scope="module")
def lecture(tmp_path_factory) -> Path:
    make = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
    notebook = nbformat.v4.new_notebook(
        cells=[
            make[kind](source.strip(), id=f"cell-{i}", metadata=metadata[0] if metadata else {})
            for i, (kind, source, *metadata) in enumerate(LECTURE)
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    path = tmp_path_factory.mktemp("notebooks") / "00_small.ipynb"
    nbformat.write(notebook, path)
    return path


@pytest.fixture(scope="module")
def site(lecture, tmp_path_factory) -> Path:
    """The site with this one lecture."""
    folder = tmp_path_factory.mktemp("built")
    assert build_site.make([lecture], folder / "site", folder / "build") == 0
    return folder / "site"


@pytest.fixture(scope="module")
def opened(browser: Browser, site: Path) -> Iterator[tuple[Page, list[str]]]:
    """A page without a network, and all that went wrong on it: messages in the console, files that were not there."""
    context = browser.new_context(offline=True, has_touch=True, viewport={"width": 1000, "height": 900})
    page, wrong = context.new_page(), []
    page.set_default_timeout(120_000)
    page.on("console", lambda message: message.type in {"error", "warning"} and wrong.append(message.text))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda request: request.url.startswith(("file:", "data:")) or wrong.append(request.url))
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    yield page, wrong
    context.close()


@pytest.fixture
def page(opened, site) -> Iterator[Page]:
    """The lecture, opened anew; nothing may have gone wrong when a test is done with it."""
    page, wrong = opened
    page.goto(f"file://{site}/notebooks/00_small.html")
    yield page
    assert wrong == []


def picture_of(page: Page, number: int = 0) -> Locator:
    picture = page.locator(".live").nth(number)
    picture.scroll_into_view_if_needed()
    return picture


def says(picture: Locator, text: str) -> bytes:
    """Waits until the line beneath a picture is this text; gives what the picture looks like then."""
    picture.locator(".live-caption").get_by_text(text, exact=True).wait_for()
    expect(picture.locator("canvas")).to_have_attribute("aria-label", text)
    drawn(picture.page)
    return picture.locator("canvas").screenshot()


def test_keys_move_a_slider_and_the_picture_with_it(page):
    picture = picture_of(page)
    before = says(picture, "A small round dot at 40, 20.")
    slider = picture.get_by_role("slider", name="x", exact=True)
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert says(picture, "A small round dot at 42, 20.") != before
    expect(slider).to_have_attribute("aria-valuetext", "42")
    page.keyboard.press("End")
    says(picture, "A small round dot at 80, 20.")
    page.keyboard.press("Home")
    says(picture, "A small round dot at 0, 20.")


def test_a_slider_over_given_values_says_the_value(page):
    picture = picture_of(page)
    slider = picture.get_by_role("slider", name="y", exact=True)
    slider.focus()
    page.keyboard.press("ArrowRight")
    says(picture, "A small round dot at 40, 80.")
    expect(slider).to_have_attribute("aria-valuetext", "80")


def test_the_mouse_drags_a_slider(page):
    picture = picture_of(page)
    before = says(picture, "A small round dot at 40, 20.")
    box = picture.get_by_role("slider", name="x", exact=True).bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, middle, steps=8)
    page.mouse.move(box["x"] + box["width"] + 20, middle, steps=4)
    page.mouse.up()
    assert says(picture, "A small round dot at 80, 20.") != before


def test_a_finger_sets_a_slider_and_presses_a_button(page):
    picture = picture_of(page)
    says(picture, "A small round dot at 40, 20.")
    box = picture.get_by_role("slider", name="x", exact=True).bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
    says(picture, "A small round dot at 80, 20.")
    picture.get_by_text("far", exact=True).tap()
    says(picture, "A small round dot at 80, 80.")


def test_buttons_and_menus_choose(page):
    picture = picture_of(page)
    before = says(picture, "A small round dot at 40, 20.")
    group = picture.get_by_role("radiogroup", name="shape")
    group.get_by_role("radio", name="round").focus()
    page.keyboard.press("ArrowRight")
    square = says(picture, "A small square dot at 40, 20.")
    assert square != before
    expect(group.get_by_role("radio", name="square")).to_be_checked()
    group.get_by_text("round").click()
    assert says(picture, "A small round dot at 40, 20.") == before
    picture.get_by_role("combobox", name="word").select_option("large")
    assert says(picture, "A large round dot at 40, 20.") != before


def test_a_preset_is_pressed_and_says_so(page):
    picture = picture_of(page)
    button = picture.get_by_role("button", name="far")
    expect(button).to_have_attribute("aria-pressed", "false")
    button.press("Enter")
    says(picture, "A small round dot at 80, 80.")
    expect(button).to_have_attribute("aria-pressed", "true")


def test_where_not_every_setting_was_painted_the_page_says_that_the_others_go_back(page):
    picture = picture_of(page)
    picture.get_by_text("square", exact=True).click()
    says(picture, "A small square dot at 40, 20.")
    picture.get_by_role("slider", name="x", exact=True).press("ArrowRight")
    says(picture, "A small round dot at 42, 20.")
    expect(picture.get_by_role("radio", name="round")).to_be_checked()
    expect(picture.locator(".live-note")).to_contain_text("the others go back")


def test_what_needs_a_kernel_says_so(page):
    needs = picture_of(page, 1).locator(".live-fixed")
    expect(needs).to_contain_text("needs a kernel")
    notebook = needs.get_by_role("link", name="the notebook").evaluate("it => it.href")
    assert Path(notebook.removeprefix("file://")).name == "00_small.ipynb" and Path(notebook[7:]).exists()
    says(picture_of(page, 1), "1 points")


def test_the_playground_learns(page):
    playground = page.locator(".playground")
    playground.get_by_role("button", name="Play").press("Enter")
    playground.locator(".playground-says").get_by_text(re.compile("Epoch [1-9]")).wait_for()
    playground.get_by_role("button", name="Pause").press("Enter")


def test_a_question_answers_by_the_keys(page):
    question = page.get_by_role("group", name="Predict: Where does it go?")
    assert "It does." not in question.text_content()
    question.get_by_role("radio", name="up").focus()
    page.keyboard.press("ArrowDown")
    expect(question.get_by_role("status")).to_have_text("Not quite. Look again.")
    page.keyboard.press("ArrowUp")
    expect(question.get_by_role("status")).to_have_text("Right. It does.")


def test_formulas_are_set_without_a_renderer(page):
    expect(page.locator("math")).to_have_count(2)
    assert page.locator("math").nth(0).bounding_box()["width"] > 30
    assert "$" not in page.locator("article").text_content()


def test_on_a_phone_panels_stand_beneath_each_other_and_nothing_is_wider_than_the_screen(page):
    picture = picture_of(page)
    says(picture, "A small round dot at 40, 20.")
    wide = picture.locator("canvas").bounding_box()
    page.set_viewport_size({"width": 390, "height": 800})
    drawn(page)
    narrow = picture.locator("canvas").bounding_box()
    assert wide["width"] > 1.5 * wide["height"] and narrow["height"] > 1.5 * narrow["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.set_viewport_size({"width": 1000, "height": 900})


def test_a_picture_that_is_one_wide_panel_stays_readable_on_a_phone_and_is_scrolled_sideways(page):
    picture = picture_of(page, 3)  # after the playground
    says(picture, "At step 1.")
    assert picture.locator(".live-screen").get_attribute("tabindex") is None
    page.set_viewport_size({"width": 390, "height": 800})
    drawn(page)
    screen, canvas = (picture.locator(it).bounding_box() for it in (".live-screen", "canvas"))
    assert screen["width"] < 390 and canvas["width"] > 0.7 * 960
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    caption = picture.locator(".live-caption").bounding_box()
    assert caption["y"] + caption["height"] <= screen["y"] + screen["height"]
    picture.locator(".live-screen").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelectorAll('.live-screen')[2].scrollLeft > 0")
    assert picture.locator(".live-caption").bounding_box()["x"] >= screen["x"]
    page.set_viewport_size({"width": 1000, "height": 900})


def test_in_the_dark_no_picture_is_a_white_slab(page):
    picture = picture_of(page)
    page.emulate_media(color_scheme="dark")
    page.reload()
    says(picture_of(page), "A small round dot at 40, 20.")
    corner = brightness(picture.locator("canvas").screenshot())
    page.emulate_media(color_scheme="light")
    page.reload()
    says(picture_of(page), "A small round dot at 40, 20.")
    assert corner < 60 < 200 < brightness(picture.locator("canvas").screenshot())


def test_an_image_that_a_library_drew_has_words_and_is_no_white_slab_in_the_dark(page):
    drawn_by_d2l = page.get_by_role("img", name="A line that rises.")
    light = brightness(drawn_by_d2l.screenshot())
    page.emulate_media(color_scheme="dark")
    dark = brightness(drawn_by_d2l.screenshot())
    page.emulate_media(color_scheme="light")
    assert dark < 60 < 200 < light


def test_an_image_without_words_stops_the_build(lecture, site, tmp_path):
    notebook = nbformat.read(lecture, as_version=4)
    notebook.cells[-1].metadata = {}
    wordless = tmp_path / lecture.name
    nbformat.write(notebook, wordless)
    with pytest.raises(ValueError, match=r"00_small\.ipynb: the image of cell-7 has no description"):
        build_site.make([wordless], tmp_path / "site", site.parent / "build")


def brightness(png: bytes) -> int:
    """Of the corner of a picture, 0 … 255."""
    return Image.open(io.BytesIO(png)).convert("L").getpixel((3, 3))


WIDE_BLOCKS_TAKE_THE_FOCUS = """() => [...document.querySelectorAll("article *")]
    .filter(it => it.scrollWidth > it.clientWidth && /auto|scroll/.test(getComputedStyle(it).overflowX))
    .every(it => it.tabIndex === 0 && it.role && it.ariaLabel)"""
KINDS = ["index", "notebooks/00_small", "release/mlp/mlp", "search"]
KINDS += [f"docs/{name}" for name in ("glossary", "errata", "benchmarks", "courses", "open-course")]


@pytest.mark.parametrize("name", KINDS)
def test_axe_finds_nothing_that_keeps_anybody_out(opened, site, name):
    page, wrong = opened
    wrong.clear()
    for scheme in ("light",) if name.startswith("release") else ("light", "dark"):  # it takes a minute
        page.emulate_media(color_scheme=scheme)
        page.goto(f"file://{site}/{name}.html")
        page.evaluate("scrollTo(0, 600)")
        page.wait_for_timeout(150)
        page.evaluate("scrollTo(0, 300)")  # what appears on the way up is looked at, too
        page.wait_for_timeout(300)
        page.wait_for_function(WIDE_BLOCKS_TAKE_THE_FOCUS)
        found = Axe().run(page, options={"preload": False}).response  # it would fetch the style sheets
        assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found["violations"]] == []
    page.emulate_media(color_scheme="light")
    assert wrong == []


@pytest.mark.parametrize("package", ["utils", "autograder"])
def test_the_reference_shows_no_marks_of_its_docstrings(site, package):
    page = (site / "docs" / "reference" / f"{package}.html").read_text(encoding="utf-8")
    texts = re.findall(r">([^<>]+)<", page)
    assert [text for text in texts if re.search(r"(?<![\w*])\*+\w[^*]*\*|^::|:\w+:`", text)] == []


def test_a_search_finds_a_page(opened, site):
    page, wrong = opened
    page.goto(f"file://{site}/search.html?q=perceptron")
    page.locator("#search-results li a").first.wait_for()
    assert wrong == []


def test_no_page_loads_anything_from_elsewhere(site):
    for path in site.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        loaded = re.findall(r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)=\"([^\"]+)\"", text)
        assert not [url for url in loaded if re.match(r"(https?:)?//", url)], path
        assert 'type="module"' not in text


def test_the_download_is_the_notebook_as_it_is_written(site, lecture):
    assert nbformat.read(site / "_downloads" / "00_small.ipynb", 4) == nbformat.read(lecture, 4)


def test_a_lecture_that_did_not_change_is_not_executed_again(lecture, site, monkeypatch):
    monkeypatch.setattr(build_site, "NotebookClient", lambda *_, **__: pytest.fail("it was executed"))
    build_site.execute(lecture, site.parent / "build" / "executed")


def test_a_kernel_that_is_killed_leaves_word_of_the_signal(tmp_path):
    cells = [nbformat.v4.new_code_cell(code) for code in ("1", "import os; os.kill(os.getpid(), 9)")]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "-"}})
    nbformat.write(notebook, tmp_path / "00_ends.ipynb")
    with pytest.raises(RuntimeError, match="00_ends.ipynb: the kernel was killed by SIGKILL"):
        build_site.execute(tmp_path / "00_ends.ipynb", tmp_path / "kept")


def test_another_cell_or_another_utils_has_it_executed_again(lecture, tmp_path, monkeypatch):
    before = build_site.fingerprint(lecture)
    notebook = nbformat.read(lecture, 4)
    notebook.cells[1].source += "\n"
    nbformat.write(notebook, tmp_path / lecture.name)
    assert build_site.fingerprint(tmp_path / lecture.name) != before
    (tmp_path / "utils").mkdir()
    (tmp_path / "utils" / "live.py").write_text("other")
    monkeypatch.setattr(build_site, "ROOT", tmp_path)
    assert build_site.fingerprint(lecture) != before


@pytest.mark.slow
def test_built_twice_it_is_the_same_to_the_byte(site, lecture, tmp_path):
    assert build_site.make([lecture], tmp_path / "site", tmp_path / "build") == 0
    files = [{path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
             for root in (site, tmp_path / "site")]  # fmt: skip
    assert [str(name) for name in files[0] if files[0][name] != files[1].get(name)] == []
    assert set(files[0]) == set(files[1])
