"""The set-up files agree with each other, and setting up happens once."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]

# what a package is called on conda-forge, where that differs from its name for pip
CONDA_NAMES = {
    "torch": "pytorch-cpu",
    "matplotlib": "matplotlib-base",
    "msgpack": "msgpack-python",
    "bleach": "bleach-with-css",
}
# what is imported, where that differs from the name of the package
IMPORT_NAMES = {"scikit-learn": "sklearn", "ipython": "IPython"}
# what nbgrader, matplotlib and IPython cannot do without, and so bring along
BROUGHT_ALONG = {"nbclient", "jupyter_client", "jupyter_core", "dateutil", "matplotlib_inline", "mistune"}
DRAWING = {"PIL", "contourpy"}
# imported only where they are asked for, with a word to those who lack them; torch and pandas where a test uses them
OPTIONAL = {"distributed", "dask", "torch", "pandas"}


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def declared(*extras: str) -> dict[str, Requirement]:
    """What the grader needs, and what the named extras need besides."""
    lines = list(project()["dependencies"])
    for extra in extras:
        lines += project()["optional-dependencies"][extra]
    return {requirement.name: requirement for requirement in map(Requirement, lines)}


def locked() -> dict[str, Requirement]:
    """The lines of constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(pin.name): pin for pin in pins}


def environment() -> tuple[list[str], list[str]]:
    """The conda requirements and the pip requirements of environment.yml."""
    lines = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    conda = [line for line in lines if isinstance(line, str)]
    pip = next(line["pip"] for line in lines if isinstance(line, dict))
    return conda, pip


class TestRequirements:
    def test_environment_has_every_dependency_in_the_same_range(self):
        conda, pip = environment()
        listed = {requirement.name: requirement.specifier for requirement in map(Requirement, conda)}
        of_an_index = [line for line in pip if line not in ("-e .", "./utils/d2l")]
        listed |= {r.name: r.specifier for r in map(Requirement, of_an_index)}
        expected = {CONDA_NAMES.get(name, name): r.specifier for name, r in declared("course").items()}
        assert {name: spec for name, spec in listed.items() if name not in ("python", "pip")} == expected

    def test_environment_has_the_same_python(self):
        conda, _ = environment()
        assert f"python{project()['requires-python']}" in conda

    def test_environment_installs_the_project_itself_and_what_mends_d2l(self):
        _, pip = environment()
        assert pip[-2:] == ["./utils/d2l", "-e ."] and (ROOT / "utils/d2l/pyproject.toml").is_file()

    def test_a_version_is_locked_for_everything_that_is_declared_and_in_its_range(self):
        pins = locked()
        extras = project()["optional-dependencies"]
        lines = [line for name, lines in extras.items() if name != "benchmarks" for line in lines]
        for requirement in [*declared().values(), *map(Requirement, lines)]:
            if requirement.name != project()["name"]:
                (pin,) = pins[canonicalize_name(requirement.name)].specifier
                assert pin.operator == "==" and pin.version in requirement.specifier, requirement.name

    def test_torch_is_locked_where_it_could_bring_libraries_for_a_gpu(self):
        pin = locked()["torch"]
        assert str(pin.marker) == 'platform_system == "Linux"'
        assert "+" not in str(pin.specifier)  # a CPU build of the version is as good, and preferred

    @pytest.mark.skipif(
        Path(sys.prefix).resolve() != (ROOT / ".venv").resolve(), reason="make did not make this environment"
    )
    def test_what_is_installed_is_what_is_locked(self):
        check = subprocess.run([sys.executable, ROOT / ".ci/lock", "--check"], capture_output=True, text=True)
        assert check.returncode == 0, f"{check.stdout}{check.stderr}run `make lock` and commit constraints.txt"

    @pytest.mark.parametrize(
        "package, extras, own", [("utils", ["course"], {"utils", "autograder"}), ("autograder", [], {"autograder"})]
    )
    def test_every_import_is_declared(self, package, extras, own):
        known = {IMPORT_NAMES.get(name, name.replace("-", "_")) for name in declared(*extras)}
        known |= set(sys.stdlib_module_names) | own | BROUGHT_ALONG | (OPTIONAL if package == "autograder" else DRAWING)
        undeclared = {
            f"{path.relative_to(ROOT)}: {name}"
            for path in (ROOT / package).rglob("*.py")
            if path.name != "setup.py"
            for name in imported(path)
            if name not in known
        }
        assert not undeclared


def imported(path: Path) -> set[str]:
    """Top-level names of the modules that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


@pytest.fixture
def checkout(tmp_path):
    """A checkout whose environment was made before, with nothing real in it."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
        os.utime(tmp_path / name, (1_000_000_000, 1_000_000_000))
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    return tmp_path


