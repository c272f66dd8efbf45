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
ENDS: Final = (GOING, STOPPED, FURTHER)
OTHER: Final = "other"
#: The share of all lines from which a category stands by itself.
_SHARE: Final = 0.03

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
    ends = _ends(cells, names, edges)
    everyone = cells.add("flow", _first(nodes))
    treated = results.one("SELECT count(*) FILTER (treated) FROM people")[0]
    cells.total("treated", [everyone, cells.add("flow.none", treated - _first(nodes))])
    for line in range(1, LINES + 1):
        cells.add(f"flow.{line}", sum(n for (at, _), n in nodes.items() if at == line))
        cells.total(f"flow.{line}", [_node(at, category) for at, category in nodes if at == line])
    for line in range(1, LINES + 1):
        on = cells.add(f"flow.{line}:on", _left(edges, line))
        cells.total(f"flow.{line}", [on, *(ends[line, end] for end in (STOPPED, GOING))])
        cells.total(on, [f"flow.{line + 1}" if line < LINES else ends[line, FURTHER]])
    cells.total(everyone, ["flow.1"])
    return lambda shown: Flow(
        persons=shown[everyone],
        nodes=[
            [Part(key=c, count=shown[_node(at, c)]) for c in _ranked(nodes, at)] for at in range(1, LINES + 1)
        ],
        edges=[Edge(line=at, source=a, target=b, persons=shown[name]) for (at, a, b), name in names.items()],
        ends=[[Part(key=end, count=shown[ends[line, end]]) for end in ENDS] for line in range(1, LINES + 1)],
        on=[shown[f"flow.{line}:on"] for line in range(1, LINES + 1)],
    )


def _ends(
    cells: Cells, names: dict[tuple[int, str, str], str], edges: list[tuple[int, str, str, int]]
) -> dict[tuple[int, str], str]:
    """Note how many ended in each way after each line, whatever they were on."""
    ends = {}
    for line in range(1, LINES + 1):
        for end in ENDS:
            count = sum(n for at, _, target, n in edges if (at, target) == (line, end))
            ends[line, end] = cells.add(f"flow.{line}>{end}", count)
            cells.total(
                ends[line, end], [name for (at, _, to), name in names.items() if (at, to) == (line, end)]
            )
    return ends


def _left(edges: list[tuple[int, str, str, int]], line: int) -> int:
    """How many went on from a line to another treatment."""
    return sum(n for at, _, target, n in edges if at == line and target not in (STOPPED, GOING))


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
