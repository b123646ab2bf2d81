"""Named mistakes and alternative right solutions of an assignment: they test the grader itself.

They are in one Python file per assignment, in cells that editors recognise (``# %%``):

    # %% mistake: softmax_without_shift
    # replaces: softmax
    # costs: test_softmax
    # message: Your softmax overflows when a logit is large: subtract each row's maximum first.
    def softmax(logits):
        ...
"""

from __future__ import annotations

import re
from pathlib import Path

from .assignment import SOLUTION, TEST, Assignment, Variant
from .errors import CourseError
from .names import names_of

_TITLE = re.compile(r"# %% (mistake|alternative|allowed): *(\S+)\s*$")
_FIELD = re.compile(r"# (replaces|costs|message): *(.*)$")


def read_variants(path: Path, assignment: Assignment) -> list[Variant]:
    """Reads the file; a missing file has none. Raises CourseError, naming the line."""
    if not path.is_file():
        return []
    blocks: list[tuple[int, list[str]]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("# %% "):
            blocks.append((number, [line]))
        elif blocks:
            blocks[-1][1].append(line)
    variants = [_parse(f"{path}:{number}", lines) for number, lines in blocks]
    _check(path, variants, assignment)
    return variants


def _parse(where: str, lines: list[str]) -> Variant:
    title = _TITLE.match(lines[0])
    if not title:
        kinds = "'# %% mistake: name', '# %% alternative: name' or '# %% allowed: name'"
        raise CourseError(f"{where}: expected {kinds}, found {lines[0]!r}")
    fields: dict[str, str] = {}
    last = None
    position = 1
    while position < len(lines) and lines[position].startswith("#"):
        line = lines[position]
        if match := _FIELD.match(line):
            last = match[1]
            fields[last] = match[2].strip()
        elif last:
            fields[last] += " " + line.removeprefix("#").strip()
        position += 1
    kind, name = title.groups()
    wanted = ["replaces", "costs", "message"] if kind == "mistake" else ["replaces"]
    for field in wanted:
        if not fields.get(field):
            raise CourseError(f"{where}: the {kind} {name!r} lacks a line '# {field}: …'")
    costs = tuple(cell.strip() for cell in fields.get("costs", "").split(",") if cell.strip())
    code = "\n".join(lines[position:]).strip() + "\n"
    return Variant(kind, name, fields["replaces"], code, costs, fields.get("message", ""))


def _check(path: Path, variants: list[Variant], assignment: Assignment) -> None:
    cells = [cell for notebook in assignment.notebooks for cell in notebook.cells]
    solutions = {cell.name for cell in cells if cell.kind == SOLUTION}
    tests = {cell.name for cell in cells if cell.kind == TEST}
    names = [variant.name for variant in variants]
    for variant in variants:
        try:
            if variant.kind != "allowed":
                names_of(variant.code)
        except SyntaxError as error:
            raise CourseError(f"{path}: the code of {variant.name} is not valid Python: {error.msg}") from None
        if names.count(variant.name) > 1:
            raise CourseError(f"{path}: two variants are called {variant.name!r}")
        if variant.replaces not in solutions:
            raise CourseError(f"{path}: {variant.name} replaces {variant.replaces!r}, which is not a solution cell")
        for cost in set(variant.costs) - tests:
            raise CourseError(f"{path}: {variant.name} costs {cost!r}, which is not a test cell")
