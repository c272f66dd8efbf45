"""Writes the sample persons and the page about them: ``python -m scripts.make_samples``.

The stories are in ``scripts/samples``; who they are and what the program should say of them, derived by hand,
stands in ``src/opentrd/samples/index.toml`` and is not written here.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from scripts.samples.persons import files

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "src" / "opentrd" / "samples"
PAGE = ROOT / "docs" / "samples.md"

_INTRODUCTION = """# The sample persons

Nobody here is real: names, histories and records are invented, and a script makes the same files each time.
Each person shows one thing that is easily got wrong. `opentrd demo` assesses them all as of the day in the
index; one of them can be assessed alone:

```
opentrd assess src/opentrd/samples/two-failures.json --as-of 2026-07-01
```

What the program should say of each was worked out by hand from the published rules, and is a test.
The reasons stand beside the answers in `src/opentrd/samples/index.toml`.

| Person | Story | Proper trials that failed | Definitions |
|---|---|---|---|
"""


def samples() -> list[dict[str, Any]]:
    """Read the index: all samples with their expected answers."""
    found: list[dict[str, Any]] = tomllib.loads((FOLDER / "index.toml").read_text("utf-8"))["sample"]
    return found


def page() -> str:
    """Write the page about the samples from the index."""
    rows = []
    for sample in samples():
        person = f"**{sample['name']}**<br>`{sample['file']}`"
        expected = sample["expected"]
        rows.append(f"| {person} | {sample['story']} | {_failures(expected)} | {_verdicts(expected)} |\n")
    return _INTRODUCTION + "".join(rows)


def _failures(expected: dict[str, Any]) -> str:
    """Name the adequate trials without response; with a question mark those that may have been."""
    named = []
    for trial in expected.get("trials", ()):
        adequate, outcome = trial.get("adequate", "no"), trial.get("outcome", "?")
        if adequate == "no" or trial.get("lost_response"):
            continue
        if outcome in ("none", "worse", "partial", "?"):
            certain = adequate == "yes" and outcome != "?"
            name = trial["treatment"]
            named.append((name if isinstance(name, str) else " or ".join(name)) + ("" if certain else " (?)"))
    return ", ".join(named) or "none"


def _verdicts(expected: dict[str, Any]) -> str:
    """Say in how many of the chosen definitions each verdict comes out."""
    if "not_applicable" in expected:
        return f"do not apply: {expected['not_applicable']}"
    groups: dict[str, list[str]] = {}
    for definition, verdict in expected["verdicts"].items():
        groups.setdefault(verdict.replace("_", " "), []).append(definition)
    return "; ".join(f"{verdict}: {', '.join(names)}" for verdict, names in groups.items())


def main() -> None:
    """Write all files, and take away record files that no story makes any more."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    made = dict(files())
    for old in FOLDER.iterdir():
        if old.suffix in (".json", ".csv", ".yaml") and old.name not in made:
            old.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    print(f"{len(made)} records in {FOLDER.relative_to(ROOT)}, {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
