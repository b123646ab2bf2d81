"""What the build of the site does to what it gets: a lecture from a kernel, a page from Sphinx."""

from __future__ import annotations

import build_site
import nbformat
import pytest

# What is printed arrives in parts: after a flush, after 0.2 seconds, before something else is shown.
IN_PARTS = """
import sys
from IPython.display import display
print("one")
sys.stdout.flush()
print("two")
display({"text/plain": "a picture"}, raw=True)
print("three")
"""


def test_what_a_cell_prints_is_one_output_however_the_kernel_sends_it(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(IN_PARTS)],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, tmp_path / "00_prints.ipynb")
    folder = build_site.execute(tmp_path / "00_prints.ipynb", tmp_path / "kept")
    outputs = nbformat.read(folder / "00_prints.ipynb", as_version=4).cells[0].outputs
    assert [output.get("text") for output in outputs] == ["one\ntwo\nthree\n", None]


@pytest.mark.parametrize(
    "head", ['<th class="head"><p></p></th>', '<th class="head text-right"><p></p></th>', '<th class="head"></th>']
)
def test_an_empty_cell_heads_no_column(head):
    kept = '<th class="head text-right"><p>points</p></th>'
    page = build_site.accessible(f"<tr>{head}{kept}</tr>")
    assert "<th" not in page.replace(kept, "") and page.count("<td") == 1 and kept in page


def test_what_an_installation_has_built_among_the_modules_is_none_of_them(tmp_path, monkeypatch):
    notebook = tmp_path / "00.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), notebook)
    for place in "utils/one.py", "utils/data.json":
        build_site.write(tmp_path / place, '"""One."""')
    monkeypatch.setattr(build_site, "ROOT", tmp_path)
    before = build_site.fingerprint(notebook)
    build_site.write(tmp_path / "utils" / "d2l" / "build" / "lib" / "two.py", '"""Two."""')
    assert list(build_site.modules("utils")) == ["utils.one"] and build_site.fingerprint(notebook) == before
    build_site.write(tmp_path / "utils" / "d2l" / "two.py", '"""Two."""')
    assert list(build_site.modules("utils")) == ["utils.d2l.two", "utils.one"]
    assert build_site.fingerprint(notebook) != before
