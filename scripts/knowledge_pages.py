"""Pages made from the knowledge tables: what is known, from where, and how it is read."""

from collections.abc import Iterator

import msgspec

from opentrd.knowledge.definition import Definition
from opentrd.knowledge.loader import Knowledge, load
from opentrd.knowledge.schema import TABLES, Row

LONGEST = 300
"""Tables with more rows are described and counted, not printed."""
BASIS = ("source", "status", "checked")


def knowledge_pages() -> Iterator[tuple[str, str]]:
    """Yield ``(path, text)`` of the pages about tables, definitions and staging."""
    knowledge = load()
    yield "knowledge/index.md", _index(knowledge)
    for name in TABLES:
        rows = list(knowledge.table(name).values())
        if len(rows) <= LONGEST:
            yield f"knowledge/{name}.md", _table_page(name, rows)
    yield "definitions.md", _definitions(knowledge)
    yield "staging.md", _staging(knowledge)


def _index(knowledge: Knowledge) -> str:
    lines = [
        "# Knowledge",
        "",
        "Every medical fact is a row of a table with its source and the day on which it was last checked. "
        "`seen`: read in that source; `derived`: worked out from what was read; `ours`: our choice; "
        "`from_memory`: not yet confirmed, and shown so.",
        "",
        "A clinic can lay [rows of its own](../own-knowledge.md) over these: a folder with files of the same "
        "names, given with `--knowledge`. `opentrd knowledge` searches them all.",
        "",
        "| table | rows | seen | derived | ours | not yet confirmed | what a row is |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, (cls, _) in TABLES.items():
        rows = list(knowledge.table(name).values())
        counts = [sum(row.status == s for row in rows) for s in ("seen", "derived", "ours", "from_memory")]
        shown = f"[{name}]({name}.md)" if len(rows) <= LONGEST else name
        lines.append(f"| {shown} | {len(rows)} | {' | '.join(map(str, counts))} | {_first_sentence(cls)} |")
    return "\n".join(lines) + "\n"


def _table_page(name: str, rows: list[Row]) -> str:
    cls = TABLES[name][0]
    fields = [f for f in msgspec.structs.fields(cls) if f.name not in (*BASIS, "local")]
    used = [f for f in fields if any(getattr(row, f.name) is not None for row in rows)]
    names = [f.encode_name for f in used] + ["source"]
    lines = [f"# {name}", "", _plain(cls.__doc__ or ""), "", _header(names)]
    lines.append(_rule(len(used) + 1))
    for row in rows:
        cells = [_cell(getattr(row, f.name)) for f in used]
        lines.append(f"| {' | '.join(cells)} | {_cell(_basis(row.source, row.status))} |")
    return "\n".join(lines) + "\n"


def _definitions(knowledge: Knowledge) -> str:
    shown = [d for d in knowledge.definitions.values() if "." not in d.definition]
    headline = sum(d.headline for d in shown)
    lines = [
        "# Definitions of treatment-resistant depression",
        "",
        f"{len(shown)} published definitions are computed for every person; {headline} of them are "
        "counted in summaries (the others repeat one of these, need one failure only, or are not "
        "confirmed). "
        "Where a source leaves something open, our reading stands beside it; a verdict says so where the "
        "other end would change it.",
        "",
    ]
    for definition in sorted(shown, key=lambda d: (not d.headline, d.name)):
        lines += _definition(definition)
    lines += ["## Not computed", "", _header(["name", "why"]), _rule(2)]
    for row in knowledge.not_computed.values():
        if row.what == "definition":
            lines.append(f"| {_cell(row.name)} | {_cell(row.reason)} |")
    return "\n".join(lines) + "\n"


def _definition(d: Definition) -> list[str]:
    counted = [name.replace("_", " ") for name in d.counts.__struct_fields__ if getattr(d.counts, name)]
    rows = {
        "id": f"`{d.definition}`",
        "counts": f"{d.number if d.kind != 'staging_at_least' else ''} {d.kind.replace('_', ' ')}".strip(),
        "within": d.scope + (f" of {d.window_days} days" if d.window_days else ""),
        "at least": _time(d),
        "dose": None if d.policy.dose == "ignored" else d.instrument or "the chosen instrument",
        "failed": _failed(d),
        "also counts": ", ".join(counted) or None,
        "different": d.distinct if d.distinct != "none" else None,
        "outside": ", ".join(d.exclude) or None,
        "intake": d.policy.intake,
        "in summaries": "yes" if d.headline else f"no{f', as {d.same_as}' if d.same_as else ''}",
        "source": _basis(d.source, d.status),
    }
    lines = [f"### {d.name}", ""]
    lines += [d.note, ""] if d.note else []
    lines += [_header(["what", "how"]), _rule(2)]
    lines += [f"| {what} | {_cell(how)} |" for what, how in rows.items() if how]
    lines.append("")
    if d.open:
        lines += [_header(["left open by the source", "our reading", "the other end"]), _rule(3)]
        lines += [f"| {o.parameter} | {_cell(o.reading)} {_cell(o.why)} | {_cell(o.other)} |" for o in d.open]
        lines.append("")
    return lines


def _time(d: Definition) -> str | None:
    if d.min_weeks:
        return f"{d.min_weeks:g} weeks"
    return f"{d.adequate_days} days" if d.adequate_days else None


def _failed(d: Definition) -> str | None:
    if d.kind != "failed_trials":
        return None
    if d.policy.outcome == "next_treatment":
        return "another treatment followed"
    if d.failure == "no_remission":
        return "no remission"
    return f"improved by less than {d.failure_below:g} %" if d.failure_below else "no response by the scale"


def _staging(knowledge: Knowledge) -> str:
    lines = [
        "# Staging models",
        "",
        "How far along: each model gives a low and a high score where facts are missing, and none where it "
        "does not apply. Every level is a row of the table `staging_item`.",
        "",
    ]
    for model in knowledge.staging_models.values():
        lines += [f"## {model.name}", "", f"Applies {model.applies}.", ""]
        lines += [f"{model.remark}", ""] if model.remark else []
        lines += [_header(["item", "level", "above", "up to", "points", "source"]), _rule(6)]
        for row in knowledge.staging_items.values():
            if row.model == model.model:
                cells = (row.item, row.level, row.low, row.high, row.points, _basis(row.source, row.status))
                lines.append(f"| {' | '.join(map(_cell, cells))} |")
        lines.append("")
    lines += ["## Not computed", "", _header(["name", "why"]), _rule(2)]
    for other in knowledge.not_computed.values():
        if other.what == "staging":
            lines.append(f"| {_cell(other.name)} | {_cell(other.reason)} |")
    return "\n".join(lines) + "\n"


def _basis(source: str, status: str) -> str:
    return f"{source} (not yet confirmed)" if status == "from_memory" else source


def _header(names: list[str]) -> str:
    return f"| {' | '.join(names)} |"


def _rule(columns: int) -> str:
    return f"| {' | '.join(['---'] * columns)} |"


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _first_sentence(cls: type[Row]) -> str:
    return _cell((cls.__doc__ or "").split(". ")[0].strip().rstrip("."))


def _plain(doc: str) -> str:
    return "\n".join(line.strip() for line in doc.replace("``", "`").splitlines()).strip()
