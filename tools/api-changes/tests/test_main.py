"""Tests the command in repositories of its own."""

import pathlib
import subprocess
import sys

import pytest
import yaml

MAIN = pathlib.Path(__file__).resolve().parents[1] / "main.py"


class Repository:
    def __init__(self, path):
        self.path = path
        (path / "docs").mkdir()
        self.git("init", "--quiet")
        self.write("0.1.0", ["/a", "/b"])
        self.commit()

    def write(self, version, paths, sections=()):
        operation = {"get": {"responses": {"200": {}}}}
        document = {"info": {"version": version}, "paths": {path: operation for path in paths}}
        (self.path / "docs/openapi.yaml").write_text(yaml.safe_dump(document))
        (self.path / "CHANGELOG.md").write_text("".join(f"## {section}\n" for section in sections))

    def commit(self):
        self.git("add", ".")
        self.git("-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message=a")

    def git(self, *arguments):
        subprocess.run(["git", "-C", self.path, *arguments], check=True, capture_output=True)

    def compare(self, *arguments):
        """Returns whether the command has passed, and what it has printed."""
        command = [sys.executable, MAIN, "--repository", self.path, *arguments]
        done = subprocess.run(command, capture_output=True, text=True)
        return done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def repository(tmp_path):
    return Repository(tmp_path)


def test_without_a_tag_it_says_so(repository):
    repository.write("0.1.0", ["/a"])
    passed, text = repository.compare()
    assert passed and "There is no tag yet" in text


def test_a_break_since_the_last_tag_fails(repository):
    repository.git("tag", "v0.1.0")
    assert repository.compare() == (
        True,
        "docs/openapi.yaml: no change since v0.1.0 breaks clients.\n"
        "docs/asyncapi.yaml is not there in v0.1.0: nothing to compare.\n",
    )
    repository.write("0.1.1", ["/a"], ["0.1.1, 1 January 2027"])
    repository.commit()
    passed, text = repository.compare()
    assert not passed and "GET /b: is gone" in text and "was 0.1.0 and is 0.1.1" in text


def test_another_commit_can_be_compared_with(repository):
    repository.write("0.1.0", ["/a"])
    passed, text = repository.compare("--since", "HEAD")
    assert not passed and "GET /b: is gone" in text
    passed, text = repository.compare("--since", "unheard-of")
    assert not passed and "unheard-of is no commit" in text


def test_a_new_version_with_a_section_in_the_changelog_may_break_clients(repository):
    repository.git("tag", "v0.1.0")
    repository.write("0.2.0", ["/a"], ["Unreleased"])
    passed, text = repository.compare()
    assert not passed and "CHANGELOG.md has no section of it" in text
    repository.write("0.2.0", ["/a"], ["0.2.0, 1 January 2027"])
    passed, text = repository.compare()
    assert passed and "GET /b: is gone" in text and "0.2.0 may break clients" in text


@pytest.mark.parametrize(
    ("old", "new", "may"),
    [
        ("0.1.0", "0.1.9", False),
        ("0.1.9", "0.2.0", True),
        ("0.9.0", "0.10.0", True),
        ("0.9.0", "1.0.0", True),
        ("1.0.0", "1.1.0", False),
        ("1.1.0", "2.0.0", True),
        ("2.0.0", "1.9.0", False),
        ("1.0.0", "0.9.0", False),
    ],
)
def test_what_a_version_promises(old, new, may):
    sys.path.insert(0, str(MAIN.parent))
    from main import may_break

    assert may_break(old, new) == may
