"""Compares the descriptions of the API with those of the last release, and fails if a change breaks clients."""

import argparse
import pathlib
import re
import subprocess
import sys

import yaml

import asyncapi
import openapi

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
DESCRIPTIONS = {"docs/openapi.yaml": openapi.breaks, "docs/asyncapi.yaml": asyncapi.breaks}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--since", metavar="REF", help="a commit or tag to compare with, instead of the last tag")
    parser.add_argument("--repository", type=pathlib.Path, default=REPOSITORY, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    repository = Repository(arguments.repository)
    since = arguments.since or repository.last_tag()
    if since is None:
        print("There is no tag yet, so no release that the API could be compared with (--since names any other commit).")
        return 0
    # `all` would stop at the first.
    return 0 if False not in [is_harmless(repository, since, path) for path in DESCRIPTIONS] else 1


def is_harmless(repository, since, path):
    """Prints what breaks clients, and returns whether that is nothing, or allowed by a new version."""
    old_text = repository.file_at(since, path)
    if old_text is None:
        print(f"{path} is not there in {since}: nothing to compare.")
        return True
    old, new = yaml.safe_load(old_text), yaml.safe_load(repository.file(path))
    breaks = sorted(set(DESCRIPTIONS[path](old, new)))
    if not breaks:
        print(f"{path}: no change since {since} breaks clients.")
        return True
    print(f"{path}: since {since}, these changes break clients:", *breaks, sep="\n  ")
    versions = old["info"]["version"], new["info"]["version"]
    if not may_break(*versions):
        print(f"The version was {versions[0]} and is {versions[1]}, which promises that nothing breaks.")
        return False
    if not re.search(rf"^## {re.escape(versions[1])}\b", repository.file("CHANGELOG.md"), re.MULTILINE):
        print(f"Version {versions[1]} may break clients, but CHANGELOG.md has no section of it.")
        return False
    print(f"Version {versions[1]} may break clients of {versions[0]}.")
    return True


def may_break(old, new):
    """Returns whether Semantic Versioning lets the new version break clients of the old one."""
    old, new = ([int(number) for number in version.split(".")] for version in (old, new))
    # As long as versions begin with 0, the second number stands for the first.
    return new[:1] > old[:1] or (old[0] == new[0] == 0 and new[1] > old[1])


class Repository:
    def __init__(self, path):
        self.path = path

    def file(self, path):
        return (self.path / path).read_text(encoding="utf-8")

    def file_at(self, ref, path):
        """Returns the text of a file in a commit, or `None` if the commit does not have it."""
        if self._git("cat-file", "-e", f"{ref}^{{commit}}") is None:
            sys.exit(f"{ref} is no commit of this repository")
        return self._git("show", f"{ref}:{path}")

    def last_tag(self):
        tag = self._git("describe", "--tags", "--abbrev=0")
        return tag and tag.strip()

    def _git(self, *arguments):
        done = subprocess.run(["git", "-C", self.path, *arguments], capture_output=True, text=True, encoding="utf-8")
        return done.stdout if done.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(main())
