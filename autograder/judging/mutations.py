"""One change at a time to a cell of the reference, like students' mistakes in numerical code.

`mutations(source, lines)` reads the cell's syntax tree and yields the cell with one place changed: another operator, a
dropped term, a mean for a sum, a loop that runs once. Everything except the changed text stays as written, so a change
can be shown as a diff.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

OPERATORS: dict[type[ast.operator], tuple[str, ...]] = {
    ast.Add: ("-",), ast.Sub: ("+",), ast.Mult: ("/",), ast.Div: ("*", "//"), ast.FloorDiv: ("/",), ast.MatMult: ("*",),
    ast.Pow: ("*",), ast.Mod: ("//",), ast.BitAnd: ("|",), ast.BitOr: ("&",),
}  # fmt: skip
COMPARISONS: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<=", ">"), ast.LtE: ("<", ">="), ast.Gt: (">=", "<"), ast.GtE: (">", "<="), ast.Eq: ("!=",),
    ast.NotEq: ("==",), ast.In: ("not in",), ast.NotIn: ("in",),
}  # fmt: skip
TAKEN_FOR = {
    "mean": "sum", "sum": "mean", "max": "min", "min": "max", "maximum": "minimum", "minimum": "maximum",
    "argmax": "argmin", "argmin": "argmax", "std": "var", "var": "std", "zeros": "ones", "ones": "zeros",
    "any": "all", "all": "any", "hstack": "vstack", "vstack": "hstack", "append": "extend",
}  # fmt: skip
OF_TEXT = frozenset({"lower", "upper", "strip", "lstrip", "rstrip", "title", "casefold", "reset_index", "dropna"})
LOOSE = ast.BinOp | ast.Compare | ast.BoolOp | ast.UnaryOp | ast.IfExp | ast.Lambda  # need brackets in an operation
NEUTRAL = frozenset({"strict", "dtype"})  # keywords that change no result, or only its type


@dataclass(frozen=True)
class Mutation:
    """A cell with one change; ``kind`` names it, ``line`` is where it is, counted from 1.

    ``before`` and ``after`` are the text that is changed, ``place`` says what a constant is: an index, a factor, …
    """

    kind: str
    line: int
    code: str
    before: str = ""
    after: str = ""
    place: str = ""


def mutations(source: str, lines: Collection[int] | None = None) -> Iterator[Mutation]:
    """The cell with each single change, no two alike.

    Args:
        source: the cell, valid Python.
        lines: the lines to change, counted from 1; None: all. Default arguments and whole results of functions are
            changed in all lines.
    """
    tree, seen = ast.parse(source), {_meaning(source)}
    places = _places(tree)
    found = sorted(_changes(tree, source), key=lambda change: change[1].lineno)
    for kind, node, text in found:
        if lines is not None and node.lineno not in lines and kind != "default":
            continue
        code = _replaced(source, node, text)
        if (meaning := _meaning(code)) and meaning not in seen:
            seen.add(meaning)
            before = ast.get_source_segment(source, node) or ""
            yield Mutation(kind, node.lineno, code, before, text, places.get(id(node), ""))
    for function in tree.body:
        if isinstance(function, ast.FunctionDef):
            yield from _of_the_whole(source, function)


def _places(tree: ast.Module) -> dict[int, str]:
    """What the constants of a cell are, by the ids of their nodes."""
    places: dict[int, str] = {}

    def note(node: ast.AST, place: str) -> None:
        places.update({id(it): place for it in ast.walk(node) if isinstance(it, ast.Constant)})

    for node in ast.walk(tree):  # from the outside in: the innermost overrides
        if isinstance(node, ast.Assign | ast.List):
            parts = [node.value] if isinstance(node, ast.Assign) else node.elts
            for part in parts[0].elts if len(parts) == 1 and isinstance(parts[0], ast.Tuple) else parts:
                if isinstance(part, ast.Constant):
                    places[id(part)] = "start"
        if isinstance(node, ast.AugAssign) and isinstance(node.value, ast.Constant):
            places[id(node.value)] = "summand" if isinstance(node.op, ast.Add | ast.Sub) else "factor"
        if isinstance(node, ast.Subscript):
            note(node.slice, "index")
        elif isinstance(node, ast.keyword) and node.arg == "axis":
            note(node.value, "axis")
        elif isinstance(node, ast.BinOp):
            kinds = (ast.Pow, "exponent"), (ast.Mult | ast.Div, "factor"), (ast.Add | ast.Sub, "summand")
            place = next((place for kind, place in kinds if isinstance(node.op, kind)), "")
            for part in (node.left, node.right):
                if isinstance(part, ast.Constant) and not (place == "exponent" and part is node.left):
                    places[id(part)] = places.get(id(part)) or place
        elif isinstance(node, ast.Compare):
            for part in (node.left, *node.comparators):
                if isinstance(part, ast.Constant):
                    places[id(part)] = "limit"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
            for part in node.args:
                note(part, "range")
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("insert", "pop")
        ):
            for part in node.args[:1]:
                note(part, "index")
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            places.setdefault(id(node), "truth")
    return places


def _meaning(code: str) -> str | None:
    try:
        compile(code, "<changed>", "exec")  # finds more than the parser, such as a `nonlocal` without its variable
        return ast.dump(ast.parse(code))
    except SyntaxError:
        return None


def _replaced(source: str, node: Any, text: str) -> str:
    """The source with other text in place of a node. Columns count bytes."""
    lines = source.encode().split(b"\n")
    before = b"\n".join([*lines[: node.lineno - 1], lines[node.lineno - 1][: node.col_offset]])
    after = b"\n".join([lines[node.end_lineno - 1][node.end_col_offset :], *lines[node.end_lineno :]])
    if before.endswith(b"(") and after.startswith(b")") and _is_bracketed(text):
        text = text[1:-1]
    return (before + text.encode() + after).decode()


def _is_bracketed(text: str) -> bool:
    """Whether the first bracket is closed by the last character."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if not depth:
            return text.startswith("(") and place == len(text) - 1
    return False


