"""The graph of a typed formula has the values and the gradients of the formula."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from utils import gates, live, plots

AT = {"x": 0.7, "y": -1.3, "z": 2.1}


def by_torch(text: str) -> tuple[float, dict[str, float]]:
    tensors = {name: torch.tensor(value, dtype=torch.float64, requires_grad=True) for name, value in AT.items()}
    functions = {name: getattr(torch, name) for name in ("sigmoid", "tanh", "exp", "log", "sin", "cos", "relu")}
    result = eval(text, {"max": torch.maximum, "min": torch.minimum, **functions, **tensors})
    result.backward()
    return result.item(), {name: tensor.grad.item() for name, tensor in tensors.items() if tensor.grad is not None}


@pytest.mark.parametrize(
    "text",
    [
        "(x*y + max(x, z))*2",
        "x*x*x - y/z",
        "sigmoid(2*x - y) * tanh(z)",
        "-log(sigmoid(x*y + z))",
        "min(x, y)**2 + exp(-z)",
        "relu(x + y) + relu(z) + sin(x)*cos(y)",
    ],
)
def test_values_and_gradients_are_those_of_autograd(text):
    nodes = gates.read(text)
    values = gates.forward(nodes, AT)
    grads = dict(zip([node.name for node in nodes], gates.backward(nodes, values)[-1].grads, strict=True))
    value, expected = by_torch(text)
    assert values[-1] == pytest.approx(value, rel=1e-12)
    for name, grad in expected.items():
        assert grads[name] == pytest.approx(grad, rel=1e-12, abs=1e-15), name


def test_a_variable_is_one_node_and_its_gradient_arrives_in_as_many_steps_as_it_has_uses():
    nodes = gates.read("x*x + x")
    assert [node.name for node in nodes] == ["x", "a: ×", "b: +"]
    steps = gates.backward(nodes, gates.forward(nodes, {"x": 3.0}))
    assert [step.grads[0] for step in steps if step.to == 0] == [1, 4, 7]


def test_a_formula_uses_the_variables_that_occur_in_it():
    assert [gates.uses("max(x, 2) + exp(x)", name) for name in "xyz"] == [True, False, False]
    assert gates.uses("x +", "z")


def test_numbers_get_no_gradient_and_a_name_each():
    nodes = gates.read("2*x + 2")
    assert len({node.name for node in nodes}) == len(nodes)
    steps = gates.backward(nodes, gates.forward(nodes, AT))
    assert [nodes[step.to].name for step in steps] == ["a: ×", "x"]


def test_no_two_nodes_are_drawn_in_one_place_and_all_arrows_point_right():
    nodes = gates.read("(x*y + max(x, z))*2 - sigmoid(y)")
    at = gates.places(nodes)
    assert len(set(at.values())) == len(nodes)
    for node in nodes:
        assert all(at[nodes[i].name][0] < at[node.name][0] for i in node.inputs)


@pytest.mark.parametrize("text", ["sigmoid(x*y) - max(x, 2)*x", "(x*y + max(x, z))*2", "x*x*x*x + y"])
def test_no_arrow_passes_behind_a_node(text):
    nodes = gates.read(text)
    at = {name: np.array(place) for name, place in gates.places(nodes).items()}
    for node in nodes:
        for start in (nodes[i].name for i in node.inputs):
            along = at[start] + np.linspace(0, 1, 101)[:, None] * (at[node.name] - at[start])
            for name in set(at) - {start, node.name}:
                inside = (np.abs(along - at[name]) < [0.85, 0.575]).all(axis=1)  # half of a node's width and height
                assert not inside.any(), f"{start} to {node.name} passes behind {name}"


def test_arrows_are_seen_in_every_graph_that_is_laid_out():
    (ax,) = plots.charts()
    show = gates.board(ax)
    picture = live.picture(
        lambda formula: show(formula, 0, "", {"x": 2.0, "y": 5.0, "z": 1.0}), ax, formula=live.text("x + y*z")
    )
    for formula in ("x*y*z", "x*y + z"):
        picture.set(formula=formula)
        again = live.picture(
            lambda formula: gates.board(ax)(formula, 0, "", {"x": 2.0, "y": 5.0, "z": 1.0}),
            ax,
            formula=live.text(formula),
        )
        assert picture.png == again.png


@pytest.mark.parametrize(
    "text, told",
    [
        ("x +", "not a formula"),
        ("x", "no gate"),
        ("w + x", "'w' is not understood"),
        ("max(x)", "max takes 2 numbers, but is given 1"),
        ("__import__('os')", "not understood"),
        ("x ** y", "not understood"),
        ("+".join("xyz" * 5), "too large"),
        ("", "not a formula"),
    ],
)
def test_what_is_not_understood_is_said(text, told):
    with pytest.raises(ValueError, match=told.replace("(", r"\(")):
        gates.read(text)


def test_where_a_formula_is_not_defined_its_value_is_not_finite():
    nodes = gates.read("log(x - x) + 1/y")
    assert not np.isfinite(gates.forward(nodes, AT)[-1])


def test_each_derivative_is_asked_for_before_it_is_shown():
    show = gates.board(plots.charts()[0])
    words = [show("x*y + z", step, "", {"x": 2.0, "y": 5.0, "z": 1.0}) for step in range(12)]
    assert (
        "forward: a: × is 10" in words[0] and "forward: b: + is 11" in words[1] and "backward pass begins" in words[2]
    )
    asked, told = words[3:11:2], words[4:11:2]
    assert all("how much" in text and "Type your guess" in text for text in asked)
    assert [text.partition(" to ")[2].split(",")[0] for text in told] == ["a: ×", "z", "x", "y"]
    assert "passes 1 · 5 = 5 to x, which now has 5" in told[2]
    assert words[11] == words[10]  # there is nothing after the last step


@pytest.mark.parametrize(
    "guess, told",
    [("5", "5 is right"), ("4,0", "4 is not right"), ("−5", "-5 is not right"), ("five", "'five' is not a number")],
)
def test_a_guess_is_judged(guess, told):
    show = gates.board(plots.charts()[0])
    assert told in show("x*y", 2, guess, {"x": 2.0, "y": 5.0, "z": 0.0})


def test_a_new_formula_gets_a_new_graph_and_one_that_cannot_be_read_leaves_the_old():
    (ax,) = plots.charts()
    show, at = gates.board(ax), {"x": 2.0, "y": 5.0, "z": 1.0}
    show("x*y", 0, "", at)
    few = len(ax.get_xticks()), ax.get_xlim()
    assert "cannot be drawn" in show("x*", 0, "", at) and (len(ax.get_xticks()), ax.get_xlim()) == few
    show("x*y*z + x", 0, "", at)
    assert ax.get_xlim()[1] > few[1][1]
    assert "is not defined" in show("log(x - 3)", 0, "", at)
