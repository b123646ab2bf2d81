"""What a page without a kernel shows of a picture: the same frames, of fewer settings."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from PIL import Image

from utils import live, pages, plots, quiz


def dot(presets: dict | None = None, **controls: live.Control) -> live.Picture:
    """A picture of a dot whose place depends on every control that has a number."""
    (ax,) = plots.charts(1)
    ax.set(xlim=(0, 99), ylim=(0, 99))
    (mark,) = ax.plot([0], [0], "o", ms=20)

    def move(**values):
        numbers = [value for value in values.values() if isinstance(value, int)]
        mark.set_data([sum(numbers)], [numbers[-1]])
        return f"{values}"

    return live.picture(move, ax, presets, **controls)


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """shipped(picture): what its page is told, with the folder of its images."""

    def ship(picture: live.Picture) -> tuple[dict, str]:
        folder = tmp_path / "lecture"
        monkeypatch.setenv("MLP_PAGES", str(folder))
        shown = []
        monkeypatch.setattr(live, "display", lambda data, **_: shown.append(data["text/html"]))
        picture._ipython_display_()
        return json.loads(re.search(r"<script[^>]*>(.*)</script>", shown[0]).group(1)), shown[0]

    ship.folder = tmp_path / "lecture"
    return ship


def image(folder, name: str) -> np.ndarray:
    return np.asarray(Image.open(folder / name).convert("RGBA"))


def test_what_differs_laid_over_the_picture_at_rest_is_the_picture_to_the_pixel(shipped):
    picture = dot(a=live.slider(3, 0, 6), b=live.slider(2, 0, 6))
    told, _ = shipped(picture)
    rest = image(shipped.folder, told["rest"])
    assert (rest == picture.pixels).all()
    for setting in ("0,2", "6,2", "3,5"):
        name, caption, _ = told["frames"][setting]
        over = image(shipped.folder, name)
        a, b = map(int, setting.split(","))
        picture.set(a=a, b=b)
        assert (np.where(over[..., 3:] > 0, over, rest) == picture.pixels).all()
        assert caption == picture.caption


def test_the_page_holds_the_still_picture_with_its_text_until_it_moves(shipped):
    _, page = shipped(dot(a=live.slider(1, 0, 3)))
    assert re.search(r'<figure.*<img src="\.\./_live/lecture/\w+\.webp" alt="\{&#x27;a&#x27;: 1\}".*<figcaption>', page)


def test_after_it_was_shipped_a_picture_is_where_it_was(shipped):
    picture = dot(a=live.slider(3, 0, 9))
    before = picture.png
    shipped(picture)
    assert picture.png == before and picture.caption == "{'a': 3}"


def test_few_settings_are_all_painted_and_of_many_those_where_one_control_moves(shipped, monkeypatch):
    told, _ = shipped(dot(a=live.slider(1, 0, 3), b=live.slider(1, 0, 4), c=live.choice("u", "v")))
    assert told["whole"] and len(told["frames"]) == 4 * 5 * 2
    monkeypatch.setattr(pages, "MOST_SETTINGS", 39)
    told, _ = shipped(dot(a=live.slider(1, 0, 3), b=live.slider(1, 0, 4), c=live.choice("u", "v")))
    assert not told["whole"] and len(told["frames"]) == 4 + 5 + 2 - 2
    assert all(sum(one != rest for one, rest in zip(map(int, key.split(",")), told["values"], strict=True)) <= 1
               for key in told["frames"])  # fmt: skip


def test_where_all_settings_would_weigh_too_much_one_control_moves(shipped, monkeypatch):
    monkeypatch.setattr(pages, "MOST_BYTES", 1000)
    assert not shipped(dot(a=live.slider(1, 0, 3), b=live.slider(1, 0, 4)))[0]["whole"]


def test_a_long_slider_keeps_its_ends_its_rest_and_its_presets(shipped):
    told, _ = shipped(dot({"far": {"a": 61}}, a=live.slider(4, 0, 99)))
    steps = told["controls"][0]["options"]
    assert len(steps) <= pages.MOST_STEPS + 3 and {"0", "4", "61", "99"} <= set(steps)
    assert [int(step) for step in steps] == sorted(int(step) for step in steps)
    assert steps[told["values"][0]] == "4" and steps[told["presets"][0][1]["0"]] == "61"


def test_what_is_typed_or_set_by_hand_stays_as_the_presets_have_it(shipped):
    (ax,) = plots.charts(1)
    picture = live.picture(
        lambda formula, points, a: f"{formula}, {len(points[:, 0])} points, {a}", ax,
        {"square": {"formula": "x**2"}, "two": {"points": [[0, 0, 0], [1, 1, 0]], "a": 2}},
        formula=live.text("x"), points=live.clicks(ax), a=live.slider(0, 0, 2),
    )  # fmt: skip
    told, _ = shipped(picture)
    assert [spec["kind"] for spec in told["controls"]] == ["fixed", "fixed", "range"]
    assert told["controls"][0]["options"] == ["x", "x**2"]
    captions = {caption for _, caption, _ in told["frames"].values()}
    assert captions == {"x, 0 points, 0", "x, 0 points, 1", "x, 0 points, 2", "x**2, 0 points, 0", "x, 2 points, 2"}


def test_a_question_on_a_page_holds_its_replies_for_those_without_scripts_too(monkeypatch, tmp_path):
    monkeypatch.setenv("MLP_PAGES", str(tmp_path))
    shown = []
    monkeypatch.setattr(quiz, "display", lambda data, **_: shown.append(data["text/html"]))
    quiz.ask("Is it </script>?", {"yes": "Look.", "no": "Why?"}, right="yes")._ipython_display_()
    (page,) = shown
    assert "<summary>yes</summary><strong>Right.</strong> Look.</details>" in page
    told = json.loads(re.search(r"<script[^>]*>(.*)</script>", page).group(1).replace("<\\/", "</"))
    assert told["question"] == "Is it </script>?" and told["replies"][0] == ["yes", "Right.", "Look."]
