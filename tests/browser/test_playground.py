"""The playground: it computes what torch computes, and a reader gets along with it by mouse, finger and keys."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect
from torch import nn

from utils import nets, pages, playground

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")

ROOT = Path(__file__).parents[2]
# The colours of the page around it, as JupyterLab gives them in the dark.
DARK = """@media (prefers-color-scheme: dark) {
  body { background: #131416; --jp-ui-font-color1: #e0e0e0; --jp-ui-font-color2: #b0b0b0; --jp-layout-color1: #131416; }
}"""
STEPS = 100
# The state of a run after each step: all weights and biases, layer by layer; the losses of both kinds of points.
WALK = """([set, steps]) => {
  const run = makeRun({ ...set, batch: BATCHES[set.batch] });
  const look = () => ({
    parameters: run.net.flatMap(({ W, b }) => [...W, ...b]),
    losses: [run.judge(run.train).loss, run.judge(run.test).loss],
  });
  const looks = [look()];
  for (let i = 0; i < steps; i++) run.step(), looks.push(look());
  return looks;
}"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page with the very code that the lectures and the site load."""
    context = browser.new_context(has_touch=True, viewport={"width": 1000, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(120_000)
    styles = "".join((ROOT / "utils" / f"{name}.css").read_text() for name in ("live", "playground"))
    code = pages.joined(ROOT / "utils" / "live.js", ROOT / "utils" / "playground.js", ROOT / "docs" / "page.js")
    head = f"<title>A page</title><style>{DARK} {styles}</style>"
    page.set_content(f'<html lang="en">{head}<body data-theme="auto"><main></main><script>{code}</script></html>')
    yield page
    context.close()


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    with nets.one_thread():
        yield


def settings(**changed: object) -> dict:
    return playground.show(**changed).told


def numbers(net: nn.Sequential) -> list[float]:
    """All weights and biases in the order of playground.js."""
    return [it.item() for layer in net[::2] for part in (layer.weight.T, layer.bias) for it in part.reshape(-1)]


@pytest.mark.parametrize("batch", ["10", "all"])
@pytest.mark.parametrize("hidden", [(4,), (5, 3)])
@pytest.mark.parametrize("activation", playground.ACTIVATIONS)
def test_weights_and_losses_are_those_of_torch_step_by_step(page, activation, hidden, batch):
    data = {(4,): "XOR", (5, 3): "spirals"}[hidden]
    told = settings(data=data, hidden=hidden, activation=activation, batch=batch, start=3, rate=0.3)
    looks = page.evaluate(WALK, [told, STEPS])
    X, y, X_test, y_test = (torch.as_tensor(it, dtype=torch.float64) for it in playground.points(data))
    net, loss = playground.net(hidden, activation, start=3), nn.BCEWithLogitsLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3)
    for look, now in zip(looks, playground.batches(len(X), playground.BATCHES[batch], start=3), strict=False):
        losses = [loss(net(points)[:, 0], labels).item() for points, labels in ((X, y), (X_test, y_test))]
        np.testing.assert_allclose(look["parameters"], numbers(net), rtol=0, atol=1e-6)
        np.testing.assert_allclose(look["losses"], losses, rtol=0, atol=1e-6)
        optimizer.zero_grad()
        loss(net(X[now])[:, 0], y[now]).backward()
        optimizer.step()
    assert len(looks) == STEPS + 1 and looks[0]["parameters"] != looks[-1]["parameters"]


@pytest.mark.parametrize("noise", [0, 0.5])
@pytest.mark.parametrize("name", playground.DATA_SETS)
def test_the_points_are_the_same_here_and_there(page, name, noise):
    made = page.evaluate("([name, noise]) => makePoints(name, noise)", [name, noise])
    X, y, X_test, y_test = playground.points(name, noise)
    np.testing.assert_allclose(made["train"], np.column_stack([X, y]), atol=1e-12)
    np.testing.assert_allclose(made["test"], np.column_stack([X_test, y_test]), atol=1e-12)
    assert 40 <= y.sum() <= 60 and not np.allclose(X, X_test)


def test_many_starts_side_by_side_are_each_what_the_playground_does(page):
    X, y, *_ = playground.points("circles")
    learned = playground.learn([0, 7], X, y, hidden=(3,), activation="ReLU", epochs=8)
    for i, start in enumerate([0, 7]):
        told = settings(data="circles", hidden=(3,), activation="ReLU", start=start)
        looks = page.evaluate(WALK, [told, 80])
        losses = [look["losses"][0] for look in looks[::10]]
        np.testing.assert_allclose(learned.losses[:, i], losses, atol=1e-9)


# Settings that change while it learns; 30 steps with each.
CHANGES = [dict(rate=0.03), dict(activation="sigmoid"), dict(activation="ReLU", rate=0.1)]


def test_what_changes_in_mid_run_holds_from_the_next_step_on(page):
    looks = page.evaluate(
        """([set, changes]) => {
          const run = makeRun({ ...set, batch: BATCHES[set.batch] });
          const looks = [];
          for (const change of [{}, ...changes]) {
            Object.assign(run.set, change);
            for (let i = 0; i < 30; i++) run.step();
            looks.push(run.net.flatMap(({ W, b }) => [...W, ...b]));
          }
          run.setPoints(makePoints("circles", 0));
          for (let i = 0; i < 15; i++) run.step();
          looks.push(run.net.flatMap(({ W, b }) => [...W, ...b]));
          return [looks, run.epochs()];
        }""",
        [settings(), CHANGES],
    )
    X, y, *_ = (torch.as_tensor(it, dtype=torch.float64) for it in playground.points("XOR"))
    net, order, found = playground.net((4,), "tanh"), playground.batches(100, 10), []
    activations = {"tanh": nn.Tanh(), "sigmoid": nn.Sigmoid(), "ReLU": nn.ReLU()}

    def descend(steps: int, rate: float) -> None:
        optimizer = torch.optim.SGD(net.parameters(), lr=rate)
        for _ in range(steps):
            now = next(order)
            optimizer.zero_grad()
            nn.functional.binary_cross_entropy_with_logits(net(X[now])[:, 0], y[now]).backward()
            optimizer.step()
        found.append(numbers(net))

    rate = 0.3
    for change in [{}, *CHANGES]:
        rate = change.get("rate", rate)
        net[1] = activations[change["activation"]] if "activation" in change else net[1]
        descend(30, rate)
    X, y, *_ = (torch.as_tensor(it, dtype=torch.float64) for it in playground.points("circles", 0))
    descend(15, rate)
    np.testing.assert_allclose(looks[0], found, rtol=0, atol=1e-6)
    assert looks[1] == 12 + 1.5


def shown(page: Page, **changed: object) -> Locator:
    """A playground on the page, in place of the one before."""
    page.evaluate(
        """told => {
          const main = document.querySelector("main");
          main.replaceChildren();
          showPlayground(main, told);
        }""",
        settings(**changed),
    )
    return page.locator(".playground")


def says(box: Locator, pattern: str) -> None:
    """Waits until what is shown, and what is read aloud, begins as a pattern does."""
    for part in (".playground-says", ".playground-status"):
        box.locator(part).get_by_text(re.compile(pattern)).wait_for(state="attached")


def test_by_keys_it_trains_to_the_hundredth_epoch_and_says_what_python_finds(page):
    box = shown(page)
    says(box, "^Epoch 0: training loss")
    box.get_by_label("each frame").select_option("10 epochs")
    box.get_by_role("button", name="100 epochs").press("Enter")
    X, y, X_test, y_test = playground.points("XOR")
    learned = playground.learn([0], X, y)
    loss, right = learned.losses[100, 0], learned.accuracies[100, 0]
    logits = nets.outputs(learned.net, X_test)[0, :, 0]
    tested = np.logaddexp(0, np.where(y_test == 1, -logits, logits)).mean()
    told = f"^Epoch 100: training loss {loss:.3f}, {100 * right:.0f} % of 100 points right; test loss {tested:.3f}"
    says(box, re.escape(told).replace(r"\^", "^"))
    expect(box.get_by_role("button", name="Play")).to_be_visible()


def test_it_plays_pauses_steps_and_goes_back(page):
    box = shown(page)
    box.get_by_role("button", name="Play").click()
    box.locator(".playground-says").get_by_text(re.compile("Epoch [1-9]")).wait_for()
    box.get_by_role("button", name="Pause").click()
    says(box, "^Epoch [1-9]")
    box.get_by_role("button", name="Reset").click()
    start = box.locator(".playground-says").text_content()
    says(box, "^Epoch 0:")
    box.get_by_role("button", name="Step").click()
    box.locator(".playground-says").filter(has_not_text=start.split(";")[0]).wait_for()
    says(box, "^Epoch 0:")


def test_points_are_set_by_mouse_finger_and_keys(page):
    box = shown(page, data="your own")
    says(box, "There are no points to learn from")
    plane = box.get_by_role("application")
    plane.scroll_into_view_if_needed()
    plane.click(position={"x": 50, "y": 60})
    says(box, "of 1 points right")
    plane.tap(position={"x": 150, "y": 160})
    says(box, "of 2 points right")
    for key in ("0", "ArrowLeft", "ArrowUp", "Enter"):
        plane.press(key)
    says(box, "of 3 points right")
    expect(plane.get_by_role("status")).to_have_text("−0.25, 0.25")
    expect(box.get_by_role("radio", name="class 0")).to_be_checked()
    plane.press("Backspace")
    says(box, "of 2 points right")


def test_a_unit_is_chosen_and_its_weights_are_changed(page):
    box = shown(page)
    unit = box.get_by_role("button", name="unit 2 of hidden layer 1")
    unit.press("Enter")
    page.wait_for_function("it => it.getAttribute('aria-pressed') == 'true'", arg=unit.element_handle())
    before = box.locator(".playground-says").text_content()
    weight = box.get_by_role("group", name="Weights of the chosen unit").get_by_label("from x₁")
    assert float(weight.input_value()) == round(playground.net((4,), "tanh")[0].weight[1, 0].item(), 2)
    weight.fill("5")
    box.locator(".playground-says").filter(has_not_text=before).wait_for()


def test_widths_data_and_activation_change_what_is_shown(page):
    box = shown(page)
    box.get_by_role("slider", name="hidden layer 2").press("End")
    box.get_by_role("button", name="unit 8 of hidden layer 2").wait_for()
    expect(box.locator(".playground-unit")).to_have_count(2 + 4 + 8 + 1)
    start = box.locator(".playground-says").text_content()
    box.get_by_text("circles", exact=True).click()
    box.locator(".playground-says").filter(has_not_text=start).wait_for()


@pytest.mark.slow  # axe takes its time
@pytest.mark.parametrize("width, scheme", [(1000, "light"), (390, "dark")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(page, width, scheme):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    shown(page, hidden=(8, 8))
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    found = Axe().run(page, context="main", options={"preload": False}).response
    assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found["violations"]] == []
    page.set_viewport_size({"width": 1000, "height": 900})
    page.emulate_media(color_scheme="light")


def test_what_no_control_can_say_is_refused():
    for changed in (dict(data="moons"), dict(hidden=(9,)), dict(hidden=(1, 2, 3)), dict(rate=0.2), dict(start=20)):
        with pytest.raises(ValueError, match=f"{next(iter(changed))}: .* is not one of"):
            playground.show(**changed)
