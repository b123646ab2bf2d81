"""The documentation says what is."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "grading-engine.md").read_text()
ROWS = re.findall(r"^\| `(autograder/\w+)` \| (\d+) \|", PAGE, re.MULTILINE)
NOT_TRUSTED = {f"{name}.py" for name in "worker diagnosis again causes explain sides slips mutations varied".split()}


def code_lines(path: Path) -> int:
    """Lines of a module without blank lines, comments and docstrings."""
    source = path.read_text()
    skipped = _docstring_lines(source)
    lines = enumerate(source.splitlines(), 1)
    return sum(not re.fullmatch(r"\s*(#.*)?", line) for number, line in lines if number not in skipped)


def _docstring_lines(source: str) -> set[int]:
    lines: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            lines.update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    return lines


def trusted_lines(folder: str) -> int:
    return sum(code_lines(path) for path in (ROOT / folder).glob("*.py") if path.name not in NOT_TRUSTED)


def test_the_table_of_trusted_folders_has_rows():
    assert [folder for folder, _ in ROWS] == ["autograder/sandbox", "autograder/judging", "autograder/engine"]


@pytest.mark.parametrize("folder, said", ROWS)
def test_the_trusted_folders_are_about_as_long_as_the_documentation_says(folder, said):
    assert int(said) == pytest.approx(trusted_lines(folder), rel=0.05)