def _alone(node: ast.AST, written: Callable[[ast.AST], str]) -> str:
    """A node as written between commas, or at the end of a line."""
    text = written(node)
    return text[1:-1] if isinstance(node, LOOSE) and "\n" not in text else text


Change = tuple[str, Any, str]  # its kind, the node, and what to write in its place


def _changes(tree: ast.Module, source: str) -> Iterator[Change]:
    def written(node: ast.AST) -> str:
        text = ast.get_source_segment(source, node) or ""
        return (
            f"({text})" if isinstance(node, LOOSE) or ("\n" in text and not text.startswith(("(", "[", "{"))) else text
        )

    in_docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    of: dict[type, Callable[[Any, Callable[[ast.AST], str]], Iterator[Change]]] = {
        ast.BinOp: _operation, ast.Compare: _comparison, ast.BoolOp: _condition, ast.UnaryOp: _sign, ast.Call: _call,
        ast.Attribute: _attribute, ast.Subscript: _slice, ast.AugAssign: _augmented, ast.For: _loop,
        ast.comprehension: _clause, ast.IfExp: _choice, ast.FunctionDef: _defaults, ast.If: _branch,
    }  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in in_docs:
            yield from _constant(node)
        elif type(node) in of:
            yield from of[type(node)](node, written)
        for field in ("body", "orelse"):
            for statement in getattr(node, field, None) or [] if not isinstance(node, ast.Lambda | ast.IfExp) else []:
                if isinstance(statement, ast.Assign | ast.AugAssign | ast.Delete) or (
                    isinstance(statement, ast.Expr) and not isinstance(statement.value, ast.Constant)
                ):
                    yield "dropped statement", statement, "pass"


def _operation(node: ast.BinOp, written: Callable[[ast.AST], str]) -> Iterator[Change]:
    left, right = written(node.left), written(node.right)
    sign = symbol(node.op)
    for other in OPERATORS.get(type(node.op), ()):
        yield "operator", node, f"({left} {other} {right})"
    if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult | ast.Pow):
        yield "swapped operands", node, f"({right} {sign} {left})"
    if isinstance(node.op, ast.MatMult):
        yield "transpose", node, f"({left}.T {sign} {right})"
        yield "transpose", node, f"({left} {sign} {right}.T)"
    if not isinstance(node.op, ast.BitAnd | ast.BitOr):
        yield "dropped term", node, f"({left})"
        yield "dropped term", node, f"({right})"


