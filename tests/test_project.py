"""What surrounds the code belongs together: versions, commands in the guides, hooks, workflow, container."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml

import autograder

ROOT = Path(__file__).resolve().parents[1]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z-]*):(?!=)", MAKEFILE, re.MULTILINE))
GUIDES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
each_guide = pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.name)


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


class TestVersion:
    def test_it_is_the_same_everywhere(self):
        project = tomllib.loads(read("pyproject.toml"))["project"]
        assert project["version"] == autograder.__version__ == str(yaml.safe_load(read("CITATION.cff"))["version"])
        assert re.search(rf"^## {re.escape(autograder.__version__)} \(", read("CHANGELOG.md"), re.MULTILINE)

    def test_the_command_tells_it(self):
        command = [sys.executable, "-m", "autograder", "--version"]
        run = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        assert run.stdout.split()[-1] == autograder.__version__ and run.returncode == 0


def test_the_citation_has_what_its_format_requires():
    citation = yaml.safe_load(read("CITATION.cff"))
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0" and citation["authors"] == [{"name": "The contributors"}]


class TestMake:
    def test_every_target_is_phony(self):
        phony = set(" ".join(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)).split())
        assert phony == TARGETS

    @pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
    def test_help_lists_every_target_with_what_it_does(self):
        said = subprocess.run(["make", "-C", str(ROOT), "help"], capture_output=True, text=True).stdout
        lines = dict(re.findall(r"^ +make (\S+) +(\S.*)$", said, re.MULTILINE))
        assert set(lines) == TARGETS and all(lines.values())


class TestGuides:
    @each_guide
    def test_the_targets_of_make_that_it_names_exist(self, path):
        text = path.read_text(encoding="utf-8")
        named = set(re.findall(r"`make ([a-z-]+)", text)) | set(re.findall(r"^\$ make ([a-z-]+)", text, re.MULTILINE))
        assert named <= TARGETS

    @each_guide
    def test_the_files_that_it_links_to_exist(self, path):
        text = re.sub(r"```.*?```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) + re.findall(r'src="([^"]+)"', text)
        paths = {link: ROOT / link[1:] if link.startswith("/") else path.parent / link for link in links}
        missing = [link for link, there in paths.items() if "://" not in link and not there.exists()]
        assert not missing

    @pytest.mark.parametrize("path", [ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda path: path.name)
    def test_the_folders_and_files_that_it_names_exist(self, path):
        names = re.findall(r"`(?:\w+ )?((?:[\w.-]+/)+[\w.-]*)[ `]", path.read_text(encoding="utf-8"))
        made = ("build/", "submitted/", "feedback/", "reports/", "exports/", "release/PS", "autograded/", "~")
        missing = [name for name in names if not name.startswith(made) and not (ROOT / name).exists()]
        assert not missing

    def test_the_tests_that_contributing_runs_exist(self):
        commands = re.findall(r"`pytest -n0 (\S+) -k (\w+)`", read("CONTRIBUTING.md"))
        assert len(commands) >= 4
        for folder, words in commands:
            files = [ROOT / folder] if (ROOT / folder).is_file() else list((ROOT / folder).rglob("*.py"))
            notebooks = [path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")]
            assert words in notebooks or any(words in file.read_text(encoding="utf-8") for file in files), words


class TestHooks:
    def hooks(self) -> list[dict]:
        repositories = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
        assert {repository["repo"] for repository in repositories} == {"local"}  # another would be downloaded
        return [hook for repository in repositories for hook in repository["hooks"]]

    def test_they_use_what_make_setup_installs(self):
        assert [hook["id"] for hook in self.hooks()] == ["ruff", "notebooks"]
        for hook in self.hooks():
            program, *arguments = hook["entry"].split()
            assert hook["language"] == "system" and program in (".venv/bin/ruff", ".venv/bin/python")
            assert program != ".venv/bin/python" or (ROOT / arguments[0]).exists()

    def test_a_notebook_that_was_run_is_cleaned_and_a_clean_one_is_left_alone(self, tmp_path):
        clean = next((ROOT / "notebooks").glob("[0-9]*.ipynb"))
        path = tmp_path / clean.name
        notebook = nbformat.read(clean, as_version=4)
        cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
        cell.outputs = [nbformat.v4.new_output("stream", text="hello")]
        cell.execution_count, cell.metadata.execution = 3, {"iopub.execute_input": "now"}
        notebook.metadata.widgets = {"state": {}}
        notebook.metadata.language_info.version = "3.11.7"
        nbformat.write(notebook, path)
        command = [sys.executable, str(ROOT / ".ci/clean-notebooks"), str(path)]
        first = subprocess.run(command, capture_output=True, text=True)
        assert first.returncode == 1 and "cleaned" in first.stdout
        assert path.read_text(encoding="utf-8") == clean.read_text(encoding="utf-8")
        second = subprocess.run(command, capture_output=True, text=True)
        assert second.returncode == 0 and second.stdout == ""


class TestForge:
    def test_the_workflow_runs_what_ci_runs(self):
        jobs = yaml.safe_load(read(".github/workflows/checks.yml"))["jobs"]
        steps = [step.get("run", "") for job in jobs.values() for step in job["steps"]]
        assert any(step.endswith("bash .ci/run") for step in steps)
        assert {target for step in steps for target in re.findall(r"^make ([a-z-]+)", step)} <= TARGETS

    def test_every_issue_template_says_what_it_is_for(self):
        for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.md"):
            head = yaml.safe_load(path.read_text(encoding="utf-8").split("---")[1])
            assert head["name"] and head["about"]


class TestContainer:
    def test_what_is_copied_and_made_exists(self):
        dockerfile = read("Dockerfile")
        copied = [words.split()[:-1] for words in re.findall(r"^COPY (.*)$", dockerfile, re.MULTILINE)]
        assert all((ROOT / name).exists() for names in copied for name in names)
        assert re.findall(r"^RUN .*make (\S+)$", dockerfile, re.MULTILINE) == [".venv/.installed"]
        assert re.findall(r'"make", "([a-z]+)"', dockerfile) == ["lab"]
        assert "$(VENV)/.installed:" in MAKEFILE and "lab" in TARGETS

    def test_nothing_of_a_class_or_of_this_machine_gets_into_the_image(self):
        ignored = set(read(".dockerignore").split("\n"))
        assert {".git", ".venv", "submitted", "gradebook.db*", "feedback"} <= ignored