def make(checkout: Path, *arguments: str) -> subprocess.CompletedProcess:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    return subprocess.run(
        ["make", "-C", str(checkout), *arguments], capture_output=True, text=True, env=inherited, timeout=60
    )


def with_pip(checkout: Path, refuse: str = "nothing", error: str = "") -> Callable[[], list[str]]:
    """Puts a pip in place that installs nothing and refuses some arguments; returns what tells what it was asked."""
    log = checkout / ".venv/pip.log"
    python = checkout / ".venv/bin/python"
    python.write_text(
        f"""#!/bin/sh
case "$*" in *--version*) exit 0;; esac
echo "$*" >> {log}
case "$*" in *"{refuse}"*) echo "{error}" >&2; exit 1;; esac
"""
    )
    python.chmod(0o755)
    return lambda: log.read_text().splitlines()


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
class TestMakefile:
    @pytest.mark.parametrize("target", ["demo", "lab", "test"])
    def test_first_run_installs(self, checkout, target):
        assert "pip install" in make(checkout, "-n", target).stdout

    @pytest.mark.parametrize("target", ["demo", "lab", "test"])
    def test_second_run_installs_nothing(self, checkout, target):
        (checkout / ".venv/.installed").touch()
        (checkout / ".venv/.installed-test").touch()
        plan = make(checkout, "-n", target)
        assert plan.returncode == 0 and "pip install" not in plan.stdout

    @pytest.mark.parametrize("changed", ["pyproject.toml", "constraints.txt"])
    def test_a_changed_requirement_installs_again(self, checkout, changed):
        stamp = checkout / ".venv/.installed"
        stamp.touch()
        os.utime(checkout / changed, (stamp.stat().st_mtime + 60,) * 2)
        assert "pip install" in make(checkout, "-n", "demo").stdout

    def test_the_tests_own_needs_are_only_installed_for_them(self, checkout):
        assert ".[test]" not in make(checkout, "-n", "demo").stdout
        assert ".[test]" in make(checkout, "-n", "test").stdout

    def test_versions_that_an_index_lacks_are_replaced_by_what_the_ranges_allow(self, checkout):
        asked = with_pip(checkout, refuse="-c constraints.txt", error="ERROR: No matching distribution found for x==1")
        assert make(checkout, ".venv/.installed").returncode == 0
        torch, torch_again, course, course_again = asked()
        assert torch.endswith("-c constraints.txt torch") and course.endswith("-e .[course] ./utils/d2l")
        assert "constraints.txt" not in torch_again + course_again
        assert torch_again.endswith(" torch") and course_again.endswith("-e .[course] ./utils/d2l")

    def test_another_error_is_shown_once_and_ends_it(self, checkout):
        asked = with_pip(checkout, refuse="install", error="ERROR: no space left on device")
        result = make(checkout, ".venv/.installed")
        assert result.returncode != 0 and result.stderr.count("no space left") == 1 and len(asked()) == 1
        assert not (checkout / ".venv/.installed").exists()

    def test_the_set_up_goes_on_where_the_index_of_cpu_builds_is_out_of_reach(self, checkout):
        asked = with_pip(checkout)
        uv = checkout / ".venv/bin/uv"
        uv.write_text('#!/bin/sh\necho "$@" > .venv/uv.log\nexit 2\n')
        uv.chmod(0o755)
        result = make(checkout, ".venv/.installed", "TORCH=cpu")
        assert result.returncode == 0 and "going on without it" in result.stdout
        assert f"--torch-backend cpu torch{locked()['torch'].specifier}" in (checkout / ".venv/uv.log").read_text()
        assert any(line.endswith("torch") for line in asked())

    def test_no_index_is_asked_for_a_cpu_build_unless_one_wants_it(self, checkout):
        assert "uv" not in make(checkout, "-n", "demo").stdout

    def test_an_old_python_is_refused_in_one_line(self, checkout):
        shutil.rmtree(checkout / ".venv")
        old = checkout / "old-python"
        old.write_text("#!/bin/sh\nexit 1\n")
        old.chmod(0o755)
        result = make(checkout, "demo", "PYTHON=./old-python")
        assert result.returncode != 0
        assert "The course needs Python 3.11 or newer" in result.stderr.splitlines()[0]
        assert not (checkout / ".venv").exists()

    def test_a_python_that_cannot_make_environments_is_refused_with_the_remedy(self, checkout):
        shutil.rmtree(checkout / ".venv")
        bare = checkout / "bare-python"
        bare.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\n')
        bare.chmod(0o755)
        result = make(checkout, "demo", "PYTHON=./bare-python")
        assert result.returncode != 0
        assert "apt install python3-venv" in result.stderr.splitlines()[0]

    def test_help_names_the_three_commands(self, checkout):
        said = make(checkout, "help").stdout
        assert all(f"make {target}" in said for target in ("demo", "test", "lab"))
