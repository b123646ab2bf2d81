"""Our page for stock `nbgrader generate_feedback`, if ``c.GenerateFeedback.exporter_class`` names `FeedbackPage`."""

from __future__ import annotations

from typing import Any

from nbconvert.exporters import Exporter, HTMLExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from ..course.converting import waits_for_a_person
from .feedback import feedback_page


class FeedbackPage(HTMLExporter):
    """Makes the same page as `autograder grade`, from a notebook that nbgrader's own preprocessors have filled in."""

    def from_notebook_node(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **more: Any
    ) -> tuple[Any, dict[str, Any]]:
        """The page of an autograded notebook as text, and nbconvert's resources."""
        made, found = Exporter.from_notebook_node(self, nb, resources, **more)
        where = found["nbgrader"]
        with Gradebook(where["db_url"]) as gradebook:
            submission = gradebook.find_submission_notebook(where["notebook"], where["assignment"], where["student"])
            waiting = {grade.name for grade in submission.grades if waits_for_a_person(grade)}
        for cell in made.cells:
            about = cell.metadata.get("nbgrader", {})
            if about.get("grade_id") in waiting:
                about["waiting"] = about.get("points", 0)
        return feedback_page(made, where), found
