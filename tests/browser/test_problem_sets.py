"""What a student does with the first exercise of a problem set: writes it wrong, reads the message, writes it right."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page
from real_lab import ROOT, open_page

FIRST = {  # problem set: the first exercise's cell, a wrong and a right line for its stub, words that help
    "mlp": ("sigmoid", "1 / (1 + np.exp(z))", "np.exp(-np.logaddexp(0, -np.asarray(z)))", "σ(−2) is 0.1192"),
    "backprop": (
        "unit_gradient",
        "[(y - sigmoid(w * x + b)) * sigmoid(w * x + b) * sigmoid(-w * x - b) * i for i in (x, 1)]",
        "[(sigmoid(w * x + b) - y) * sigmoid(w * x + b) * sigmoid(-w * x - b) * i for i in (x, 1)]",
        "∂L/∂w: it has the wrong sign",
    ),
}

# Runs the notebook up to the cell with this id, and gives that cell's outputs.
RUN_TO = """async id => {
  const notebook = jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = notebook.widgets.findIndex(widget => widget.model.id == id);
  await jupyterapp.commands.execute('notebook:run-all-above');
  await jupyterapp.commands.execute('notebook:run-cell');
  return notebook.activeCell.model.outputs.toJSON();
}"""


@pytest.fixture(params=["mlp", pytest.param("backprop", marks=pytest.mark.slow)])
def student(request, lab, browser) -> Iterator[tuple[Page, str]]:
    """A page with the release of a problem set, nothing run yet, and the name of the set."""
    name = f"{request.param}.ipynb"
    shutil.copy(ROOT / "release" / request.param / name, lab.work / name)
    page = open_page(browser, lab, name)
    yield page, request.param
    page.context.close()


def write(page: Page, cell: str, line: str) -> None:
    """Puts `return` and a line in place of what follows the docstring of a cell."""
    page.evaluate(
        """([id, line]) => {
          const notebook = jupyterapp.shell.currentWidget.content;
          const cell = notebook.widgets.find(widget => widget.model.id == id).model.sharedModel;
          const [signature, docstring] = cell.getSource().split('"'.repeat(3));
          cell.setSource([signature, docstring, '\\n    return ' + line].join('"'.repeat(3)));
        }""",
        [cell, line],
    )


def test_the_first_exercise_tells_what_is_wrong_and_passes_when_it_is_right(student):
    page, name = student
    cell, wrong, right, helpful = FIRST[name]
    write(page, cell, wrong)
    (error,) = page.evaluate(RUN_TO, f"test_{cell}")
    assert error["ename"] == "AssertionError" and helpful in error["evalue"]
    write(page, cell, right)
    assert page.evaluate(RUN_TO, f"test_{cell}") == []
