"""Which small mistake gives the student's answers to a test.

Changes of the reference, one at a time, are tried on the test (`mutations`). If one of them gives all of the student's
answers, the message names the kind of change: a sign, a factor, an axis. So every course has messages for mistakes that
nobody wrote down. The messages quote no formula: only operators, functions and arguments.
"""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable, Collection

from ..course.names import transform
from .mutations import Mutation, confusions, mutations, symbol

MOST = 300  # changes that are tried
SECONDS = 1.0  # of processor time, for all of them
SECONDS_OF_CONFUSIONS = 0.5  # if none of these fits
ORDER = {"constant": 1, "default": 2}  # the many constants come late, defaults only if nothing else is found
MOST_PHRASES = 2  # if more kinds of change give these answers, none is worth naming
PLACES = {
    "index": "an index is off by one",
    "axis": "a different `axis` is used",
    "exponent": "an exponent is missing, or has a different value",
    "factor": "a constant factor is missing, or has a different value",
    "summand": "a constant that is added or subtracted is missing, or has a different value",
    "limit": "a comparison has a different limit",
    "range": "a range is off by one",
    "start": "a starting value is different",
    "truth": "`True` and `False` are swapped",
}
KINDS = {
    "copy left out": "no copy is made",
    "name for another": "one name is used instead of another",
    "default": "an argument has a different default value",
    "dropped condition": "a condition is left out",
    "dropped statement": "a line is left out",
    "loop that runs once": "a loop ends after its first iteration",
    "loop without its first": "a loop skips its first iteration",
    "loop without its last": "a loop skips its last iteration",
    "one case for both": "one case is treated like the other",
    "range off by one": "a range is off by one",
    "slice off by one": "a slice is off by one",
    "squeezed": "an axis of length 1 is lost",
    "transpose": "a matrix is transposed but should not be, or the reverse",
}
VAGUE = "a constant has a different value"
PARTS = {
    ast.Add: "a term", ast.Sub: "a term", ast.Mult: "a factor", ast.Div: "a division", ast.FloorDiv: "a division",
    ast.MatMult: "a matrix product", ast.Pow: "a power", ast.Mod: "a remainder",
}  # fmt: skip


def likely(source: str, answers_alike: Callable[[str], bool], cells: Collection[str] = ()) -> list[str]:
    """The changes of a solution that give the student's answers, as clauses that continue after "if".

    Args:
        source: the solution cell of the reference.
        answers_alike: whether a cell in its place gives the student's answers to the test.
        cells: those of the solution whose functions may be mistaken for others.

    Returns:
        No clauses if no small change does, or if so many do that naming them says nothing.
    """
    source = transform(source)
    tree = ast.parse(source)
    if not only_defines(tree):
        return []
    phrases: dict[str, None] = {}
    cells = [transform(cell) for cell in cells]
    arguments = _arguments(tree).union(*(_functions(ast.parse(cell)) for cell in [source, *cells]))
    in_order = sorted(mutations(source), key=lambda mutation: ORDER.get(mutation.kind, 0))
    others = confusions(source, cells)
    for changes, seconds in (in_order, SECONDS), (others, SECONDS_OF_CONFUSIONS):
        until = time.process_time() + seconds
        for number, mutation in enumerate(changes):
            if number >= MOST or time.process_time() > until or (phrases and mutation.kind == "default"):
                break
            if (phrase := _phrase(mutation, arguments)) and phrase not in phrases and answers_alike(mutation.code):
                phrases[phrase] = None
                if len(phrases) > MOST_PHRASES:
                    return []
        if phrases:
            break
    return list(phrases)


def only_defines(tree: ast.Module) -> bool:
    """Whether running the cell takes no work: training a net again for each change would take hours."""
    return all(
        isinstance(it, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom)
        or (isinstance(it, ast.Expr | ast.Assign) and isinstance(it.value, ast.Constant))
        for it in tree.body
    ) and any(isinstance(it, ast.FunctionDef | ast.ClassDef) for it in tree.body)


