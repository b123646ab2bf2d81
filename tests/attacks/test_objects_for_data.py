"""Objects of the student's that answer ``==`` themselves, where the reference gives plain data beside its objects."""

from __future__ import annotations

import pytest
from small_course import graded_exercises

pytestmark = pytest.mark.sandbox
STATE = """\
from dataclasses import dataclass


@dataclass
class State:
    n: int


def step(state, k):
    return State(state.n + k), 2 * k
"""
GAME = (
    STATE.replace("State", "Game")
    .replace("step", "play")
    .replace("Game(state.n + k), 2 * k", "{'on': Game(7), 'k': k}")
)
WALLET = """\
class Wallet:
    def __init__(self, cents):
        self.cents = cents

    def __eq__(self, other):
        return self.cents == other.cents


def largest(wallets):
    return max(wallets, key=lambda wallet: wallet.cents)


def doubled(wallet):
    return Wallet(2 * wallet.cents)
"""
RUN = """\
class Run:
    def __init__(self, n):
        self.n = n

    def __eq__(self, other):
        return self.n == other.n


def simulate(n, tell):
    for i in range(n):
        tell(i * i)
    return Run(n)
"""
TREE = """\
class Tree:
    def __init__(self, value, children=()):
        self.value, self.children = value, list(children)

    def __len__(self):
        return 1 + sum(map(len, self.children))


def split(tree):
    return tree.children[0], {"rest": tree.children[1:], "sizes": (len(tree), tree.value)}


def walk(tree, see):
    see(tree)
    for child in tree.children:
        walk(child, see)


def biggest(tree):
    return max([tree, *tree.children], key=lambda one: one.value)
"""
COSTS = """\
from dataclasses import dataclass
import numpy as np


@dataclass
class Node:
    n: int


def costs(nodes):
    return [(node, 2 * node.n) for node in nodes]


def pair(node):
    return [node, node.n]


def table(node):
    return node, np.arange(node.n)


def visit(nodes, see):
    for depth, node in enumerate(nodes):
        see(node, depth)
"""
EXERCISES = {
    "Costs": (
        COSTS,
        "nodes = [Node(1), Node(2)]\nassert costs(nodes) == [(Node(1), 2), (Node(2), 4)]\n"
        "assert pair(nodes[0]) == [Node(1), 1]\nnode, numbers = table(Node(3))\n"
        "assert node == Node(3) and (numbers == [0, 1, 2]).all()\n"
        "seen = []\nvisit(nodes, lambda node, depth: seen.append((node, depth)))\n"
        "assert seen == [(Node(1), 0), (Node(2), 1)]",
    ),
    "State": (STATE, "state, reward = step(State(3), 2)\nassert state == State(5)\nassert reward == 4"),
    "Game": (GAME, "told = play(Game(3), 4)\nassert told['on'] == Game(7)\nassert told['k'] == 4"),
    "Wallet": (
        WALLET,
        "wallet = Wallet(90)\nbest = largest([wallet, Wallet(3)])\nassert wallet == Wallet(90)\n"
        "assert best.cents == 90\nassert doubled(wallet).cents == 180",
    ),
    "Run": (
        RUN,
        "seen = []\ndef tell(number):\n    assert number in (0, 1, 4)\n    seen.append(number)\n"
        "assert simulate(3, tell) == Run(3)\nassert seen[2] == 4",
    ),
    "Tree": (
        TREE,
        "tree = Tree(1, [Tree(2), Tree(3, [Tree(4)])])\nfirst, more = split(tree)\nassert len(tree) == 4\n"
        "assert len(first) == 1 and first.value == 2 and len(more['rest'][0]) == 2 and more['sizes'] == (4, 1)\n"
        "sizes = []\nwalk(tree, lambda one: sizes.append(len(one)))\nassert sizes == [4, 1, 2, 1]\n"
        "assert biggest(tree).value == 3 and len(biggest(tree).children[0]) == 1",
    ),
}


def always_equal(code: str) -> str:
    """The code, with a class whose objects are equal to everything."""
    if "return self" in code:
        for own in ("self.cents == other.cents", "self.n == other.n"):
            code = code.replace(own, "True")
    return code.replace("    n: int", "    n: int\n\n    def __eq__(self, other):\n        return True")


EQUAL_NODES = COSTS.replace("    n: int", "    n: int\n\n    def __eq__(self, other):\n        return True")
FORGED = {
    "Costs": [
        EQUAL_NODES.replace(*changed)
        for changed in (
            ("2 * node.n", "node"),
            ("[(node, 2 * node.n) for", "[[node, [node]] for"),
            ("[(node, 2 * node.n) for node in nodes]", "tuple((node, node) for node in nodes)"),
            ("return [node, node.n]", "return [node, node]"),
            ("return [node, node.n]", "return {'a': node, 'b': node}.values()"),
            ("np.arange(node.n)", "np.array([node] * 3)"),
            ("np.arange(node.n)", "[node] * 3"),
            ("see(node, depth)", "see(node, node)"),
            ("see(node, depth)", "see(node, depth=node)"),
        )
    ],
    "State": [always_equal(STATE).replace("2 * k", reward) for reward in ("state", "State(0)", "[state][0]")],
    "Game": [always_equal(GAME).replace("'k': k", told) for told in ("'k': state", "'k': Game(0)")],
    "Wallet": [
        always_equal(WALLET).replace("return max(", "made = Wallet(wallets[0])\n    return made\n    return max("),
        always_equal(WALLET).replace(
            "return Wallet(2", "wallet.cents = wallet\n    return wallet\n    return Wallet(2"
        ),
    ],
    "Run": [
        always_equal(RUN).replace("tell(i * i)", "tell(Run(0))"),
        always_equal(RUN).replace("tell(i * i)", "tell(number=Run(0))"),
    ],
}
HONEST = {
    "Costs": [
        COSTS.replace(*changed)
        for changed in (
            ("[(node, 2 * node.n) for node in nodes]", "[(Node(node.n), sum([node.n] * 2)) for node in nodes]"),
            ("see(node, depth)", "see(Node(node.n), depth=depth)"),
        )
    ],
    "State": [STATE.replace("return State(state.n + k), 2 * k", "state.n += k\n    return [state, k + k]")],
    "Game": [GAME.replace("{'on': Game(7), 'k': k}", "{'k': k, 'before': state, 'on': Game(7)}")],
    "Tree": [
        TREE.replace("return max([tree, *tree.children], key=lambda one: one.value)", more)
        for more in (
            "best = max([tree, *tree.children], key=lambda one: one.value)\n    return Tree(best.value, best.children)",
            "return sorted([tree, *tree.children], key=lambda one: one.value)[-1]",
        )
    ],
    "Wallet": [WALLET.replace("return max(wallets", "return max(wallets[::-1]")],
}


@pytest.fixture(scope="module")
def lost(tmp_path_factory):
    """The tests that do not pass where this code is the answer to an exercise."""
    with graded_exercises(tmp_path_factory.mktemp("objects"), EXERCISES) as graded:
        yield lambda name, code: [it.cell for it in graded({name: code}).cells if it.score != it.max_score]


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, codes in FORGED.items() for code in codes])
def test_an_object_that_is_equal_to_everything_gets_no_point(lost, name, code):
    assert lost(name, code) == [f"test_{name}"]


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, codes in HONEST.items() for code in codes])
def test_the_same_objects_given_otherwise_get_their_points(lost, name, code):
    assert lost(name, code) == []