def symbol(operator: ast.operator | ast.cmpop) -> str:
    """The symbol of an operator."""
    a, b = ast.Name("a"), ast.Name("b")
    whole = ast.BinOp(a, operator, b) if isinstance(operator, ast.operator) else ast.Compare(a, [operator], [b])
    return ast.unparse(whole)[2:-2].strip()


def _comparison(node: ast.Compare, written: Callable[[ast.AST], str]) -> Iterator[Change]:
    if len(node.ops) == 1:
        for other in COMPARISONS.get(type(node.ops[0]), ()):
            yield "comparison", node, f"({written(node.left)} {other} {written(node.comparators[0])})"


def _condition(node: ast.BoolOp, written: Callable[[ast.AST], str]) -> Iterator[Change]:
    for value in node.values:
        yield "dropped condition", node, f"({written(value)})"


def _choice(node: ast.IfExp, written: Callable[[ast.AST], str]) -> Iterator[Change]:
    yield "one case for both", node, f"({written(node.body)})"
    yield "one case for both", node, f"({written(node.orelse)})"


def _branch(node: ast.If, written: Callable[[ast.AST], str]) -> Iterator[Change]:
    yield "one case for both", node.test, "True"
    yield "one case for both", node.test, "False"


def _sign(node: ast.UnaryOp, written: Callable[[ast.AST], str]) -> Iterator[Change]:
    if isinstance(node.op, ast.USub | ast.Not | ast.Invert):
        yield "dropped sign", node, f"({written(node.operand)})"


def _constant(node: ast.Constant) -> Iterator[Change]:
    value = node.value
    if isinstance(value, bool):
        yield "constant", node, str(not value)
    elif isinstance(value, int):
        yield from (
            ("constant", node, f"({value + step})" if value + step < 0 else str(value + step)) for step in (1, -1)
        )
    elif isinstance(value, float) and math.isfinite(value):
        others = (2 * value, value / 2, 0.0) if value else (1.0, -1.0)
        yield from (("constant", node, f"({other!r})" if other < 0 else repr(other)) for other in others)


def _call(node: ast.Call, written: Callable[[ast.AST], str]) -> Iterator[Change]:
    arguments, keywords = node.args, node.keywords
    function = written(node.func)

    def alone(part: ast.AST) -> str:
        return _alone(part, written)

    def call(args: list[Any], named: list[ast.keyword], name: str = function) -> str:
        parts = [alone(a) for a in args] + [
            f"{k.arg}={alone(k.value)}" if k.arg else f"**{alone(k.value)}" for k in named
        ]
        return f"{name}({', '.join(parts)})"

    for keyword in keywords:
        if keyword.arg and keyword.arg not in NEUTRAL:
            rest = [k for k in keywords if k is not keyword]
            yield f"dropped {keyword.arg}", node, call(arguments, rest)
            if keyword.arg == "axis" and isinstance(keyword.value, ast.Constant) and keyword.value.value in (0, 1, -1):
                other = ast.keyword("axis", ast.Constant(0 if keyword.value.value else 1))
                text = ", ".join(
                    [
                        *map(alone, arguments),
                        *(f"{k.arg}={alone(k.value)}" for k in rest),
                        f"axis={ast.unparse(other.value)}",
                    ]
                )
                yield "axis", node, f"{function}({text})"
    plain = not any(isinstance(a, ast.Starred) for a in arguments)
    for first in range(len(arguments) - 1) if plain else ():
        swapped = [*arguments[:first], arguments[first + 1], arguments[first], *arguments[first + 2 :]]
        yield "swapped arguments", node, call(swapped, keywords)
    if plain and len(arguments) >= 2:
        yield "dropped argument", node, call(arguments[:-1], keywords)
    if isinstance(node.func, ast.Attribute):
        name, of = node.func.attr, written(node.func.value)
        if name in TAKEN_FOR:
            yield f"{TAKEN_FOR[name]} for {name}", node, call(arguments, keywords, f"{of}.{TAKEN_FOR[name]}")
        if name == "copy" and not arguments:
            yield "copy left out", node, of
        if name in OF_TEXT and not arguments and not keywords:
            yield f"dropped {name}", node, of
    if len(arguments) == 1 and plain:
        kind = "copy left out" if function.endswith((".array", ".copy", "list", "dict")) else f"dropped {function}"
        yield kind, node, f"({written(arguments[0])})"
    if function == "range":
        if len(arguments) == 1:
            yield "range off by one", node, f"range({written(arguments[0])} - 1)"
            yield "range off by one", node, f"range(1, {written(arguments[0])})"
        else:
            more = [alone(a) for a in arguments[2:]]
            start, stop = map(alone, arguments[:2])
            yield "range off by one", node, f"range({', '.join([start, f'{stop} - 1', *more])})"
            yield "range off by one", node, f"range({', '.join([f'{start} + 1', stop, *more])})"


