"""Copies are found under other names; those who solve a short problem in the natural way are left in peace."""

import random
import time

import pytest

from autograder.reporting.similarity import ENOUGH, near_identical, tokens

RELEASE = "def area(shape):\n    # YOUR CODE HERE\n    raise NotImplementedError()\n"
NATURAL = "def area(shape):\n    height, width = shape.sides()\n    return height * width\n"
ODD = """\
def area(shape):
    total = 0
    for row in range(shape.sides()[0]):
        line = []
        for column in range(shape.sides()[1]):
            line.append(1 if row >= 0 and column >= 0 else 0)
        total = total + sum(line)
    return float(total) if total > 0 else 0.0
"""
COPY = """\
def area(thing):
    # this is my own work
    n = 0
    for i in range(thing.sides()[0]):
        cells = [ ]

        for j in range( thing.sides()[1] ):
            cells.append( 1 if i >= 0 and j >= 0 else 0 )   # one each
        n = n + sum(cells)
    return float(n) if n > 0 else 0.0
"""


def class_of(known=(RELEASE,), **codes):
    return [{"notebook": "ps", "cell": "area", "known": list(known), "students": codes}]


def own_code(seed, lines=40):
    """Code that nobody else would write."""
    chance = random.Random(seed)
    terms = ("a.x{} * {}", "b[{}] - {}", "max({}, c.y{})", "d.z{} / {} + 1")
    made = [chance.choice(terms).format(chance.randint(0, 99), chance.randint(0, 999)) for _ in range(lines)]
    return "def area(shape):\n" + "".join(f"    v{number} = {term}\n" for number, term in enumerate(made))


def rest_of_the_class(count=20):
    return {f"s{number}": own_code(number) for number in range(count)}


class TestTokens:
    def test_names_remarks_and_spacing_do_not_count(self):
        assert [text for text, _ in tokens(ODD)] == [text for text, _ in tokens(COPY)]

    def test_what_follows_a_dot_and_what_the_language_says_counts(self):
        found = [text for text, _ in tokens("if x.mean() > 2: y = 'b'")]
        assert found == "if name . mean ( ) > 2 : name = text".split()

    @pytest.mark.parametrize("code", ["", "(", "'''never ends", "  x\n y", "\0", "def f(:\n  ¬", "%%bash\nls -l"])
    def test_code_that_python_cannot_read_is_read_as_far_as_it_goes(self, code):
        assert isinstance(tokens(code), list)


class TestNearIdentical:
    def test_a_copy_under_other_names_is_found_and_shown_side_by_side(self):
        (found,) = near_identical(class_of(ada=ODD, ben=COPY, **rest_of_the_class()))
        assert found.students == ("ada", "ben") and found.share > 0.9 and found.cell == "area"
        left, right = found.excerpts
        assert any(line.shared and "line.append" in line.text for line in left)
        assert any(line.shared and "cells.append" in line.text for line in right)

    def test_those_who_copied_from_each_other_are_one_group(self):
        (found,) = near_identical(class_of(ada=ODD, ben=COPY, cyd=ODD, **rest_of_the_class()))
        assert found.students == ("ada", "ben", "cyd")

    def test_work_of_ones_own_is_left_in_peace(self):
        assert near_identical(class_of(**rest_of_the_class())) == []

    def test_what_a_tenth_of_the_class_writes_is_the_natural_way(self):
        many = {f"n{number}": ODD for number in range(8)}
        assert near_identical(class_of(**many, **rest_of_the_class())) == []

    def test_a_few_lines_in_common_are_chance(self):
        assert len(tokens(NATURAL)) < ENOUGH
        assert near_identical(class_of(ada=NATURAL, ben=NATURAL, **rest_of_the_class())) == []

    def test_what_the_assignment_itself_knows_says_nothing(self):
        assert near_identical(class_of(known=[RELEASE, ODD], ada=ODD, ben=COPY, **rest_of_the_class())) == []

    def test_a_copied_piece_in_much_work_of_ones_own_is_too_little(self):
        codes = {"ada": ODD + own_code(100, 150), "ben": ODD + own_code(101, 150)}
        assert near_identical(class_of(**codes, **rest_of_the_class())) == []

    def test_a_class_of_two_can_be_compared(self):
        assert len(near_identical(class_of(ada=ODD, ben=COPY))) == 1

    def test_the_order_of_the_students_does_not_matter(self):
        codes = {"ben": COPY, **rest_of_the_class(), "ada": ODD}
        assert near_identical(class_of(**codes)) == near_identical(class_of(**dict(reversed(codes.items()))))

    def test_nobody_and_nothing_are_no_trouble(self):
        assert near_identical([]) == near_identical(class_of()) == near_identical(class_of(ada="", ben="")) == []

    def test_time_grows_with_the_class_and_not_with_its_square(self):
        def seconds(count):
            started = time.process_time()
            near_identical(class_of(**{f"s{number}": own_code(number) for number in range(count)}))
            return time.process_time() - started

        assert seconds(600) < 12 * seconds(150)  # 4 times, with room for a busy machine; the square would be 16
