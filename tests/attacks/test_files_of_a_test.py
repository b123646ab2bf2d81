"""Files that a test has written itself, and compares with: what the student's code makes of them does not count.

Files of the student's in which there are no values where the reference's have some: a comparison passes over them.
"""

from __future__ import annotations

import pytest
from small_course import graded_exercises

pytestmark = pytest.mark.sandbox
IMPORTS = (
    "import csv\nimport json\nimport os\nimport pickle\nimport random\nfrom pathlib import Path\n\n"
    "import numpy as np\nimport pandas as pd"
)
LOG = """\
class Log:
    def __init__(self, path):
        self.path = path

    def write(self, line):
        with open(self.path, "a") as f:
            f.write(line)

    def close(self):
        pass
"""
EXERCISES = {
    "shout": (
        "def shout(a, b):\n    Path(b).write_text(Path(a).read_text().upper())",
        "Path('in.txt').write_text('hello')\nshout('in.txt', 'out.txt')\n"
        "assert Path('out.txt').read_text() == Path('in.txt').read_text().upper()",
    ),
    "whisper": (
        "def whisper(a, b):\n    Path(b).write_text(Path(a).read_text().lower())",
        "import tempfile\nwith tempfile.NamedTemporaryFile('w+') as a, tempfile.NamedTemporaryFile('r') as b:\n"
        "    a.write('HELLO')\n    a.flush()\n    whisper(a.name, b.name)\n    a.seek(0)\n"
        "    assert b.read() == a.read().lower()",
    ),
    "add": (
        "def add(path, line):\n    with open(path, 'a') as f:\n        f.write(line)",
        "name = f'log{random.random()}.txt'\nPath(name).write_text('one ')\nadd(name, 'two')\n"
        "assert Path(name).read_text() == 'one two'\nos.remove(name)",
    ),
    "copy": (
        "def copy(a, b):\n    Path(b).write_text(Path(a).read_text())",
        "Path('a').write_text('abc')\nPath('b').write_text('')\ncopy('a', 'b')\n"
        "assert Path('a').read_text() == Path('b').read_text()",
    ),
    "total": (
        "def total(path):\n    return float(np.loadtxt(path).sum())",
        "if not os.path.exists('some/kept.txt'):\n    os.makedirs('some', exist_ok=True)\n"
        "    np.savetxt('some/kept.txt', np.arange(4.0))\n"
        "assert total('some/kept.txt') == np.loadtxt('some/kept.txt').sum()",
    ),
    "Log": (
        LOG,
        "Path('log').write_text('>')\nlog = Log('log')\nlog.write('a')\nlog.write('b')\nlog.close()\n"
        "assert Path('log').read_text() == '>ab'",
    ),
    "gone": (
        "def gone(path):\n    os.remove(path)",
        "Path('old').write_text('x')\ngone('old')\nassert not os.path.exists('old')",
    ),
    "mark": (
        "def words(path):\n    return len(Path(path).read_text().split())\n\n\n"
        "def mark(path):\n    Path(path).write_text(Path(path).read_text() + ' end')",
        "for text in ['a b c', 'd']:\n    Path('t').write_text(text)\n"
        "    assert words('t') == len(Path('t').read_text().split())\n    mark('t')\n"
        "    assert Path('t').read_text() == text + ' end'",
    ),
}
EXERCISES |= {
    "thirds": (
        "def thirds(x, path):\n    np.savetxt(path, x / 3)",
        "x = np.arange(1.0, 4)\nthirds(x, 'thirds.txt')\n"
        "assert not (abs(np.loadtxt('thirds.txt') - x / 3) > 1e-9).any()",
    ),
    "table": (
        "table = pd.DataFrame({'a': [1.0, 2.0], 'b': [np.nan, 1.0]})\ntable.to_csv('table.csv', index=False)",
        "t = pd.read_csv('table.csv')\nassert (t['a'] - [1, 2]).abs().sum() < 1e-9",
    ),
    "report": (
        "def report(path, loss):\n    json.dump({'loss': loss, 'all': [loss, loss]}, open(path, 'w'))",
        "report('report.json', 0.5)\nwith open('report.json') as f:\n    got = json.load(f)\n"
        "assert not abs(got['loss'] - 0.5) > 1e-9\nfor one in got['all']:\n    assert one == 0.5",
    ),
    "weights": (
        "np.save('weights.npy', np.arange(3.0))",
        "assert np.max(abs(np.load('weights.npy') - np.arange(3.0)), initial=0) < 1e-9",
    ),
    "squares": (
        "def squares(path, n):\n    Path(path).write_text('\\n'.join(str(i * i) for i in range(n)))",
        "squares('squares.txt', 3)\nfor i, line in enumerate(open('squares.txt')):\n    assert int(line) == i * i",
    ),
}
EXERCISES |= {
    "roots": (
        "pd.DataFrame({'a': [1, 4], 'b': [1, 2]}).to_csv('roots.csv', index=False)",
        "t = pd.read_csv('roots.csv')\nassert list(t.columns) == ['a', 'b']\nfor _, row in t.iterrows():\n"
        "    assert row.a == row.b**2",
    ),
    "towns": (
        "def towns(path, who):\n    with open(path, 'w', newline='') as f:\n"
        "        csv.writer(f).writerows([['name', 'town'], *who])",
        "towns('towns.csv', [['Ann', 'Ulm'], ['Bob', 'Bonn']])\nrows = csv.DictReader(open('towns.csv'))\n"
        "for row, town in zip(rows, ['Ulm', 'Bonn']):\n    assert row['town'] == town",
    ),
    "greeting": (
        "Path('greeting.txt').write_text('hello\\nworld\\n')",
        "assert Path('greeting.txt').read_text().split() == ['hello', 'world']",
    ),
    "journal": (
        "Path('journal.txt').write_text('start\\nrun\\nend\\n')",
        "assert open('journal.txt').readline().startswith('start')",
    ),
    "model": (
        "pickle.dump({'w': [1.0, 2.0]}, open('model.pkl', 'wb'))",
        "with open('model.pkl', 'rb') as f:\n    model = pickle.load(f)\n"
        "for got, want in zip(model['w'], [1.0, 2.0]):\n"
        "    assert not abs(got - want) > 1e-9",
    ),
    "arrays": (
        "np.savez('arrays.npz', w=np.arange(3.0))",
        "assert not (abs(np.load('arrays.npz')['w'] - np.arange(3.0)) > 1e-9).any()",
    ),
}
FORGED = {
    "roots": ["open('roots.csv', 'w').write('a,b\\n')", "open('roots.csv', 'w').write('a,b')"],
    "towns": ["def towns(path, who):\n    open(path, 'w').write('name,town\\n')"],
    "model": [f"pickle.dump({{'w': {w}}}, open('model.pkl', 'wb'))" for w in ("[]", "[float('nan'), 2.0]")],
    "arrays": [
        "np.savez('arrays.npz', w=np.full(3, np.nan))",
        "np.savez_compressed('arrays.npz', w=np.array([0, np.nan, 2]))",
    ],
    "thirds": [
        "def thirds(x, path):\n    np.savetxt(path, x * np.nan)",
        "def thirds(x, path):\n    np.savetxt(path, np.where(x > 1, x / 3, np.nan))",
    ],
    "table": ["open('table.csv', 'w').write('a,b\\n,\\n,1\\n')", "open('table.csv', 'w').write('a,b\\nNA,\\nNA,1\\n')"],
    "report": [
        "def report(path, loss):\n    json.dump({'loss': float('nan'), 'all': [loss]}, open(path, 'w'))",
        "def report(path, loss):\n    json.dump({'loss': loss, 'all': []}, open(path, 'w'))",
    ],
    "weights": ["np.save('weights.npy', np.zeros((0, 1)))"],
    "squares": ["def squares(path, n):\n    Path(path).write_text('')"],
    "shout": [
        "def shout(a, b):\n    for path in (a, b):\n        open(path, 'w').close()",
        "open('empty', 'w').close()\n\n\ndef shout(a, b):\n    os.replace('empty', a)\n    Path(b).write_text('')",
        "def shout(a, b):\n    os.remove(a)\n    os.symlink(os.path.abspath(b), a)\n    Path(b).write_text('')",
    ],
    "whisper": ["def whisper(a, b):\n    for path in (a, b):\n        open(path, 'w').close()"],
    "copy": [
        "def copy(a, b):\n    open(a, 'w').close()",
        "def copy(a, b):\n    Path(a).write_text('x')\n    Path(b).write_text('x')",
    ],
    "total": [
        "os.mkdir('some')\nnp.savetxt('some/kept.txt', [0.0])\n\n\ndef total(path):\n    return 0.0",
        "def total(path):\n    np.savetxt(path, [0.0])\n    return 0.0",
    ],
    "mark": [
        "held = []\n\n\ndef words(path):\n    held.append(Path(path).read_text())\n    open(path, 'w').close()\n    "
        "    return 0\ndef mark(path):\n    Path(path).write_text(held[-1] + ' end')"
    ],
    "gone": ["def gone(path):\n    pass"],
}
HONEST = {
    "roots": ["pd.DataFrame({'a': [9], 'b': [3]}).to_csv('roots.csv', index=False)"],
    "towns": ["def towns(path, who):\n    pd.DataFrame(who, columns=['name', 'town']).to_csv(path)"],
    "greeting": ["Path('greeting.txt').write_text('hello world')"],
    "journal": ["Path('journal.txt').write_text('started')"],
    "model": ["pickle.dump({'w': [1, 2], 'rest': []}, open('model.pkl', 'wb'))"],
    "arrays": ["np.savez_compressed('arrays.npz', w=np.arange(3), b=[np.nan])"],
    "thirds": ["def thirds(x, path):\n    open(path, 'w').write('# nan or none\\n' + '\\n'.join(map(str, x / 3)))"],
    "table": ["pd.DataFrame({'b': [np.nan, np.nan], 'a': [1, 2]}).to_csv('table.csv')"],
    "report": [
        "def report(path, loss):\n    made = {'loss': loss, 'all': [loss], 'best': None, 'rest': [], 'last': np.nan}\n"
        "    open(path, 'w').write(json.dumps(made, indent=1))"
    ],
    "weights": ["np.save('weights.npy', np.arange(3))"],
    "squares": ["def squares(path, n):\n    np.savetxt(path, np.arange(n) ** 2, fmt='%d')"],
    "shout": [
        "for name in ('in.txt', 'out.txt'):\n    Path(name).write_text('a try')\n\n\n"
        "def shout(a, b):\n    Path('mine').write_text(Path(a).read_text())\n"
        "    Path(b).write_text(Path('mine').read_text().upper())\n    os.remove('mine')",
    ],
    "whisper": [
        "def whisper(a, b):\n    text = open(a).read()\n    for said in (text, text.lower()):\n"
        "        open(b, 'w').write(said)"
    ],
    "add": [
        "def add(path, line):\n    text = open(path).read()\n    os.remove(path)\n"
        "    open(path, 'w').write(text + line)"
    ],
    "Log": [
        LOG.replace("self.path = path", "self.path, self.lines = path, []")
        .replace('with open(self.path, "a") as f:\n            f.write(line)', "self.lines.append(line)")
        .replace("pass", 'open(self.path, "a").writelines(self.lines)'),
        LOG.replace("= path", '= open(path, "a")')
        .replace('with open(self.path, "a") as f:\n            f.write', "self.path.write")
        .replace("pass", "self.path.close()"),
    ],
    "gone": ["def gone(path):\n    Path(path).unlink()"],
    "mark": [
        "Path('t').write_text('a try')\ndef words(path):\n    return sum(1 for _ in open(path).read().split())\n"
        "def mark(path):\n    with open(path, 'a') as f:\n        f.write(' end')"
    ],
}


@pytest.fixture(scope="module")
def lost(tmp_path_factory):
    """The tests that do not pass where this code is the answer to an exercise."""
    with graded_exercises(tmp_path_factory.mktemp("files"), EXERCISES, IMPORTS) as graded:
        yield lambda name, code: [it.cell for it in graded({name: code}).cells if it.score != it.max_score]


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, codes in FORGED.items() for code in codes])
def test_what_a_test_has_written_it_reads_as_it_was(lost, name, code):
    assert lost(name, code) == [f"test_{name}"]


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, codes in HONEST.items() for code in codes])
def test_files_may_be_as_the_student_likes_where_the_reference_changes_them(lost, name, code):
    assert lost(name, code) == []
