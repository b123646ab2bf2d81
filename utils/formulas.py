"""A formula typed by a reader, turned into a function: parsed, never run as Python."""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable

import numpy as np

FUNCTIONS: dict[str, Callable[..., np.ndarray]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "tanh": np.tanh, "exp": np.exp, "log": np.log, "ln": np.log,
    "sqrt": np.sqrt, "abs": np.abs, "max": np.maximum, "min": np.minimum,
}  # fmt: skip
OF_TWO = ("max", "min")
CONSTANTS = {"pi": np.pi, "π": np.pi, "e": np.e}
OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow, ast.UAdd: operator.pos, ast.USub: operator.neg,
}  # fmt: skip
SPELLINGS = {"^": "**", "²": "**2", "³": "**3", "·": "*", "×": "*", "−": "-"}
LONGEST = 100


def read(text: str) -> Callable[[np.ndarray], np.ndarray]:
    """The function of x that a formula describes.

    Args:
        text: such as "x**2", "x² − 1" or "max(0, x) + exp(-x)": numbers, x, e, pi, + - * / ** ^, brackets, and
            the names in `FUNCTIONS`.

    Returns:
        a function from an array to a float array of the same shape; not finite where the formula is undefined.

    Raises:
        ValueError: says what in the formula was not understood.
    """
    if not text.strip():
        raise ValueError("there is no formula yet: type one, such as x**2")
    if len(text) > LONGEST:
        raise ValueError(f"the formula is {len(text)} characters long; {LONGEST} is the most")
    spelled = text
    for theirs, ours in SPELLINGS.items():
        spelled = spelled.replace(theirs, ours)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "2x" makes Python warn before it fails
            tree = ast.parse(spelled.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ValueError(f"{text!r} is not a formula: is a bracket open, or a * missing (2*x, not 2x)?") from None
    value = _compile(tree)

    def function(x: np.ndarray) -> np.ndarray:
        x = np.asarray(x, dtype=float)
        with np.errstate(all="ignore"):
            return np.broadcast_to(value(x), x.shape).astype(float)

    return function


def _compile(node: ast.expr) -> Callable[[np.ndarray], np.ndarray]:
    """The function of x described by a part of the formula; anything that is not in the lists above is rejected."""
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            try:
                constant = np.float64(number)  # 9**9**9 overflows at once, where Python's integers would take forever
            except OverflowError:
                raise ValueError("a number in it is too large") from None
            return lambda x: constant
        case ast.Name(id="x"):
            return lambda x: x
        case ast.Name(id=name) if name in CONSTANTS:
            return lambda x: np.float64(CONSTANTS[name])
        case ast.Name(id=name) if name in FUNCTIONS:
            raise ValueError(f"{name} needs brackets: {name}(x)")
        case ast.Name(id=name):
            raise ValueError(f"{name!r} is not known here: the variable is x, functions are {', '.join(FUNCTIONS)}")
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            apply, one, other = OPERATORS[type(op)], _compile(left), _compile(right)
            return lambda x: apply(one(x), other(x))
        case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
            apply, one = OPERATORS[type(op)], _compile(operand)
            return lambda x: apply(one(x))
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            if len(args) != (wanted := 2 if name in OF_TWO else 1):
                raise ValueError(f"{name} takes {wanted} number{'s' * (wanted > 1)}, but is given {len(args)}")
            apply, inner = FUNCTIONS[name], [_compile(arg) for arg in args]
            return lambda x: apply(*(one(x) for one in inner))
        case ast.Call(func=ast.Name(id=name)):
            raise ValueError(f"there is no function {name!r}; there are {', '.join(FUNCTIONS)}")
        case _:
            raise ValueError(f"{ast.unparse(node)!r} is not understood: use x, numbers, + - * / ** and functions")
