"""The computational graph of a formula typed by a reader: parsed, never run as Python.

    gates = read("(x*y + max(x, z)) * 2")
    values = forward(gates, {"x": 1.0, "y": 2.0, "z": 3.0})
    for step in backward(gates, values):
        ...  # which gate passes how much of the gradient to which of its inputs

A gate is a node that computes something from other nodes. Variables and numbers are nodes too.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from .graphs import graph

VARIABLES = ("x", "y", "z")
MOST = 14  # nodes
DEEPEST = 6  # gates on the longest path
SPELLINGS = {"^": "**", "²": "**2", "³": "**3", "·": "*", "×": "*", "−": "-", "σ": "sigmoid"}


@dataclass(frozen=True)
class Kind:
    """What a gate computes.

    Attributes:
        sign: its symbol in the graph.
        apply: its value, from its inputs.
        slopes: its derivative with respect to each input, from its inputs.
        rule: what it does to a gradient, in words.
    """

    sign: str
    apply: Callable[..., float]
    slopes: Callable[..., tuple[float, ...]]
    rule: str


def _function(name: str, apply: Callable, slope: Callable) -> Kind:
    """A function of one number."""
    return Kind(name, apply, lambda a: (slope(a),), f"{name} multiplies by its derivative at its input")


def _power(n: float) -> Kind:
    return Kind(f"^{n:g}", lambda a: a**n, lambda a: (n * a ** (n - 1),), f"^{n:g} multiplies by {n:g}·input^{n - 1:g}")


def _sigmoid(a: float) -> float:
    return 1 / (1 + np.exp(-a))


_ROUTES = "routes: all of it goes to the {} input, nothing to the other"
OPERATORS = {
    ast.Add: Kind("+", lambda a, b: a + b, lambda a, b: (1.0, 1.0), "add distributes: each gets it unchanged"),
    ast.Sub: Kind("−", lambda a, b: a - b, lambda a, b: (1.0, -1.0), "subtract distributes, and flips the second sign"),
    ast.Mult: Kind("×", lambda a, b: a * b, lambda a, b: (b, a), "multiply swaps: each gets it times the other input"),
    ast.Div: Kind("÷", lambda a, b: a / b, lambda a, b: (1 / b, -a / b**2), "divide multiplies by 1/b, and by −a/b²"),
}  # fmt: skip
NEGATIVE = Kind("negative", lambda a: -a, lambda a: (-1.0,), "the minus flips its sign")
FUNCTIONS = {
    "max": Kind("max", max, lambda a, b: (1.0, 0.0) if a >= b else (0.0, 1.0), "max " + _ROUTES.format("larger")),
    "min": Kind("min", min, lambda a, b: (1.0, 0.0) if a <= b else (0.0, 1.0), "min " + _ROUTES.format("smaller")),
    "relu": Kind("relu", lambda a: max(a, 0.0), lambda a: (float(a > 0),), "relu passes it on where its input is > 0"),
    "sigmoid": _function("σ", _sigmoid, lambda a: _sigmoid(a) * _sigmoid(-a)),
    "tanh": _function("tanh", np.tanh, lambda a: 1 - np.tanh(a) ** 2),
    "exp": _function("exp", np.exp, np.exp),
    "log": _function("log", np.log, lambda a: 1 / a),
    "sin": _function("sin", np.sin, np.cos),
    "cos": _function("cos", np.cos, lambda a: -np.sin(a)),
}
OF_TWO = ("max", "min")


@dataclass(frozen=True)
class Node:
    """A node of the graph.

    Attributes:
        name: for a variable or a number, its name; for a gate, a letter and its sign, such as "a: ×".
        kind: what a gate computes; None for a variable or a number.
        inputs: the indices of its input nodes in the list.
        number: the value of a node that is a number, otherwise None.
    """

    name: str
    kind: Kind | None = None
    inputs: tuple[int, ...] = ()
    number: float | None = None


@dataclass(frozen=True)
class Step:
    """One step of the backward pass, along one edge.

    Attributes:
        gate: the node that passes the gradient on.
        to: the input that receives it.
        slope: the factor by which the gradient is multiplied on the way.
        grads: the gradients of all nodes after this step.
    """

    gate: int
    to: int
    slope: float
    grads: tuple[float, ...]


def read(text: str) -> list[Node]:
    """The nodes of a formula, each after those that it is computed from; the last one is the result.

    Args:
        text: numbers, x, y, z, + - * / ^, brackets and the names in `FUNCTIONS`. A variable is one node, however often
            it occurs.

    Raises:
        ValueError: says what in the formula was not understood, or that it is too large to draw.
    """
    spelled = text.strip()
    for theirs, ours in SPELLINGS.items():
        spelled = spelled.replace(theirs, ours)
    try:
        tree = ast.parse(spelled, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ValueError(f"{text!r} is not a formula: is a bracket open, or a * missing?") from None
    nodes: list[Node] = []
    _add(tree, nodes)
    if not nodes[-1].kind:
        raise ValueError("it contains no gate: type a formula such as (x*y + max(x, z))*2")
    if len(nodes) > MOST or max(levels(nodes)) > DEEPEST:
        raise ValueError(f"it is too large to draw: at most {MOST} nodes, and {DEEPEST} gates one after the other")
    return nodes


def _add(tree: ast.expr, nodes: list[Node]) -> int:
    """Adds the nodes of a part of the formula to the list; returns the index of its result."""
    match tree:
        case ast.Name(id=name) if name in VARIABLES:
            return _leaf(Node(name), nodes)
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool) and abs(number) < 1e6:
            return _leaf(Node(f"{number:g}", number=float(number)), nodes)
        case ast.BinOp(left=base, op=ast.Pow(), right=ast.Constant(value=int() | float() as n)) if 0 < n < 10:
            kind, parts = _power(n), [base]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            kind, parts = OPERATORS[type(op)], [left, right]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            kind, parts = NEGATIVE, [operand]
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in FUNCTIONS:
            if len(args) != (wanted := 2 if name in OF_TWO else 1):
                raise ValueError(f"{name} takes {wanted} number{'s' * (wanted > 1)}, but is given {len(args)}")
            kind, parts = FUNCTIONS[name], args
        case _:
            names = ", ".join(FUNCTIONS)
            raise ValueError(f"{ast.unparse(tree)!r} is not understood: use x, y, z, numbers, + - * / ^, {names}")
    inputs = tuple(_add(part, nodes) for part in parts)
    letter = "abcdefghijklmn"[min(13, sum(node.kind is not None for node in nodes))]
    nodes.append(Node(f"{letter}: {kind.sign}", kind, inputs))
    return len(nodes) - 1


def _leaf(node: Node, nodes: list[Node]) -> int:
    """The index of a variable, which is one node however often it is used, or of a number."""
    if node.number is None and node in nodes:
        return nodes.index(node)
    nodes.append(node if node.number is None else _own_name(node, nodes))
    return len(nodes) - 1


def _own_name(node: Node, nodes: Sequence[Node]) -> Node:
    """Makes the name of a repeated number unique by adding invisible spaces."""
    name = node.name
    while name in [other.name for other in nodes]:
        name += " "
    return Node(name, number=node.number)


def uses(formula: str, variable: str) -> bool:
    """Whether a variable occurs in a formula; true for every variable if the formula cannot be parsed."""
    try:
        return variable in [node.name for node in read(formula)]
    except ValueError:
        return True


def levels(nodes: Sequence[Node]) -> list[int]:
    """For each node, the number of gates on the longest path to it."""
    found: list[int] = []
    for node in nodes:
        found.append(1 + max(found[i] for i in node.inputs) if node.inputs else 0)
    return found


def forward(nodes: Sequence[Node], variables: Mapping[str, float]) -> list[float]:
    """The value of each node; not finite where the formula is undefined."""
    values: list[float] = []
    with np.errstate(all="ignore"):
        for node in nodes:
            if node.kind:
                values.append(float(node.kind.apply(*(np.float64(values[i]) for i in node.inputs))))
            else:
                values.append(float(variables[node.name] if node.number is None else node.number))
    return values


def backward(nodes: Sequence[Node], values: Sequence[float]) -> list[Step]:
    """The steps in which the gradient of the result moves back, edge by edge; numbers get none."""
    grads = [0.0] * len(nodes)
    grads[-1] = 1.0
    steps = []
    with np.errstate(all="ignore"):
        for place in reversed(range(len(nodes))):
            node = nodes[place]
            slopes = node.kind.slopes(*(np.float64(values[i]) for i in node.inputs)) if node.kind else ()
            for to, slope in zip(node.inputs, slopes, strict=True):
                if nodes[to].number is None:
                    grads[to] += grads[place] * float(slope)
                    steps.append(Step(place, to, float(slope), tuple(grads)))
    return steps


def places(nodes: Sequence[Node], across: float = 2.7, down: float = 1.6) -> dict[str, tuple[float, float]]:
    """The position of each node, by its name: the result on the right, variables and numbers left of their first use.

    Out of a few hundred arrangements, this is the one in which the fewest arrows pass behind nodes or cross each other.
    """
    column_of = levels(nodes)
    for i, node in enumerate(nodes):
        if not node.kind:
            column_of[i] = min(column_of[j] for j, user in enumerate(nodes) if i in user.inputs) - 1
    x = across * np.array(column_of, dtype=float)
    arrows = np.array(list(dict.fromkeys((i, j) for j, node in enumerate(nodes) for i in node.inputs)))
    random, best = np.random.default_rng(0), (np.inf, x)
    for spare in (0, 1, 2):
        for _ in range(100):
            y = np.zeros(len(nodes))
            for column in set(column_of):
                here = [i for i, at in enumerate(column_of) if at == column]
                rows = len(here) + spare
                y[here] = down * (random.permutation(rows)[: len(here)] - (rows - 1) / 2)
            best = min(best, (_untidiness(x, y, arrows), y), key=lambda it: it[0])
        if best[0] < 10:  # no arrow passes behind a node
            break
    return {node.name: (float(x[i]), float(best[1][i])) for i, node in enumerate(nodes)}


def _untidiness(x: np.ndarray, y: np.ndarray, arrows: np.ndarray) -> float:
    """The penalty of a drawing: 10 per node that an arrow passes behind, 1 per crossing, a little for steep arrows.

    Args:
        x, y: where the nodes are, (N,).
        arrows: from which node to which, (A, 2).
    """
    start, end = arrows.T
    along = np.linspace(0.02, 0.98, 33)[:, None]
    ax, ay = (at[start] + along * (at[end] - at[start]) for at in (x, y))  # (33, A)
    behind = ((np.abs(ax[..., None] - x) < 0.95) & (np.abs(ay[..., None] - y) < 0.65)).any(axis=0)  # (A, N)
    behind[np.arange(len(arrows)), start] = behind[np.arange(len(arrows)), end] = False
    same = (x[start][:, None] == x[start]) & (x[end][:, None] == x[end])
    crossing = same & ((y[start][:, None] - y[start]) * (y[end][:, None] - y[end]) < 0)
    return 10 * behind.sum() + crossing.sum() / 2 + 0.05 * np.abs(y[end] - y[start]).sum()


def board(ax: Axes) -> Callable[[str, int, str, Mapping[str, float]], str]:
    """A graph to step through, forward and then backward; each derivative is asked for before it is shown.

    Args:
        ax: the axes; the graph is laid out again when the formula changes.

    Returns:
        show(formula, step, guess, variables): shows one step and returns a description; for a formula that cannot be
        parsed, only the description changes.
    """
    drawn: dict[str, Any] = {"formula": None}

    def show(formula: str, step: int, guess: str, variables: Mapping[str, float]) -> str:
        try:
            if drawn["formula"] != formula:
                nodes = read(formula)
                ax.clear()
                ax.patch.set_visible(False)  # it was changed, so it would be redrawn on top of the arrows
                edges = dict.fromkeys((nodes[i].name, node.name) for node in nodes for i in node.inputs)
                drawn.update(formula=formula, nodes=nodes, show=graph(ax, places(nodes), list(edges), (1.7, 1.15)))
        except ValueError as error:
            return f"This cannot be drawn: {error}."
        values = forward(drawn["nodes"], variables)
        if not np.isfinite(values).all():
            drawn["show"]({})
            return (
                f"{formula} is not defined at " + ", ".join(f"{name} = {at:g}" for name, at in variables.items()) + "."
            )
        scene, words = _scene(drawn["nodes"], values, step, guess)
        drawn["show"](**scene)
        used = ", ".join(f"{name} = {at:g}" for name, at in variables.items() if uses(formula, name))
        return f"{used}. {words}" if used else words

    return show


def _scene(nodes: Sequence[Node], values: Sequence[float], number: int, guess: str) -> tuple[dict[str, Any], str]:
    """What `graph` shows at a step, and its description."""
    computed = [i for i, node in enumerate(nodes) if node.kind]
    back = backward(nodes, values)
    last = len(computed) + 2 * len(
        back
    )  # forward, the start of the backward pass, a question and an answer for each edge
    number = min(number, last)
    if number < len(computed):
        at = computed[number]
        lines = {node.name: f"{values[i]:.4g}" for i, node in enumerate(nodes) if i <= at or not node.kind}
        came = [(nodes[i].name, nodes[at].name) for i in nodes[at].inputs]
        words = f"Step {number} of {last}, forward: {nodes[at].name} is {values[at]:.4g}."
        return dict(lines=lines, marked=[nodes[at].name], along=came), words
    edge, asks = divmod(number - len(computed) - 1, 2)
    shown = edge + asks  # edges whose derivative is known
    grads = back[shown - 1].grads if shown > 0 else (*[0.0] * (len(nodes) - 1), 1.0)
    lines = {
        node.name: f"{values[i]:.4g}" + ("" if node.number is not None else f"\ngrad {grads[i]:.4g}")
        for i, node in enumerate(nodes)
    }
    if number == len(computed):
        name = nodes[-1].name
        words = (
            f"Step {number} of {last}: the backward pass begins. The gradient of {name} is 1, all others are 0 so far."
        )
        return dict(lines=lines, marked=[name]), words
    step = back[edge]
    gate, to = nodes[step.gate], nodes[step.to].name
    passed, arrow = step.grads[step.gate] * step.slope, (to, gate.name)
    scene = dict(lines=lines, marked=[to], along=[arrow], backward=True)
    here = f"Step {number} of {last}"
    if not asks:
        rule = f"{gate.name} has gradient {step.grads[step.gate]:.4g}, and {gate.kind.rule}"
        words = f"{here}: how much does gate {gate.name} pass to {to}? ({rule}.) {judge(guess, passed)}"
        return scene | dict(notes={arrow: "× ?"}), words
    words = f"{here}: gate {gate.name} passes {step.grads[step.gate]:.4g} · {step.slope:.4g} = {passed:.4g} to {to}"
    notes = {arrow: f"× {step.slope:.4g}"}
    return scene | dict(notes=notes), f"{words}, which now has {step.grads[step.to]:.4g}."


def judge(guess: str, right: float) -> str:
    """The reply to a typed number."""
    try:
        number = float(guess.replace("−", "-").replace(",", "."))
    except ValueError:
        return "Type your guess." if not guess.strip() else f"{guess!r} is not a number."
    return f"{number:g} is right." if np.isclose(number, right, rtol=0.01, atol=0.005) else f"{number:g} is not right."
