-- Scores: totals as stated; items put together by person, scale and day, and added up by the scale's own way.
WITH parts AS (
  SELECT *, origin || '/' || line AS source FROM result_line WHERE reason IS NULL AND role IN ('total', 'item')
), totals AS (
  SELECT person_id, scale, day, value, list(source) AS sources
  FROM parts WHERE role = 'total'
  GROUP BY person_id, scale, day, value
), answers AS (
  SELECT person_id, scale, day, item, max(value)::INTEGER AS answer, min(value) <> max(value) AS clash,
    list(source) AS sources
  FROM parts WHERE role = 'item'
  GROUP BY person_id, scale, day, item
), sets AS (
  SELECT
    person_id, day,
    -- Items of the PHQ-9 without the rest of it are those of a shorter form.
    coalesce((
      SELECT s.scale FROM map_short s
      WHERE s.longer = a.scale AND s.items = list_sort(list(a.item))
        AND NOT EXISTS (
          SELECT 1 FROM totals t WHERE t.person_id = a.person_id AND t.scale = a.scale AND t.day = a.day
        )
    ), scale) AS scale,
    list({'item': item, 'value': answer} ORDER BY item) AS items,
    list_distinct(flatten(list(sources))) AS sources,
    bool_or(clash) AS clash
  FROM answers a
  GROUP BY person_id, scale, day
), summed AS (
  -- Items that count together give their highest.
  SELECT person_id, scale, day, sum(highest) AS value, sum(told) AS told
  FROM (
    SELECT u.person_id, u.scale, u.day, i.together, max(u.one.value) AS highest, count(*) AS told
    FROM (SELECT person_id, scale, day, unnest(items) AS one FROM sets WHERE NOT clash) u
    JOIN map_item i ON i.scale = u.scale AND i.item = u.one.item
    GROUP BY u.person_id, u.scale, u.day, i.together
  )
  GROUP BY person_id, scale, day
), whole AS (
  SELECT s.*, CASE WHEN m.told = c.items THEN m.value END AS value, (
    SELECT count(*) FROM totals t WHERE t.person_id = s.person_id AND t.scale = s.scale AND t.day = s.day
  ) AS totals
  FROM sets s
  LEFT JOIN summed m ON m.person_id = s.person_id AND m.scale = s.scale AND m.day = s.day
  LEFT JOIN map_scale c ON c.scale = s.scale
), joined AS (
  SELECT
    coalesce(t.person_id, w.person_id) AS person_id,
    coalesce(t.scale, w.scale) AS scale,
    coalesce(t.day, w.day) AS day,
    CASE WHEN w.sources IS NULL AND len(t.sources) = 1 THEN t.sources
      ELSE list_sort(list_distinct(coalesce(t.sources, []) || coalesce(w.sources, []))) END AS sources,
    coalesce(t.value, w.value) AS value,
    coalesce(w.items, []) AS items
  FROM totals t
  FULL JOIN whole w
    ON w.person_id = t.person_id AND w.scale = t.scale AND w.day = t.day
    AND (w.totals = 1 OR w.value = t.value)
)
SELECT
  j.person_id,
  j.sources AS source_ids,
  j.scale,
  j.day AS day_earliest,
  j.day AS day_latest,
  j.value,
  j.items,
  CASE WHEN len(j.items) > 0 THEN list_filter(j.items, lambda one: one.item = c.suicide_item)[1].value END
    AS suicide_item
FROM joined j
LEFT JOIN map_scale c ON c.scale = j.scale
