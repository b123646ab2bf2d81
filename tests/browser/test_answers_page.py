"""A grader who grades 300 answers in words with the keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from answered_course import answered_course, graded_by_hand
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from real_lab import new_page

from autograder.course.folders import Course
from autograder.reporting.answers import Server

pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with 300 answers, one of them hostile."""
    answers = {f"student{i:03}": f"It adds x to x, {'and once more ' * (i % 3)}for reason {i}." for i in range(299)}
    return answered_course(tmp_path_factory.mktemp("answers") / "course", answers | {"zoe": HOSTILE}).root


@pytest.fixture(scope="module")
def server(root: Path) -> Iterator[Server]:
    with Server(Course(root), "ps") as running:
        yield running


@pytest.fixture
def page(server: Server, browser: Browser) -> Iterator[Page]:
    page = new_page(browser)
    page.goto(server.address)
    page.locator("article").nth(299).wait_for()
    yield page
    page.context.close()


def focused(page: Page) -> int:
    return page.evaluate("[...document.querySelectorAll('article')].indexOf(document.activeElement)")


def test_points_rubric_and_comment_are_given_without_a_mouse(page, root, server):
    order = [answer.student for answer in server.questions[0].answers]
    assert len(order) == 300 and focused(page) == 0
    keys = page.keyboard
    keys.press("1"), keys.press("2"), keys.press("Enter")
    expect(page.locator("article").nth(1)).to_be_focused()
    keys.press("2"), keys.press("c")
    keys.type("Say why. 1 2 j"), keys.press("Escape"), keys.press("Enter")
    expect(page.locator("article").nth(2)).to_be_focused()
    keys.press("f"), keys.press("0"), keys.press("Enter")
    expect(page.locator("#count")).to_have_text("3 of 300 answers are graded.")
    keys.press("k"), keys.press("k"), keys.press("k")
    expect(page.locator("article").nth(0)).to_be_focused()
    keys.press("u")
    expect(page.locator("article").nth(3)).to_be_focused()
    stored = graded_by_hand(root)
    assert [stored[student] for student in order[:3]] == [
        (2, None, False), (0.5, "Say why. 1 2 j", False), (0, None, False)
    ]  # fmt: skip
    page.reload()
    page.locator("article").nth(299).wait_for()
    expect(page.locator("article.graded")).to_have_count(3)
    expect(page.locator("article").nth(1).locator("textarea")).to_have_value("Say why. 1 2 j")


def test_what_students_write_is_shown_and_not_run(page):
    assert page.get_by_text(HOSTILE).count() == 1 and page.title() == "Answers: ps"
    assert page.locator("article img, article script").count() == 0


def test_what_a_colleague_has_graded_in_the_meantime_is_shown_before_it_is_changed(page, root, browser, server):
    student = server.questions[0].answers[10].student
    with Server(Course(root), "ps") as theirs:
        other = new_page(browser)
        other.goto(theirs.address)
        card = other.locator("article").nth(10)
        card.focus()
        other.keyboard.press("f"), other.keyboard.press("Enter")
        expect(card).to_have_class("graded")
        other.context.close()
    card = page.locator("article").nth(10)
    card.focus()
    page.keyboard.press("0"), page.keyboard.press("Enter")
    expect(card.get_by_role("status")).to_contain_text("somebody else has graded")
    assert card.locator("input[type=number]").input_value() == "2" and graded_by_hand(root)[student][0] == 2
    page.keyboard.press("0"), page.keyboard.press("Enter")
    expect(card.get_by_role("status")).to_have_text("Saved: 0 points.")
    assert graded_by_hand(root)[student][0] == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible_and_fits_a_phone(server, browser, scheme):
    page = new_page(browser, color_scheme=scheme, bypass_csp=True, viewport={"width": 390, "height": 800})
    page.goto(server.address)
    page.locator("article").nth(299).wait_for()
    page.evaluate("document.querySelectorAll('article:nth-of-type(n + 12)').forEach(it => it.remove())")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.context.close()
