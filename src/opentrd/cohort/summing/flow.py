"""Lines of treatment as a flow: from line to line, to an end, or still going on when last seen.

Each person's latest episode; categories that are rare in all lines together are one ("other").
"""

from __future__ import annotations

from typing import Final

from opentrd.cohort.summing.results import Draft, Results
from opentrd.cohort.summing.small_cells import Cells
from opentrd.cohort.summing.sums import Edge, Flow, Part

LINES: Final = 5
#: Where a flow may end.
STOPPED, GOING, FURTHER = "stopped", "going_on", "further"
OTHER: Final = "other"
#: The share of all lines from which a category stands by itself.
_SHARE: Final = 0.02

_EDGES: Final = f"""
    WITH latest AS (
      SELECT person_id, arg_max(episode, start) AS episode FROM line GROUP BY person_id
    ), own AS (
      SELECT l.person_id, l.line, l.category, l."end", p.last_day
      FROM line l JOIN latest USING (person_id, episode) JOIN people p USING (person_id) WHERE p.treated
    ), common AS (
      SELECT category FROM own WHERE line <= {LINES} GROUP BY category
      HAVING count(*) >= {_SHARE} * (SELECT count(*) FROM own WHERE line <= {LINES})
    ), named AS (
      SELECT own.* REPLACE (coalesce(c.category, '{OTHER}') AS category)
      FROM own LEFT JOIN common c ON c.category = own.category
    ), gone AS (
      SELECT a.line, a.category AS source,
             CASE WHEN b.line > {LINES} THEN '{FURTHER}' WHEN b.line IS NOT NULL THEN b.category
                  WHEN a."end" IS NULL OR a."end" > a.last_day THEN '{GOING}' ELSE '{STOPPED}' END AS target
      FROM named a LEFT JOIN named b ON b.person_id = a.person_id AND b.line = a.line + 1
      WHERE a.line <= {LINES}
    )
    SELECT line, source, target, count(*) FROM gone GROUP BY ALL ORDER BY ALL
"""


def draft_flow(results: Results, cells: Cells) -> Draft[Flow]:
    """Count who went from what to what; what flows in flows out."""
    edges = [(line, source, target, count) for line, source, target, count in results.rows(_EDGES)]
    names = {
        (line, source, target): cells.add(f"flow.{line}.{source}>{target}", count)
        for line, source, target, count in edges
    }
    nodes: dict[tuple[int, str], int] = {}
    for line, source, _, count in edges:
        nodes[line, source] = nodes.get((line, source), 0) + count
    for (line, category), count in nodes.items():
        node = cells.add(_node(line, category), count)
        cells.total(
            node, [name for (at, source, _), name in names.items() if (at, source) == (line, category)]
        )
        if line > 1:
            into = [name for (at, _, to), name in names.items() if (at, to) == (line - 1, category)]
            cells.total(node, into)
    everyone = cells.add("flow", sum(count for (line, _), count in nodes.items() if line == 1))
    none = cells.add(
        "flow.none", results.one("SELECT count(*) FILTER (treated) FROM people")[0] - _first(nodes)
    )
    cells.total("treated", [everyone, none])
    cells.total(everyone, [_node(line, category) for line, category in nodes if line == 1])
    return lambda shown: Flow(
        persons=shown[everyone],
        nodes=[
            [Part(key=c, count=shown[_node(at, c)]) for c in _ranked(nodes, at)] for at in range(1, LINES + 1)
        ],
        edges=[Edge(line=at, source=a, target=b, persons=shown[name]) for (at, a, b), name in names.items()],
    )


def _first(nodes: dict[tuple[int, str], int]) -> int:
    return sum(count for (line, _), count in nodes.items() if line == 1)


def _node(line: int, category: str) -> str:
    return f"flow.{line}.{category}"


def _ranked(nodes: dict[tuple[int, str], int], line: int) -> list[str]:
    """Return the categories of a line: the commonest over all lines first, "other" last."""
    total: dict[str, int] = {}
    for (_, category), count in nodes.items():
        total[category] = total.get(category, 0) + count
    here = [category for at, category in nodes if at == line]
    return sorted(here, key=lambda c: (c == OTHER, -total[c], c))
