"""Notebooks whose JSON was edited: nbgrader's metadata, and everything that a reader may stumble over."""

import copy

from .attack import Attack, of


def _cell(nb: dict, name: str) -> dict:
    return next(c for c in nb["cells"] if c["metadata"]["nbgrader"]["grade_id"] == name)


def _tests(nb: dict) -> list[dict]:
    return [c for c in nb["cells"] if c["metadata"]["nbgrader"]["grade"]]


def _each_test(change):
    def edit(nb: dict) -> None:
        for cell in _tests(nb):
            change(cell)

    return edit


def _empty_twin(nb: dict) -> None:
    for cell in _tests(nb):
        nb["cells"].append({**copy.deepcopy(cell), "source": "", "id": cell["id"] + "-again"})


def _renamed(cell: dict) -> None:
    cell["metadata"]["nbgrader"]["grade_id"] += "_mine"
    cell["source"] = "pass"


def _bonus(nb: dict) -> None:
    cell = copy.deepcopy(_tests(nb)[0])
    cell["metadata"]["nbgrader"] |= {"grade_id": "bonus", "points": 100}
    nb["cells"].append({**cell, "source": "pass", "id": "bonus"})


def _deleted(nb: dict) -> None:
    nb["cells"] = [c for c in nb["cells"] if c not in _tests(nb)]


def _given_edited(nb: dict) -> None:
    _cell(nb, "given")["source"] += "\ny_test = np.full(20, 2)"


def _data_in_a_cell_of_its_own(nb: dict) -> None:
    extra = {**copy.deepcopy(_cell(nb, "given")), "source": "y_test = np.full(20, 2)", "id": "x", "metadata": {}}
    nb["cells"].insert(nb["cells"].index(_cell(nb, "test_predict")), extra)


def _set(*path, value):
    def edit(nb: dict) -> None:
        where = nb
        for step in path[:-1]:
            where = where[step]
        where[path[-1]] = value

    return edit


def _many_cells(nb: dict) -> None:
    one = {"cell_type": "code", "source": "1", "metadata": {}, "outputs": [], "execution_count": None}
    nb["cells"] += [{**one, "id": f"n{n}"} for n in range(30_000)]


def _nested(depth: int):
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


def _source(text):
    return _set("cells", 1, "source", value=text)


ATTACKS = of(
    "notebook JSON",
    Attack("points_raised", "points", edit=_each_test(lambda c: c["metadata"]["nbgrader"].update(points=1000)),
           as_submitted=True),
    Attack("tests_emptied", "points", edit=_each_test(lambda c: c.update(source="")), as_submitted=True),
    Attack("tests_renamed", "points", edit=_each_test(_renamed), as_submitted=True),
    Attack("tests_doubled_by_empty_ones", "points", edit=_empty_twin, as_submitted=True),
    Attack("test_of_ones_own", "points", edit=_bonus, as_submitted=True),
    Attack("given_data_edited", "points", edit=_given_edited, as_submitted=True),
    Attack("given_data_in_a_cell_of_its_own", "points", edit=_data_in_a_cell_of_its_own),
    Attack("tests_turned_to_markdown", "engine", edit=_each_test(lambda c: c.update(cell_type="markdown"))),
    Attack("tests_turned_to_raw", "engine", edit=_each_test(lambda c: c.update(cell_type="raw"))),
    Attack("tests_marked_as_solutions", "engine",
           edit=_each_test(lambda c: c["metadata"]["nbgrader"].update(solution=True, grade=False))),
    Attack("tests_deleted", "engine", edit=_deleted),
    Attack("tests_before_all_work", "engine", edit=lambda nb: nb["cells"].reverse()),
    Attack("metadata_is_a_list", "engine", edit=_set("cells", 1, "metadata", value=[])),
    Attack("metadata_is_a_word", "engine", edit=_set("cells", 1, "metadata", value="nbgrader")),
    Attack("nbgrader_metadata_is_a_list", "engine", edit=_set("cells", 1, "metadata", "nbgrader", value=[1])),
    Attack("grade_id_is_a_dict", "engine", edit=_set("cells", 1, "metadata", "nbgrader", "grade_id", value={})),
    Attack("tags_are_no_list", "engine", edit=_set("cells", 1, "metadata", value={"tags": {"a": []}, "deletable": 9})),
    Attack("cells_are_a_dict", "engine", edit=_set("cells", value={"0": {}})),
    Attack("cells_are_words", "engine", edit=_set("cells", value=["code", "code"])),
    Attack("source_is_a_number", "engine", edit=_source(7)),
    Attack("source_is_a_list_of_lists", "engine", edit=_source([["a"], 3])),
    Attack("source_is_missing", "engine", edit=lambda nb: nb["cells"][1].pop("source")),
    Attack("type_is_missing", "engine", edit=lambda nb: nb["cells"][1].pop("cell_type")),
    Attack("type_is_unknown", "engine", edit=_set("cells", 1, "cell_type", value="heading")),
    Attack("format_of_the_future", "engine", edit=_set("nbformat", value=99)),
    Attack("format_of_the_past", "engine", edit=_set("nbformat", value=1)),
    Attack("format_is_no_number", "engine", edit=_set("nbformat", value="four")),
    Attack("no_notebook_at_all", "engine", edit=lambda nb: nb.clear()),
    Attack("lone_surrogates", "engine", edit=_source("x = '\ud800'\nprint(x)\nraise ValueError('\udfff')")),
    Attack("nul_bytes", "engine", edit=_source("x = '\0'\nprint(1)")),
    Attack("nested_metadata", "engine", edit=_set("cells", 1, "metadata", value={"deep": _nested(900)})),
    Attack("too_many_cells", "engine", edit=_many_cells),
    Attack("source_that_is_slow_to_read", "engine", edit=_source("!true\n" * 3000)),
    Attack("source_nested_too_deeply", "engine", edit=_source("x = " + "(" * 5000 + ")" * 5000)),
    Attack("source_with_a_long_sum", "engine", edit=_source("x = 1" + "+1" * 200_000)),
    Attack("source_of_megabytes", "engine", edit=_source("x = 1\n" * 1_000_000)),
    Attack("outputs_are_a_number", "engine", edit=_set("cells", 1, "outputs", value=7)),
)  # fmt: skip
