"""A question to answer before the next cell is run: a guess makes what follows worth looking at."""

from __future__ import annotations

import html
from collections.abc import Mapping

import ipywidgets as widgets
from IPython.display import display


class Question:
    """A question with choices; choosing one shows what there is to say about it. Made by `ask`."""

    def __init__(self, question: str, choices: Mapping[str, str]):
        self._question, self._choices = question, choices
        self._radio = widgets.RadioButtons(options=list(choices), value=None, layout={"width": "max-content"})
        self._radio.tooltip = question
        self._reply = widgets.HTML()
        self._radio.observe(self._answer, names="value")
        asked = widgets.HTML(f"<b>Predict:</b> {html.escape(question)}")
        self._widget = widgets.VBox([asked, self._radio, self._reply])

    def _answer(self, change: Mapping[str, str]) -> None:
        self._reply.value = f'<div role="status">{html.escape(self._choices[change["new"]])}</div>'

    def _ipython_display_(self) -> None:
        # Where there is no kernel to answer (a page, a preview), the replies are there to be unfolded.
        replies = "".join(
            f"<details><summary>{html.escape(choice)}</summary>{html.escape(reply)}</details>"
            for choice, reply in self._choices.items()
        )
        page = f"<p><b>Predict:</b> {html.escape(self._question)}</p>{replies}"
        text = "\n".join([f"Predict: {self._question}", *(f"- {choice}" for choice in self._choices)])
        display(self._widget._repr_mimebundle_() | {"text/html": page, "text/plain": text}, raw=True)


def ask(question: str, choices: Mapping[str, str]) -> Question:
    """Asks for a guess. Nothing waits for it and nothing is scored.

    Args:
        question: what will be seen.
        choices: each possible guess, with the reply to it. A reply sends the reader to look, and explains;
            a wrong guess gets as good a one as a right one.

    Returns:
        what the cell is to show: make it the cell's last line.
    """
    return Question(question, choices)
