"""A bar is there while something is done, and nothing of it afterwards."""

from __future__ import annotations

import nbclient
import nbformat
import pytest

from utils.progress import progress


def outputs_of(source: str) -> list[dict]:
    """What a cell of a notebook leaves behind."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbclient.NotebookClient(notebook, kernel_name="python3").execute()
    return notebook.cells[0].outputs


def test_items_come_in_order_with_a_bar_and_without(capsys):
    assert list(progress(range(5), "counting")) == list(range(5))
    assert "counting" in capsys.readouterr().err
    assert list(progress("abc", None)) == ["a", "b", "c"]
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("leave", ["pass", "break"])
def test_in_a_notebook_no_bar_is_left_when_the_work_is_done_or_given_up(leave):
    source = f"""
import time
from utils.progress import progress
for item in progress(range(3), "R & D"):
    time.sleep(0.25)
    if item == 1:
        {leave}
print("done")
"""
    bar, text = outputs_of(source)
    assert bar.data == {"text/plain": ""} and text.text == "done\n"


def test_in_a_notebook_the_bar_shows_its_title_and_how_far_it_is():
    source = """
import time
from utils import progress
progress._clear = lambda shown: None
for item in progress.progress(range(4), "R & D"):
    time.sleep(0.25)
"""
    (bar,) = outputs_of(source)
    assert bar.data["text/plain"] == "R & D: 4 of 4"
    assert 'value="4" max="4" aria-label="R &amp; D"' in bar.data["text/html"] and "100%" in bar.data["text/html"]