def _attribute(node: ast.Attribute, written: Callable[[ast.AST], str]) -> Iterator[Change]:
    if node.attr == "T":
        yield "transpose", node, written(node.value)


def _slice(node: ast.Subscript, written: Callable[[ast.AST], str]) -> Iterator[Change]:
    if isinstance(node.slice, ast.Slice):
        lower, upper = (written(end) if end else "" for end in (node.slice.lower, node.slice.upper))
        step = f":{written(node.slice.step)}" if node.slice.step else ""
        of = written(node.value)
        for low, high in [(lower, ""), ("", upper), (f"{lower} + 1" if lower else "1", upper)]:
            yield "slice off by one", node, f"{of}[{low}:{high}{step}]"
        if upper:
            yield "slice off by one", node, f"{of}[{lower}:{upper} - 1{step}]"


def _augmented(node: ast.AugAssign, written: Callable[[ast.AST], str]) -> Iterator[Change]:
    target, value = written(node.target), _alone(node.value, written)
    yield f"= for {symbol(node.op)}=", node, f"{target} = {value}"
    for other in OPERATORS.get(type(node.op), ()):
        yield "operator", node, f"{target} {other}= {value}"


def _loop(node: ast.For, written: Callable[[ast.AST], str]) -> Iterator[Change]:
    last = node.body[-1]
    if isinstance(last, ast.Assign | ast.AugAssign | ast.Expr):
        yield "loop that runs once", last, f"{written(last)}\n{' ' * last.col_offset}break"
    yield "loop without its first", node.iter, f"list({written(node.iter)})[1:]"
    yield "loop without its last", node.iter, f"list({written(node.iter)})[:-1]"


def _clause(node: ast.comprehension, written: Callable[[ast.AST], str]) -> Iterator[Change]:
    yield "loop that runs once", node.iter, f"list({written(node.iter)})[:1]"
    yield "loop without its first", node.iter, f"list({written(node.iter)})[1:]"
    yield "loop without its last", node.iter, f"list({written(node.iter)})[:-1]"
    for condition in node.ifs:
        yield "dropped condition", condition, "True"


def _defaults(node: ast.FunctionDef, written: Callable[[ast.AST], str]) -> Iterator[Change]:
    for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
        if isinstance(default, ast.Constant):
            for _, _, text in _constant(default):
                yield "default", default, text


# -- one thing mistaken for another: no mutants, since most of the results do not run ---------------------------------

EXCHANGED = """

def {name}(*args, _right={name}, **kwargs):
    args = list(args)
    args[{first}], args[{second}] = args[{second}], args[{first}]
    return _right(*args, **kwargs)
"""


