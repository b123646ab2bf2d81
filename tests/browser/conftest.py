"""One JupyterLab and one Chromium for all tests of this folder that a process runs one after the other.

They end with the last of them: while playwright's loop runs, nothing else in the process may start one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from real_lab import Lab, run_all, running_chromium, running_lab

expect.set_options(timeout=120_000)  # milliseconds: a busy machine is no failure
_running: dict[str, Lab | Browser] = {}
_ends = ExitStack()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    """Ends both when the next test is in another folder, where no scope of fixtures ends, or starts its own browser."""
    yield
    if nextitem is None or nextitem.path.parent != Path(__file__).parent or "benchmark" in nextitem.path.name:
        _running.clear()
        _ends.close()


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """JupyterLab on a copy of the lectures."""
    if "lab" not in _running:
        _running["lab"] = _ends.enter_context(running_lab(tmp_path_factory.mktemp("lab")))
    return _running["lab"]


@pytest.fixture(scope="module")
def browser() -> Browser:
    """The Chromium of this system."""
    try:
        if "browser" not in _running:
            _running["browser"] = _ends.enter_context(running_chromium())
    except FileNotFoundError as missing:
        pytest.skip(str(missing))
    return _running["browser"]


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
