"""A real JupyterLab in a real Chromium, with settings of its own, to press keys in and look."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


@dataclass(frozen=True)
class Lab:
    """A running server.

    Attributes:
        url: where it listens, without a slash at the end.
        token: lets one in.
        work: the folder it shows, where a test may put a notebook of its own.
    """

    url: str
    token: str
    work: Path

    def notebook(self, name: str, app: str = "doc/tree") -> str:
        """Where a notebook is opened: in JupyterLab, or with "notebooks" as the app in Notebook 7."""
        return f"{self.url}/{app}/{name}?token={self.token}"


@contextmanager
def running_lab(home: Path, folder: Path = ROOT / "notebooks") -> Iterator[Lab]:
    """JupyterLab on a copy of the lectures, or of another folder, with all that it writes in `home`."""
    shutil.copytree(folder, home / "work", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    for name, settings in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings))
    env = os.environ | {
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    }
    port, token = free_port(), secrets.token_hex(16)
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", f"--port={port}", "--port-retries=0"]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={home / 'work'}"]
    command += ["--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True"]
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with open(home / "log.txt", "w+") as log:
        server = subprocess.Popen(command, env=env, cwd=home / "work", stdout=log, stderr=subprocess.STDOUT)
        try:
            running = Lab(f"http://127.0.0.1:{port}", token, home / "work")
            wait_until_it_answers(running, server, home / "log.txt")
            yield running
        finally:
            end(server)


def end(server: subprocess.Popen) -> None:
    server.terminate()
    try:
        server.wait(timeout=30)
    except subprocess.TimeoutExpired:  # seen twice, where a kernel was being started: no fault of a page
        server.kill()
        server.wait()


@contextmanager
def running_chromium() -> Iterator[Browser]:
    """The Chromium of this system.

    Raises:
        FileNotFoundError: where there is none.
    """
    names = ("chromium", "chromium-browser", "google-chrome")
    executable = next(filter(None, map(shutil.which, names)), None)
    if executable is None:
        raise FileNotFoundError(f"needs a browser: none of {', '.join(names)} is installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()


def new_page(browser: Browser, **options: Any) -> Page:
    """An empty page, of which a test waits for minutes: a busy machine is no failure."""
    page = browser.new_page(**options)
    page.set_default_timeout(240_000)
    return page


def open_page(browser: Browser, lab: Lab, name: str, app: str = "doc/tree") -> Page:
    """A page with a notebook, its kernel ready."""
    page = new_page(browser, viewport={"width": 1300, "height": 1000})
    page.goto(lab.notebook(name, app))
    # The kernel is connected and idle, and the notebook is drawn, before anything is run.
    page.wait_for_function(
        """() => {
          const panel = window.jupyterapp?.shell.currentWidget;
          const kernel = panel?.sessionContext?.session?.kernel;
          return panel?.content?.widgets?.length && kernel?.connectionStatus == 'connected'
            && kernel.status == 'idle';
        }""",
        timeout=240_000,
    )
    return page


def run_all(browser: Browser, lab: Lab, name: str, app: str = "doc/tree") -> Page:
    """A page with a notebook, of which every cell was told to run."""
    page = open_page(browser, lab, name, app)
    run_cells(page)
    return page


def run_cells(page: Page) -> None:
    page.evaluate("async () => { await jupyterapp.commands.execute('notebook:run-all-cells') }")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_it_answers(lab: Lab, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{lab.url}/api/status?token={lab.token}", timeout=30):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    told = re.sub(r"token=\w+", "token=…", log.read_text())
    raise RuntimeError(f"JupyterLab did not come up:\n{told[-3000:]}")


def drawn(page: Page) -> None:
    """Waits until what was changed is laid out and on the screen: a second frame begins after the first is drawn."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def wait_until(page: Page, function: str, argument: Any, seconds: float = 30) -> None:
    """Waits until an asynchronous function says so in the page: `Page.wait_for_function` takes a promise for true."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(function, argument):
        if time.monotonic() > deadline:
            raise TimeoutError(f"for {seconds:g} s this was false in the page:\n{function}")
        page.wait_for_timeout(50)


def wait_until_the_kernel_rests(page: Page, seconds: float = 1.0) -> None:
    """Waits until the kernel has been idle for so long without a break, however busy the machine is."""
    page.evaluate(
        """rest => new Promise(done => {
          const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
          let waiting;
          const again = () => {
            clearTimeout(waiting);
            waiting = setTimeout(() => (kernel.status == 'idle' ? done() : again()), rest);
          };
          kernel.anyMessage.connect(again);
          again();
        })""",
        1000 * seconds,
    )


def tell_the_kernel(page: Page, code: str) -> None:
    page.evaluate(
        "code => { jupyterapp.shell.currentWidget.sessionContext.session.kernel.requestExecute({code}); }", code
    )


@contextmanager
def busy_kernel(page: Page, lab: Lab, code: str) -> Iterator[None]:
    """Runs `code` in the kernel, which then hears of nothing until the block ends."""
    end = lab.work / "the end of the work"
    end.unlink(missing_ok=True)
    tell_the_kernel(page, f"{code}\nimport os, time\nwhile not os.path.exists({str(end)!r}):\n    time.sleep(0.05)")
    try:
        yield
    finally:
        end.touch()
