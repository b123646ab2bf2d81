"""The wire: what is sent arrives as it was, what changes is seen on both sides, and no bytes upset the judge.

``WIRE_EXAMPLES=100000 python -m pytest tests/autograder/test_wire.py`` tries as many malformed messages of each kind.
"""

from __future__ import annotations

import collections
import datetime
import decimal
import fractions
import io
import math
import os
import pathlib
import socket
import struct
import time

import msgpack
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import sympy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.sandbox import wire

EXAMPLES = int(os.environ.get("WIRE_EXAMPLES", 700))
many = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
PLAIN = (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, slice, range, np.ndarray)
Point = collections.namedtuple("Point", "x y")
Node = type("Node", (), {"__module__": "__main__"})
LIBRARY = [
    collections.Counter("aab"),
    collections.OrderedDict(b=1, a=[2]),
    collections.deque([1, 2]),
    Point(1, [2.5]),
    decimal.Decimal("-1.50"),
    fractions.Fraction(1, 3),
    datetime.date(2024, 2, 29),
    datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.UTC),
    datetime.timedelta(days=-1, microseconds=5),
    pathlib.PosixPath("a/b"),
    {"a": 1}.keys(),
    {"a": 1}.items(),
    pd.Timestamp("2024-01-31", tz="Europe/Vienna"),
    pd.Timestamp("9999-12-31"),
    pd.Timedelta("3h"),
    pd.NA,
    np.str_(""),
]
TABLES = [
    pd.DataFrame({"n": [1, 2], "x": [0.5, np.nan], "s": ["a", None], "t": pd.to_datetime(["2024-01-01", None])}),
    pd.DataFrame({("a", 1): [1], ("a", 2): [2]}),
    pd.DataFrame([[1, 2]], columns=["same", "same"]),
    pd.DataFrame(),
    pd.Series([1, None, 3], dtype="Int64", name="n", index=list("abc")),
    pd.Series(["x", "y", "x"], dtype="category"),
    pd.Series([1, "a", None], dtype=object),
    pd.Series(pd.date_range("2024-01-01", periods=2, tz="UTC")),
    pd.Series([1.0, 2.0], index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["k", None])),
    pd.Series([1, 2], index=pd.date_range("2024-01-01", periods=2, freq="D")),
    pd.Series([1, 2], index=pd.timedelta_range("0h", periods=2, freq="h"), name=pd.Timestamp("2024-01-31")),
]


def refuse(value):
    raise wire.CannotCross(f"a {type(value).__name__}")


def refuse_node(node):
    raise wire.WireError("unknown tag")


def ends() -> tuple[wire.Channel, wire.Channel]:
    """The judge's end and the worker's, without a socket between them."""
    both = wire.Channel(None, 0, refuse, refuse_node), wire.Channel(None, 1, refuse, refuse_node, trusted=True)
    for end, kind in zip(both, (Node, type("Node", (), {"__module__": "__main__"})), strict=True):
        end.record_class = {"Node": kind}.get
    return both


def hand_over(sender: wire.Channel, receiver: wire.Channel, **message) -> dict:
    """One message from end to end, through the bytes of its frame."""
    data = b"".join(sender.pack(message))
    size, count = struct.unpack_from("<II", data)
    lengths = struct.unpack_from(f"<{count}Q", data, 8)
    start = 8 + 8 * count
    structure, rest = data[start : start + size], data[start + size :]
    buffers = [rest[sum(lengths[:i]) : sum(lengths[: i + 1])] for i in range(count)]
    return receiver.unpack(structure, buffers)


