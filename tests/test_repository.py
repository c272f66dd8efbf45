"""What must be true of the repository itself."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def requirements(text: str) -> list[str]:
    """Return the requirements of a lock file, each with its hashes on one line."""
    joined = text.replace("\\\n", " ").splitlines()
    return [line for line in joined if line.strip() and not line.lstrip().startswith("#")]


def versions(path: Path) -> set[str]:
    return {re.split(r"[ ;]", line)[0] for line in requirements(path.read_text())}


def test_there_are_two_locks() -> None:
    assert [path.name for path in LOCKS] == ["dev.txt", "run.txt"]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_a_lock_has_versions_and_hashes_and_no_address(path: Path) -> None:
    text = path.read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", re.sub(r"^\s*--hash=sha256:", "", text, flags=re.M), flags=re.M)
    for line in requirements(text):
        assert re.match(r"[a-z0-9.\-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line


def test_what_runs_is_tested_in_the_same_versions() -> None:
    assert versions(ROOT / "requirements/run.txt") <= versions(ROOT / "requirements/dev.txt")


def test_every_direct_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"].values()
    wanted = project["project"]["dependencies"] + [entry for group in groups for entry in group]
    names = {re.split(r"[<>=]", entry)[0] for entry in wanted if isinstance(entry, str)}
    reasons = (ROOT / "docs/dependencies.md").read_text()
    assert {name for name in names if name not in reasons} == set()
