"""What `make lab` opens: a page to begin from, without news and without what only instructors need."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect
from real_lab import ROOT, Lab, end, free_port, new_page, wait_until_it_answers

pytestmark = [pytest.mark.browser, pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")]


@pytest.fixture(scope="module")
def student_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The server that `make lab` starts, for somebody who never started it before."""
    home = tmp_path_factory.mktemp("home")
    port, token = free_port(), secrets.token_hex(16)
    arguments = f"--no-browser --port={port} --port-retries=0 --IdentityProvider.token={token}"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "JUPYTER"))}
    env = inherited | {"HOME": str(home), "PYTHONPATH": str(ROOT), "JUPYTER_RUNTIME_DIR": str(home / "runtime")}
    plan = subprocess.run(["make", "-n", "lab", f"ARGS={arguments}"], cwd=ROOT, env=env, capture_output=True, text=True)
    command = re.search(r"^JUPYTER_CONFIG_PATH=(?:.*\\\n)*.*", plan.stdout, re.MULTILINE)
    with open(home / "log.txt", "w+") as log:
        server = subprocess.Popen(
            ["bash", "-c", f"exec env {command[0]}"], cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            running = Lab(f"http://127.0.0.1:{port}", token, ROOT)
            wait_until_it_answers(running, server, home / "log.txt")
            yield running
        finally:
            end(server)


@pytest.fixture(scope="module")
def page(student_lab: Lab, browser: Browser) -> Iterator[Page]:
    page = new_page(browser, viewport={"width": 1300, "height": 1000})
    page.goto(f"{student_lab.url}/?token={student_lab.token}")
    page.get_by_role("heading", name="Begin here").wait_for()
    page.locator(".jp-NotebookPanel").wait_for()
    yield page
    page.close()


def test_the_page_to_begin_from_is_open_and_shows_lectures_problem_sets_and_how_to_hand_in(page):
    assert "index.ipynb" in page.url
    headings = [re.compile(text) for text in ("Lectures", "Problem sets", "Hand in", "Stop, update, mend")]
    expect(page.locator(".jp-RenderedMarkdown h2")).to_have_text(headings)  # cells are rendered one by one


def test_there_are_no_tabs_and_menus_for_instructors(page):
    tabs = [tab.get_attribute("title") or "" for tab in page.locator(".jp-SideBar .lm-TabBar-tab").all()]
    assert any("File Browser" in tab for tab in tabs)
    assert not [tab for tab in tabs if re.search("assignment|course|formgrader", tab, re.IGNORECASE)]
    assert "Nbgrader" not in page.locator("#jp-MainMenu").inner_text()


def test_nobody_is_asked_about_news_or_updates(page):
    page.wait_for_timeout(3000)  # they would come after the page
    assert page.locator(".Toastify__toast").all_inner_texts() == []


def test_a_lecture_opens_from_it(page):
    page.get_by_role("link", name="XOR", exact=True).click()
    page.get_by_role("heading", name=re.compile("XOR: what one unit cannot do")).wait_for()


class TestNotebook:
    PATH = ROOT / "notebooks" / "index.ipynb"

    def text(self) -> str:
        return "\n\n".join(cell.source for cell in nbformat.read(self.PATH, as_version=4).cells)

    def test_every_lecture_and_problem_set_is_linked_by_its_title(self):
        folders = [(ROOT / "notebooks").glob("[0-9]*.ipynb"), (ROOT / "release").glob("*/*.ipynb")]
        links = {
            (self.PATH.parent / target).resolve(): title
            for title, target in re.findall(r"\[([^\]]+)\]\(([^)]+\.ipynb)\)", self.text())
        }
        for path in [path for folder in folders for path in folder]:
            title = nbformat.read(path, as_version=4).cells[0].source.splitlines()[0]
            assert links.pop(path.resolve()) == title.removeprefix("# ").partition(":")[0]
        assert not links

    def test_what_it_links_to_exists(self):
        for target in re.findall(r"\]\(([^)#]+)\)", self.text()):
            assert (self.PATH.parent / target).exists(), target

    def test_it_holds_no_code_and_its_cells_have_names(self):
        notebook = nbformat.read(self.PATH, as_version=4)
        assert {cell.cell_type for cell in notebook.cells} == {"markdown"}
        assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", cell.id) for cell in notebook.cells)
        assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
