"""Persons who wrote their history down by hand, as a table and as a text."""

from __future__ import annotations

import csv
import io


def by_hand() -> str:
    """Write what a person remembers, with months and "about", as a table."""
    columns = (
        "what",
        "name",
        "dose",
        "from",
        "to",
        "sessions",
        "taken",
        "helped",
        "stopped because",
        "value",
        "severity",
    )
    lines: list[dict[str, str]] = [
        {"what": "person", "name": "name", "value": "Ruth Abebe"},
        {"what": "person", "name": "born", "value": "1978-03-09"},
        {"what": "person", "name": "sex", "value": "female"},
        {"what": "condition", "name": "depression", "from": "2025-01", "severity": "severe"},
        _tried("sertraline", "100 mg", "2025-03", "2025-07", "not at all", "no effect"),
        _tried("venlafaxine", "150 mg", "2025-08", "2025-12", "a little", "no effect"),
        _tried(
            "bupropion", "150 mg", "about January 2026", "about February 2026", "not at all", "side effects"
        ),
        {
            "what": "treatment",
            "name": "CBT",
            "from": "2026-02",
            "to": "2026-06",
            "sessions": "16",
            "helped": "a little",
        },
        {"what": "score", "name": "PHQ-9", "from": "2026-06-20", "value": "20"},
        {"what": "other medicine", "name": "vitamin D", "from": "2021", "to": "still"},
        {"what": "note", "name": "I wrote this from memory, with my old pill boxes beside me."},
    ]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def _tried(name: str, dose: str, start: str, end: str, helped: str, stopped: str) -> dict[str, str]:
    return {
        "what": "treatment",
        "name": name,
        "dose": dose,
        "from": start,
        "to": end,
        "taken": "yes",
        "helped": helped,
        "stopped because": stopped,
    }


def from_memory() -> str:
    """Write what a doctor noted down with a person, as a text in sections."""
    return """\
# Written down in the practice, together.
person:
  name: Emeka Obi
  born: 1969-11
  sex: male
  written: 2026-06-30

conditions:
  - name: depression
    from: 2025-03
    severity: severe
  - name: hypothyroidism
    from: 2012

treatments:
  - name: mirtazapine
    dose: 15 mg
    from: 2025-07-15
    to: 2025-10-05
    taken: yes
    helped: not at all
    stopped because: no effect
  - name: sertraline
    dose: 50 mg for 2 weeks then 150 mg
    from: 2025-10-13
    to: 2026-01-31
    taken: half
    helped: not at all
    stopped because: no effect
  - name: duloxetine
    dose: 60 mg
    from: 2026-06-15
    to: still
    taken: yes

other medicines:
  - name: levothyroxine
    dose: 75 mcg
    from: 2012
    to: still

scores:
  - {name: PHQ-9, from: 2025-07-10, value: 21}
  - {name: PHQ-9, from: 2025-10-05, value: 20}
  - {name: PHQ-9, from: 2026-01-30, value: 20}
  - {name: PHQ-9, from: 2026-06-15, value: 21}

family:
  - name: depression
    value: mother
"""
