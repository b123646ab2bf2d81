"""``grade(assignment, submission) -> GradedSubmission``: templates, slots, plans, the graded notebook."""