def _arguments(tree: ast.Module) -> set[str]:
    """The names of all arguments, and those in a docstring: they are in the text of the exercise."""
    told = {it.arg for it in ast.walk(tree) if isinstance(it, ast.arg)} - {"self"}
    functions = (it for it in ast.walk(tree) if isinstance(it, ast.FunctionDef))
    return told.union(*(re.findall(r"\w+", ast.get_docstring(function) or "") for function in functions))


def _functions(tree: ast.Module) -> set[str]:
    """The names of the functions that an exercise asks for."""
    return {it.name for it in tree.body if isinstance(it, ast.FunctionDef)}


def _phrase(mutation: Mutation, arguments: set[str]) -> str:
    """The description of a change; empty if another message describes it better."""
    kind = mutation.kind
    if kind == "remembers a result":
        return ""
    if kind == "constant":
        return PLACES.get(mutation.place, VAGUE)
    if kind == "function as another":
        return f"`{mutation.after}` is used instead of `{mutation.before}`"
    if kind == "exchanged arguments":
        return f"`{mutation.before}` and `{mutation.after}` are swapped"
    if kind == "name for another" and {mutation.before, mutation.after} <= arguments:
        return f"`{mutation.after}` is used instead of `{mutation.before}`"
    if kind in KINDS:
        return KINDS[kind]
    if found := re.fullmatch(r"dtype of (\w+)", kind):
        return f"the result takes on the dtype of `{found[1]}`"
    if found := re.fullmatch(r"(\S+) for (\S+)", kind):
        return f"`{found[1]}` is used instead of `{found[2]}`"
    if kind == "axis":
        return PLACES["axis"]
    before, after = map(_expression, (mutation.before, mutation.after))
    if kind in ("swapped arguments", "dropped argument") and isinstance(before, ast.Call):
        if kind[0] == "s" and ast.unparse(before.func) == "zip":
            return "two things that are iterated over together are swapped"
        what = "two arguments of {} are swapped" if kind[0] == "s" else "the last argument of {} is left out"
        return what.format(f"`{ast.unparse(before.func)}`")
    if kind == "dropped sign" and isinstance(before, ast.UnaryOp):
        return "a minus sign is left out" if isinstance(before.op, ast.USub) else "a negation is left out"
    if isinstance(before, ast.BinOp):
        return _of_operation(kind, before, after, arguments)
    if kind == "comparison" and isinstance(before, ast.Compare) and isinstance(after, ast.Compare):
        return f"`{symbol(after.ops[0])}` is used instead of `{symbol(before.ops[0])}`"
    left_out = kind.removeprefix("dropped ")
    return f"`{left_out}` is left out" if left_out != kind and re.fullmatch(r"[\w.]+", left_out) else ""


def _of_operation(kind: str, before: ast.BinOp, after: ast.AST | None, arguments: set[str]) -> str:
    if kind == "swapped operands":
        return f"the two sides of `{symbol(before.op)}` are swapped"
    if kind == "operator" and isinstance(after, ast.BinOp):
        return f"`{symbol(after.op)}` is used instead of `{symbol(before.op)}`"
    if kind == "dropped term" and after:
        lost = before.right if ast.dump(after) == ast.dump(before.left) else before.left
        place = {ast.Pow: "exponent", ast.Mult: "factor", ast.Div: "factor", ast.Add: "summand", ast.Sub: "summand"}
        if isinstance(lost, ast.Constant) and (what := place.get(type(before.op))):
            return PLACES[what]
        named = sorted({it.id for it in ast.walk(lost) if isinstance(it, ast.Name)} & arguments)
        about = f" with {' and '.join(f'`{name}`' for name in named)}" if 0 < len(named) < 3 else ""
        return f"{PARTS.get(type(before.op), 'a part of an expression')}{about} is left out"
    return ""


def _expression(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return None
