"""Draws docs/images/rooms.svg, the folders of `autograder` and their imports: ``python docs/rooms.py``."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "autograder"
PICTURE = ROOT / "docs" / "images" / "rooms.svg"
DOORS = "doors"
# From the bottom up: a folder imports from those before it, never from those after it.
ORDER = ("course", "sandbox", "judging", "engine", "grading", "reporting", DOORS)
SAYS = {
    "course": "the files of a course on disk",
    "sandbox": "the wall, and the untrusted side",
    "judging": "the trusted side: verdicts and messages",
    "engine": "grade(assignment, submission)",
    "grading": "a class and its gradebook",
    "reporting": "reports, feedback, exports",
    DOORS: "command line, nbgrader, demo",
}
# Files, in the folders that decide what a hostile submission can do, that do not affect this, as the page says.
NOT_TRUSTED = {
    "sandbox": {"worker"},
    "judging": {
        "again", "causes", "diagnosis", "explain", "mutations", "outline", "shadows", "sides", "slips", "varied",
    },
    "engine": set[str](),
}  # fmt: skip
_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
WIDTH, HEIGHT, GAP, TOP = 430, 46, 22, 16


def imports(package: Path = PACKAGE) -> dict[str, set[str]]:
    """Which modules of the package each of its modules imports, anywhere in its code."""
    modules = {_name(path, package): path for path in sorted(package.rglob("*.py"))}
    return {name: _imported(name, path, modules) for name, path in modules.items()}


def room(module: str) -> str:
    """The folder that a module is in; "doors" for a module in none."""
    folder = (module.split(".") + [""])[1]
    return folder if folder in ORDER else DOORS


def trusted_lines() -> dict[str, int]:
    """How many lines of code in each folder could be exploited by a hostile submission if they are wrong."""
    folders = {folder: (PACKAGE / folder).glob("*.py") for folder in NOT_TRUSTED}
    return {f: sum(_lines(p) for p in files if p.stem not in NOT_TRUSTED[f]) for f, files in folders.items()}


def _lines(path: Path) -> int:
    """The number of lines of code in a file, without blank lines, comments and docstrings."""
    source = path.read_text(encoding="utf-8")
    texts: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            texts.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    code: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in _NO_CODE:
            code.update(range(token.start[0], token.end[0] + 1))
    return len(code - texts)


def drawn(graph: Mapping[str, set[str]]) -> str:
    """The picture as SVG: a box for each folder, an arc for each pair in which one imports the other."""
    pairs = sorted({(room(a), room(b)) for a, others in graph.items() for b in others if room(a) != room(b)})
    middle = {name: TOP + (len(ORDER) - 1 - i) * (HEIGHT + GAP) + HEIGHT / 2 for i, name in enumerate(ORDER)}
    height = TOP * 2 + len(ORDER) * (HEIGHT + GAP) - GAP
    arcs, boxes = [], []
    for a, b in pairs:
        steps = abs(ORDER.index(a) - ORDER.index(b))
        if steps == 1:
            arcs.append(f'<path d="M 40 {middle[a] + HEIGHT / 2:g} V {middle[b] - HEIGHT / 2 - 2:g}"/>')
        else:
            bend = WIDTH + 14 + 22 * steps
            start, end = middle[a] + 3 * steps - 10, middle[b] - 3 * steps + 8
            arcs.append(f'<path d="M {WIDTH} {start:g} C {bend} {start:g} {bend} {end:g} {WIDTH + 2} {end:g}"/>')
    for name in ORDER:
        y = middle[name] - HEIGHT / 2
        boxes.append(
            f'<rect x="1" y="{y:g}" width="{WIDTH - 2}" height="{HEIGHT}" rx="6"/>'
            f'<text x="14" y="{y + 20:g}" class="name">{name}</text>'
            f'<text x="14" y="{y + 37:g}">{SAYS[name]}</text>'
        )
    total = WIDTH + 130
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total} {height}" width="{total}" height="{height}"
role="img" aria-label="The folders of autograder, each above those that it imports from; no arrow points upwards">
<style>
svg {{ background: #fff }}
rect {{ fill: #f2f6fa; stroke: #56708a }}
text {{ font: 12px sans-serif; fill: #33475b }}
.name {{ font-weight: bold; font-size: 14px; fill: #14202b }}
path {{ fill: none; stroke: #56708a; marker-end: url(#tip) }}
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
<path d="M 0 0 L 8 4 L 0 8 z" style="fill: #56708a; stroke: none; marker-end: none"/></marker></defs>
{chr(10).join(arcs)}
{chr(10).join(boxes)}
</svg>
"""


def _name(path: Path, package: Path) -> str:
    return ".".join(path.relative_to(package.parent).with_suffix("").parts)


def _imported(name: str, path: Path, modules: Mapping[str, Path]) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = name.split(".")[: -node.level] if node.level else []
            base += node.module.split(".") if node.module else []
            found |= {".".join([*base, alias.name]) for alias in node.names} | {".".join(base)}
    return found & modules.keys() - {name}


if __name__ == "__main__":
    PICTURE.write_text(drawn(imports()), encoding="utf-8")
    print(f"{PICTURE.relative_to(ROOT)} is drawn")