def confusions(source: str, cells: Collection[str] = ()) -> Iterator[Mutation]:
    """The cell with one name, function or operator in place of another, or one more iteration; no two alike.

    Args:
        source: the cell, valid Python.
        cells: other cells, whose functions may be called by mistake.
    """
    tree, seen = ast.parse(source), {_meaning(source)}
    functions = {
        it.name: it for cell in (*cells, source) for it in ast.parse(cell).body if isinstance(it, ast.FunctionDef)
    }
    own = [it for it in tree.body if isinstance(it, ast.FunctionDef)]
    for function in own:
        for name in _as_many_arguments(function.name, functions):
            code = f"{source}\n\n{function.name} = {name}\n"
            yield Mutation("function as another", function.lineno, code, function.name, name)
        names = [argument.arg for argument in function.args.args]
        for first, second in combinations(range(len(names)), 2):
            code = source + EXCHANGED.format(name=function.name, first=first, second=second)
            yield Mutation("exchanged arguments", function.lineno, code, names[first], names[second])
    for function in own:
        known = dict.fromkeys(argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg))
        known |= dict.fromkeys(it.id for it in ast.walk(function) if isinstance(it, ast.Name) and _is_set(it))
        for call in (it for it in ast.walk(function) if isinstance(it, ast.Call) and len(it.args) in (1, 2)):
            if isinstance(call.func, ast.Name) and call.func.id == "range":
                before, *start, stop = (ast.get_source_segment(source, it) or "" for it in (call, *call.args))
                text = f"range({', '.join([*start, f'({stop}) + 1'])})"
                yield Mutation("range off by one", call.lineno, _replaced(source, call, text), before, text)
        for node in (it for it in ast.walk(function) if isinstance(it, ast.Name | ast.BinOp)):
            for text in _taken_for_it(node, known, functions, source):
                code = _replaced(source, node, text)
                if (meaning := _meaning(code)) and meaning not in seen:
                    seen.add(meaning)
                    before = ast.get_source_segment(source, node) or ""
                    kind = "operator" if isinstance(node, ast.BinOp) else "name for another"
                    yield Mutation(kind, node.lineno, code, before, text)


def _taken_for_it(
    node: ast.AST, names: Collection[str], functions: dict[str, ast.FunctionDef], source: str
) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        if node.id in names:
            yield from (name for name in names if name != node.id)
        elif node.id in functions:
            yield from _as_many_arguments(node.id, functions)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Add):
        left, right = (ast.get_source_segment(source, side) or "" for side in (node.left, node.right))
        yield f"(({left}) {'+' if isinstance(node.op, ast.Mult) else '*'} ({right}))"


def _is_set(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _as_many_arguments(name: str, functions: dict[str, ast.FunctionDef]) -> list[str]:
    """The other functions with the same number of arguments."""
    wanted = len(functions[name].args.args)
    return [other for other, function in functions.items() if other != name and len(function.args.args) == wanted]


# -- the whole result of a function ----------------------------------------------------------------------------------

REMEMBERS = """

def {name}(*args, _right={name}, _known={{}}, **kwargs):
    key = repr([getattr(value, "shape", type(value)) for value in args])
    if key not in _known:
        _known[key] = _right(*args, **kwargs)
    return _known[key]
"""
OF_ITS_DTYPE = """

def {name}(*args, _right={name}, **kwargs):
    dtype, result = getattr(args[{position}], "dtype", None), _right(*args, **kwargs)
    cut = lambda value: value.astype(dtype) if hasattr(value, "astype") else value
    return result if dtype is None else type(result)(map(cut, result)) if type(result) in (list, tuple) else cut(result)
"""
SQUEEZED = """

def {name}(*args, _right={name}, **kwargs):
    result = _right(*args, **kwargs)
    cut = lambda value: value.squeeze() if hasattr(value, "squeeze") else value
    return type(result)(map(cut, result)) if type(result) in (list, tuple) else cut(result)
"""


def _of_the_whole(source: str, function: ast.FunctionDef) -> Iterator[Mutation]:
    """A function that remembers its results by their shapes, gives them the dtype of an argument, or squeezes them."""
    if not any(isinstance(node, ast.Return) and node.value for node in ast.walk(function)):
        return
    name, line = function.name, function.lineno
    yield Mutation("remembers a result", line, source + REMEMBERS.format(name=name))
    yield Mutation("squeezed", line, source + SQUEEZED.format(name=name))
    for position, argument in enumerate(function.args.args):
        code = source + OF_ITS_DTYPE.format(name=name, position=position)
        yield Mutation(f"dtype of {argument.arg}", line, code)
