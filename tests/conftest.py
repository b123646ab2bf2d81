"""The order in which files of tests are begun."""

from __future__ import annotations

import pytest

# Each file is one worker's, so the longest ones come first: none of them is then alone at the end.
LONGEST = [
    "test_lab.py",
    "test_mlp.py",
    "test_backprop.py",
    "test_demo.py",
    "test_nbgraders_interfaces.py",
    "test_attacks.py",
    "test_class.py",
    "test_probes.py",
    "test_live_by_hand.py",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    place = {name: i for i, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.name, len(place)))
