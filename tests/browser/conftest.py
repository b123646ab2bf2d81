"""One JupyterLab and one Chromium for all tests of this folder.

They end with its last test: while playwright's loop runs, nothing else in the process may start one.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from real_lab import Lab, run_all, running_chromium, running_lab

expect.set_options(timeout=120_000)  # milliseconds: a busy machine is no failure


@pytest.fixture(scope="package")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab on a copy of the lectures."""
    with running_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The Chromium of this system."""
    try:
        with running_chromium() as chromium:
            yield chromium
    except FileNotFoundError as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def open_notebook(lab: Lab, browser: Browser):
    """open_notebook(name): a page with that notebook after Run All; each is opened and run once."""
    pages: dict[str, Page] = {}

    def open_(name: str) -> Page:
        if name not in pages:
            pages[name] = run_all(browser, lab, name)
        return pages[name]

    yield open_
    for page in pages.values():
        page.context.close()