def same(a, b) -> bool:
    """Equal in value and in type, NaN included."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray | np.generic):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[key], b[key]) for key in a)
    if isinstance(a, float):
        return a == b or math.isnan(a) and math.isnan(b)
    return a == b


numbers = st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers(allow_nan=False)
texts = st.text(st.characters(), max_size=5) | st.binary(max_size=5)
kinds = hnp.scalar_dtypes() | hnp.byte_string_dtypes(max_len=4)
arrays = kinds.filter(lambda d: d.kind in "biufcSMm" and d.itemsize <= 16 and "float128" not in d.name).flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_side=3, min_side=0))
)
hashable = numbers | texts | st.tuples(st.integers(), st.text(max_size=3))
values = st.recursive(
    numbers | texts | arrays | st.sets(st.integers(), max_size=3) | st.frozensets(st.text(max_size=2), max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(values)
def test_what_is_sent_arrives(value):
    judge, worker = ends()
    there = hand_over(judge, worker, value=value)["value"]
    assert same(there, value)
    assert same(hand_over(worker, judge, value=there)["value"], value)


@pytest.mark.parametrize(
    "value",
    [
        2**200, -(2**64), "\ud800 half a pair", slice(1, None, -2), range(3, 9, 2), Ellipsis, np.dtype("<f4"), int,
        np.ndarray, np.float32(1.5), np.str_("word"), np.datetime64("2026-03-02"), np.array(["a", "bcd"]),
        np.zeros((0, 3)), np.asfortranarray(np.arange(6.0).reshape(2, 3)), {(1, 2): {"a": [{1}]}}, np.array(True),
    ],
    ids=repr,
)  # fmt: skip
def test_every_kind_of_value_crosses(value):
    there = hand_over(*ends(), value=value)["value"]
    assert same(there, value) if isinstance(value, np.ndarray) else there == value and type(there) is type(value)


@pytest.mark.parametrize(
    "value", [object(), lambda: 0, np.array([object()]), socket, np.zeros(1, "V8")],
    ids=["object", "function", "array of objects", "module", "array of records"],
)  # fmt: skip
def test_what_is_not_plain_stays(value):
    with pytest.raises(wire.CannotCross):
        hand_over(*ends(), value=value)


def test_tensors_cross_and_are_shared():
    torch = pytest.importorskip("torch")
    judge, worker = ends()
    mine = torch.arange(6.0, dtype=torch.float64).reshape(2, 3).requires_grad_()
    theirs = hand_over(judge, worker, x=mine)["x"]
    assert torch.equal(theirs, mine) and theirs.dtype is mine.dtype and theirs.requires_grad
    theirs.data[0, 0] = 7
    hand_over(worker, judge)
    assert mine[0, 0] == 7


def test_an_array_changed_there_is_changed_here():
    judge, worker = ends()
    mine = np.arange(4.0)
    theirs = hand_over(judge, worker, x=mine)["x"]
    theirs[1] = 9
    hand_over(worker, judge)
    assert mine.tolist() == [0, 9, 2, 3]
    mine[0] = 5
    hand_over(judge, worker)
    assert theirs[0] == 5


def test_lists_dicts_and_sets_change_on_both_sides():
    judge, worker = ends()
    mine = {"params": [np.zeros(2)], "seen": {1}}
    theirs = hand_over(judge, worker, x=mine)["x"]
    theirs["params"].append("more")
    theirs["params"][0][0] = 1
    theirs["seen"].add(2)
    del theirs
    hand_over(worker, judge)
    assert mine["params"][1] == "more" and mine["params"][0][0] == 1 and mine["seen"] == {1, 2}


def test_what_comes_back_is_the_same_object():
    judge, worker = ends()
    mine = [1, 2]
    theirs = hand_over(judge, worker, x=mine)["x"]
    assert hand_over(worker, judge, x=theirs)["x"] is mine


def test_a_list_that_holds_itself_crosses():
    judge, worker = ends()
    mine: list = []
    mine.append(mine)
    theirs = hand_over(judge, worker, x=mine)["x"]
    assert theirs[0] is theirs


@pytest.mark.parametrize("value", LIBRARY, ids=lambda value: type(value).__name__)
def test_values_of_libraries_cross_by_value(value):
    there = hand_over(*ends()[::-1], value=value)["value"]
    assert there is value if value is pd.NA else there == value
    assert type(there).__name__ == type(value).__name__


@pytest.mark.parametrize("value", TABLES, ids=range(len(TABLES)))
def test_frames_and_series_cross_by_value(value):
    there = hand_over(*ends()[::-1], value=value)["value"]
    check = pd.testing.assert_frame_equal if isinstance(value, pd.DataFrame) else pd.testing.assert_series_equal
    check(there, value)


def test_arrays_with_fields_masks_and_objects_cross_by_value():
    fields = np.array([(1, "a", True, [0.5, 1])], [("n", "i4"), ("s", "U2"), ("ok", "?"), ("x", "f8", 2)])
    masked = np.ma.MaskedArray([1.0, 2.0], [False, True], fill_value=7)
    objects = np.array([1, "a", None], object)
    there = hand_over(*ends()[::-1], fields=fields, one=fields[0], masked=masked, objects=objects)
    assert there["fields"].dtype == fields.dtype and (there["fields"] == fields).all()
    assert there["one"]["s"] == "a"
    assert there["masked"].sum() == 1.0 and there["masked"].fill_value == 7 and there["masked"].mask.tolist() == [0, 1]
    assert there["objects"].tolist() == [1, "a", None]


def test_a_defaultdict_keeps_a_plain_factory_and_a_plain_default_and_no_other():
    plain, number = collections.defaultdict(list, {1: [2]}), collections.defaultdict(lambda: 3)
    others = [collections.defaultdict(make) for make in (lambda: [], lambda: 1 / 0, np.ndarray)]
    there = hand_over(*ends()[::-1], plain=plain, number=number, others=others)
    assert there["plain"] == plain and there["plain"][5] == []
    assert there["number"]["any"] == 3
    assert [other.default_factory for other in there["others"]] == [None] * 3


def test_a_queue_keeps_its_greatest_length():
    there = hand_over(*ends()[::-1], few=collections.deque([1, 2], maxlen=2), many=collections.deque([1]))
    there["few"].append(3)
    assert list(there["few"]) == [2, 3] and there["many"].maxlen is None


def test_a_change_that_is_not_allowed_stays_out_of_what_was_handed_out():
    judge, worker = ends()
    inner = np.zeros(2)
    theirs = hand_over(worker, judge, net={"W": inner})["net"]
    judge.may_change, judge.refusing = lambda place, mine: False, True
    judge.place = worker.place = "net"
    array = theirs["W"]
    hand_over(judge, worker)
    inner += 1
    again = hand_over(worker, judge, W=inner)["W"]
    assert array.tolist() == theirs["W"].tolist() == [0, 0] and again.tolist() == [1, 1]


def test_changes_can_be_taken_back():
    judge, worker = ends()
    array, items = np.ones(3), ["a"]
    there = hand_over(judge, worker, array=array, items=items)
    there["array"][:] = 0
    there["items"].clear()
    hand_over(worker, judge)
    assert not array.any() and items == []
    judge.undo_changes()
    assert array.all() and items == ["a"]


def test_a_frame_that_was_never_sent_leaves_no_trace():
    judge, worker = ends()
    array = np.ones(2)
    with pytest.raises(wire.CannotCross):
        worker.pack({"value": [array, object()]})
    assert hand_over(worker, judge, value=array)["value"].tolist() == [1, 1]


def test_a_truth_value_is_true_or_false():
    judge, _ = ends()
    frame = {"updates": [], "dropped": [], "body": [["x", ["m", 1, ["a", "|b1", [2], 0, True, False]]]]}
    got = judge.unpack(msgpack.packb(frame), [bytes([2, 0])])["x"]
    assert got.sum() == 1 and got.tobytes() == bytes([1, 0])


UNUSUAL = [
    next(pd.DataFrame({"sepal length": [1.5], "class": ["a"]}).itertuples()),
    collections.namedtuple("Row", [f"column{n}" for n in range(200)])(*range(200)),
    pd.Series([1], name=pd.Timestamp("2024-01-31")), pd.Series([1], name=frozenset({1})), pd.Series([1], name=pd.NA),
    pd.Series([1], name=pd.Interval(0, 1)), pd.DataFrame([[1]], columns=pd.Index([2], name=datetime.date(2024, 1, 31))),
    pd.Series([1, 2], index=pd.timedelta_range("0h", periods=2, freq="h")),
    pd.bdate_range("2024-01-01", periods=3, freq="C", holidays=["2024-01-02"]),
    pd.Timestamp("9999-12-31"), pd.Timedelta(10**11, unit="s").as_unit("s"),
    np.str_(""), np.array(["x" * 1_000_001]), np.zeros(2, [("word", "S1000000")]), np.zeros(0, [("word", "U")]),
    np.zeros((1,) * 40), range(2**70), decimal.Decimal(7**6000), decimal.Decimal("1E+999999"),
    pathlib.PosixPath("a/" * 3000), sympy.Integer(7**40_000), sympy.Float("1e-40000"), sympy.Symbol("x" * 2000),
    sympy.Matrix(0, 0, []), scipy.sparse.coo_array(([1.0], ([1],)), shape=(3,)),
    scipy.sparse.coo_matrix(([1.0], ([0], [0])), shape=(20_000_000, 2)),
]  # fmt: skip


@pytest.mark.parametrize("value", UNUSUAL, ids=range(len(UNUSUAL)))
def test_nothing_is_sent_that_the_other_side_takes_for_a_forgery(value):
    def stand_in(one):
        return ["h", type(one).__name__]

    judge, worker = wire.Channel(None, 0, refuse, tuple), wire.Channel(None, 1, stand_in, refuse_node, trusted=True)
    there = hand_over(worker, judge, value=value)["value"]
    assert type(there) is type(value) or there == ("h", type(value).__name__) or there == value


@pytest.mark.parametrize(
    "tensor",
    ["torch.ones(1, 5)[:, 3]", "torch.arange(2.0)[::2]", "torch.tensor([1 + 2j]).conj()",
     "torch.tensor([1 + 2j]).conj().imag", "torch.ones(1).expand(4)", "torch.ones(2, 3).T"],
)  # fmt: skip
def test_tensors_cross_however_they_lie_in_memory(tensor):
    torch = pytest.importorskip("torch")
    value = eval(tensor)
    there = hand_over(*ends()[::-1], value=value)["value"]
    assert torch.equal(there, value) and there.shape == value.shape


@pytest.mark.parametrize("part", [np.s_[::100], np.s_[::-100], np.s_[3:4], np.s_[None, ::100], np.s_[...]], ids=str)
@pytest.mark.parametrize("array", [np.arange(10.0), np.arange(20.0)[::2], np.zeros(10, [("n", "i4"), ("x", "f8")])])
def test_a_part_of_an_array_comes_back_as_that(array, part):
    judge, worker = ends()
    theirs = hand_over(judge, worker, array=array)["array"]
    there = hand_over(worker, judge, part=theirs[part])["part"]
    assert same(there, array[part])


def test_what_cannot_be_looked_at_is_not_sent_and_nothing_is_lost():
    class Shy:
        @property
        def __class__(self):
            raise RuntimeError("look away")

    judge, worker = ends()
    with pytest.raises(wire.CannotCross, match="RuntimeError"):
        hand_over(worker, judge, value=Shy())
    assert hand_over(worker, judge, value=1) == {"value": 1}


def test_an_array_of_another_shape_than_it_had_is_told_once():
    judge, worker = ends()
    array = np.arange(4.0)
    theirs = hand_over(judge, worker, array=array)["array"]
    theirs.shape = 2, 2
    theirs += 1
    with pytest.raises(wire.CannotCross, match="shape"):
        hand_over(worker, judge, value=theirs)
    assert hand_over(worker, judge, value=theirs)["value"].tolist() == [[1, 2], [3, 4]]
    assert array.tolist() == [0, 1, 2, 3]


def test_too_deep_or_too_large_is_refused_before_it_is_sent():
    deep: list = []
    for _ in range(200):
        deep = [deep]
    for value in (deep, ["x" * 1000] * 10_000):
        with pytest.raises(wire.CannotCross):
            hand_over(*ends(), value=value)


X, N = sympy.Symbol("x"), sympy.Symbol("n", integer=True)
FORMULAS = [
    sympy.pi, sympy.oo, sympy.true, sympy.EmptySet, sympy.Rational(-1, 3), sympy.Float("0.1", 40), sympy.Float(0), X, N,
    sympy.Dummy("d"), sympy.sqrt(X) / (N + 1) ** 2 - sympy.exp(-X), sympy.Add(X, X, evaluate=False), sympy.Max(X, N),
    sympy.Piecewise((X, X > 0), (0, True)), sympy.Eq(X, 1), sympy.And(X < 1, X > 0), sympy.Function("f")(X).diff(X),
    sympy.Integral(X**2, (X, 0, 1)), sympy.Sum(N, (N, 1, 3)), sympy.Interval.open(0, 1), sympy.FiniteSet(1, X),
    sympy.Matrix([[1, X], [2, 3]]), sympy.Pow(2, sympy.Pow(10, 10, evaluate=False), evaluate=False),
]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
def test_a_formula_arrives_as_it_was_written(formula):
    judge, worker = ends()
    there = hand_over(worker, judge, value=[formula])["value"][0]
    assert type(there) is type(formula) and sympy.srepr(there) == sympy.srepr(formula)


@pytest.mark.parametrize("file", [io.StringIO("a\r\nb\n", newline=""), io.StringIO("ab"), io.BytesIO(b"ab")])
def test_a_file_in_memory_is_one_on_both_sides(file):
    judge, worker = ends()
    file.seek(1)
    there = hand_over(judge, worker, file=file)["file"]
    assert type(there) is type(file) and there.getvalue() == file.getvalue() and there.tell() == 1
    there.write(there.read()[:1])
    assert hand_over(worker, judge, done=True) == {"done": True}
    assert file.getvalue() == there.getvalue() and file.tell() == there.tell()
    judge.undo_changes()
    assert file.tell() == 1
    there.close()
    hand_over(worker, judge, done=True)
    assert file.closed


# -- hostile bytes --------------------------------------------------------------------------------------------

leaves = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | st.text(max_size=3)
small = st.integers(-3, 12)
tags = st.sampled_from(list("tmrvsiczSREynqYhfGxXopDNK") + ["", "pickle", None, 3])
dtypes = st.sampled_from(["<f8", "|b1", "<i8", "|O8", "<U9", "<M8[ns]", "|V8", "<c16", "=f2", "f8,O", "<f999999"])
shapes = st.lists(st.integers(-2, 9) | st.sampled_from([2**31, 2**62, -(2**63)]), max_size=4)
payloads = st.recursive(
    st.tuples(st.just("a"), dtypes, shapes, small).map(list)
    | st.tuples(st.sampled_from([*"ldeaT?", "is", "ib"]), leaves).map(list)
    | st.tuples(st.sampled_from(["is", "ib"]), leaves, leaves, small).map(list),
    lambda inner: st.tuples(st.sampled_from("lde"), st.lists(st.tuples(st.just("m"), small, inner).map(list))).map(
        list
    ),
    max_leaves=4,
)
nodes = st.recursive(
    leaves
    | st.tuples(tags, leaves | dtypes, leaves | st.binary(max_size=8)).map(list)
    | st.tuples(st.just("m"), small, payloads).map(list)
    | st.tuples(st.just("v"), small, small, dtypes, shapes, shapes, small | st.integers(-(2**62), 2**62)).map(list)
    | st.tuples(
        st.just("K"), st.sampled_from(["Node", "Leaf", 3]), st.tuples(st.just("m"), small, payloads).map(list)
    ).map(list)
    | st.tuples(st.sampled_from("rR"), small | st.lists(small, max_size=3)).map(list),
    lambda inner: st.tuples(tags, st.lists(inner, max_size=4)).map(list) | st.lists(inner, max_size=4),
    max_leaves=8,
)
frames = st.fixed_dictionaries(
    {
        "updates": st.lists(st.tuples(small, payloads), max_size=3) | leaves,
        "dropped": st.lists(small, max_size=3) | leaves,
        "body": st.lists(st.tuples(st.sampled_from(["value", "raised"]), nodes), max_size=3) | leaves,
    }
)


def judge_with_shared_values() -> tuple[wire.Channel, np.ndarray]:
    judge = wire.Channel(None, 0, refuse, refuse_node)
    judge.record_class = {"Node": Node}.get
    array, node = np.arange(6.0), Node()
    node.next = node
    judge.pack({"array": array, "items": [1, {"a": 2}], "names": {"x"}, "node": node})
    return judge, array


def is_plain(value) -> bool:
    return (
        value is None
        or value is Ellipsis
        or type(value) in PLAIN
        or isinstance(value, np.generic | np.dtype | type | Node)
    )


@many
@given(frames, st.lists(st.sampled_from([b"", b"\xff" * 8, bytes(48), b"\x02" * 3]), max_size=3))
def test_no_structure_upsets_the_judge(frame, buffers):
    judge, array = judge_with_shared_values()
    try:
        message = judge.unpack(msgpack.packb(frame), buffers)
    except wire.WireError:
        pass
    else:
        assert all(map(is_plain, message.values()))
    assert array.dtype == np.float64 and array.shape == (6,)
    judge.undo_changes()
    judge.pack({"still": "alive"})


kinds = st.sampled_from(
    "decimal date time datetime path timedelta fraction keys values items masked missing Timestamp Timedelta DataFrame "
    "Series RangeIndex MultiIndex Index array Point".split()
)
columns = st.tuples(
    st.sampled_from(["numpy", "list", "categories", "zone"]),
    nodes | st.sampled_from(["object", "Int64", "str"]),
    nodes | st.lists(leaves, max_size=3),
    leaves,
).map(list)
library_nodes = st.recursive(
    st.lists(leaves | columns, max_size=4).flatmap(
        lambda parts: st.tuples(st.sampled_from("DN"), kinds).map(lambda head: [*head, *parts])
    ),
    lambda inner: st.tuples(st.just("D"), kinds, inner, inner | leaves, st.lists(columns, max_size=2) | inner).map(
        list
    ),
    max_leaves=4,
)


formulas = st.recursive(
    leaves,
    lambda inner: st.builds(
        lambda kind, name, parts: ["D", "sympy", kind, name, *parts],
        st.sampled_from("constant rational float symbol unknown matrix formula".split()) | leaves,
        st.sampled_from("Add Pow sin Symbol sympify lambdify Pi register Lambda MutableDenseMatrix".split()) | inner,
        st.lists(inner | st.lists(inner, max_size=3), max_size=3),
    ),
    max_leaves=6,
)


@many
@given(library_nodes | formulas)
def test_no_value_of_a_library_upsets_the_judge(node):
    judge, array = judge_with_shared_values()
    frame = {"updates": [], "dropped": [], "body": [["value", node]]}
    try:
        judge.unpack(msgpack.packb(frame, unicode_errors="surrogatepass"), [])
    except wire.WireError:
        pass
    assert array.tolist() == [0, 1, 2, 3, 4, 5]


@many
@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda b: struct.pack("<II", len(b), 0) + b))
def test_no_bytes_upset_the_judge(data):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(data)
        theirs.close()
        with pytest.raises(wire.WireError):
            wire.Channel(ours, 0, refuse, refuse_node).receive(lambda: 5.0)


@many
@given(values, st.data())
def test_no_flipped_byte_upsets_the_judge(value, data):
    worker = wire.Channel(None, 1, refuse, refuse_node)
    frame = bytearray(b"".join(worker.pack({"value": value})))
    for _ in range(data.draw(st.integers(1, 3))):
        frame[data.draw(st.integers(8, len(frame) - 1))] = data.draw(st.integers(0, 255))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(frame)
        theirs.close()
        try:
            wire.Channel(ours, 0, refuse, refuse_node).receive(lambda: 5.0)
        except wire.WireError:
            pass


def test_a_silent_peer_is_not_waited_for():
    ours, theirs = socket.socketpair()
    until = time.monotonic() + 0.1
    with ours, theirs, pytest.raises(TimeoutError):
        theirs.sendall(b"\x05")
        wire.Channel(ours, 0, refuse, refuse_node).receive(lambda: until - time.monotonic())


def test_a_peer_that_does_not_listen_is_not_waited_for():
    sock, other = socket.socketpair()
    end = wire.Channel(sock, 0, refuse, refuse)
    until = time.monotonic() + 0.2
    with other, sock, pytest.raises(TimeoutError):
        end.send({"value": bytes(5_000_000)}, lambda: until - time.monotonic())


def test_what_is_read_only_is_so_there_and_still_changes_with_its_owner():
    judge, worker = ends()
    array = np.arange(3.0)
    view = np.broadcast_to(array, (2, 3))
    there = hand_over(judge, worker, view=view)["view"]
    assert not there.flags.writeable and hand_over(judge, worker, array=array)["array"].flags.writeable
    array[0] = 7
    hand_over(judge, worker)
    assert there[1, 0] == 7 and not there.flags.writeable


def test_an_array_keeps_its_order_in_memory():
    """Products round by it, so exact comparisons with what the test computes itself depend on it."""
    judge, worker = ends()
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    there = hand_over(judge, worker, array=array)["array"]
    assert there.flags.f_contiguous and there.tolist() == array.tolist()
    there[1, 0] = 7
    back = hand_over(worker, judge, rows=there[:, 1:], other=np.arange(6).reshape(3, 2).T)
    assert array[1, 0] == 7 and back["rows"].tolist() == [[1, 2], [4, 5]]
    assert back["other"].flags.f_contiguous and back["other"].tolist() == [[0, 2, 4], [1, 3, 5]]
    assert hand_over(judge, worker, plain=np.ones((2, 3)))["plain"].flags.c_contiguous


def test_a_change_that_cannot_be_taken_back_is_told():
    judge, worker = ends()
    array = np.zeros(3)
    hand_over(judge, worker, array=array)["array"][:] = 1
    hand_over(worker, judge)
    array.flags.writeable = False
    assert not judge.undo_changes()
    file = io.BytesIO(b"abc")
    hand_over(judge, worker, file=file)["file"].truncate(1)
    hand_over(worker, judge)
    with file.getbuffer():
        assert not judge.undo_changes()


@pytest.mark.parametrize("gaps", [True, False])
@pytest.mark.parametrize("dtype", ["Int64", "Float32", "boolean", "string"])
def test_what_comparisons_pass_over_is_taken_only_where_it_may_be(dtype, gaps):
    judge, worker = ends()
    judge.takes = lambda kind: gaps
    missing = pd.Series([pd.NA, pd.NA], dtype=dtype)
    values = {"series": missing, "frame": missing.to_frame("a"), "index": pd.Index(missing), "array": missing.array}
    there = hand_over(worker, judge, **values, masked=np.ma.masked_all(2))
    for name in ("series", "index", "array"):
        assert there[name].isna().all() if gaps or name != "array" else True
        assert bool(np.all(there[name] == missing.array)) or not gaps
        assert gaps or not (there[name] == ["1", "2"]).any()
    assert (type(there["masked"]) is np.ma.MaskedArray) == gaps
    assert gaps or not (there["frame"]["a"] == ["1", "2"]).any()


def test_a_list_that_the_judge_lets_go_of_is_dropped_on_both_sides():
    judge, worker = ends()
    for _ in range(50):
        hand_over(judge, worker, value=[[np.ones(2)], {"a": np.ones(3)}])
        hand_over(worker, judge, value=[np.zeros(2), ([1],)])
    assert max(len(judge._shared), len(worker._shared)) < 20


def test_a_record_is_one_on_both_sides_by_its_attributes():
    judge, worker = ends()
    mine = Node()
    mine.next, mine.values = mine, [1]
    theirs = hand_over(judge, worker, value=mine)["value"]
    assert theirs is not mine and type(theirs).__name__ == "Node" and theirs.next is theirs
    theirs.values.append(2)
    theirs.next = type(theirs)()
    theirs.next.size = np.ones(2)
    assert hand_over(worker, judge, value=theirs)["value"] is mine
    assert mine.values == [1, 2] and type(mine.next) is Node and mine.next.size.tolist() == [1, 1]
    mine.next.size[0] = 5
    hand_over(judge, worker)
    assert theirs.next.size.tolist() == [5, 1]


def test_a_record_that_the_judge_lets_go_of_is_dropped_on_both_sides():
    judge, worker = ends()
    for _ in range(50):
        mine = Node()
        mine.size = 3
        theirs = hand_over(judge, worker, value=[mine])["value"][0]
        del mine
        hand_over(worker, judge, value=type(theirs)())
        del theirs
    assert max(len(judge._shared), len(worker._shared)) < 20


def test_a_change_of_a_record_that_is_not_allowed_leaves_the_one_that_was_handed_out():
    judge, worker = ends()
    judge.may_change, judge.refusing = lambda place, mine: False, True
    theirs = type(hand_over(judge, worker, value=Node())["value"])()
    theirs.size = 1
    holder = hand_over(worker, judge, value=[theirs])["value"]
    first = holder[0]
    theirs.size = 2
    assert hand_over(worker, judge, value=theirs)["value"].size == 2
    assert first.size == 1 and holder[0] is first


@pytest.mark.parametrize("name, attributes", [("Leaf", {}), ("Node", [1]), ("Node", {1: 2})])
def test_a_record_of_an_unknown_class_or_without_attributes_is_refused(name, attributes):
    judge, worker = ends()
    frame = {"updates": [], "dropped": [], "body": [["value", ["K", name, worker.encode(attributes, [])]]]}
    with pytest.raises(wire.WireError):
        judge.unpack(msgpack.packb(frame), [])


def test_a_list_that_is_still_held_stays_the_same():
    judge, worker = ends()
    mine = [np.ones(2)]
    theirs = hand_over(judge, worker, value=mine)["value"]
    for _ in range(3):
        hand_over(judge, worker)
        hand_over(worker, judge)
    theirs.append(7)
    assert hand_over(worker, judge, value=theirs)["value"] is mine and mine[1] == 7
