-- Persons. A year of birth alone spreads over that year. A record has one time of observation, and what is missing
-- in it was not there: so it is the last stretch without a gap, as in a gap nobody was looking.
WITH stretch AS (
  SELECT
    *,
    observation_period_start_date > 1 + max(observation_period_end_date) OVER (
      PARTITION BY person_id ORDER BY observation_period_start_date, observation_period_end_date
      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS apart
  FROM observation_period
), observed AS (
  SELECT
    person_id,
    max(observation_period_start_date) FILTER (apart IS NOT FALSE) AS first_day,
    max(observation_period_end_date) AS last_day,
    list_sort(list('observation_period/' || observation_period_id)) AS sources
  FROM stretch
  GROUP BY person_id
), died AS (
  SELECT person_id, min(death_date) AS first_day, max(death_date) AS last_day
  FROM death
  GROUP BY person_id
)
SELECT
  p.person_id::VARCHAR AS person_id,
  NULL::VARCHAR AS name,
  ['person/' || p.person_id] AS source_ids,
  CASE
    WHEN p.year_of_birth IS NULL THEN p.birth_datetime
    ELSE coalesce(
      try(make_date(p.year_of_birth, coalesce(p.month_of_birth, 1), coalesce(p.day_of_birth, 1))),
      make_date(p.year_of_birth, 1, 1)
    )
  END AS birth_earliest,
  CASE
    WHEN p.year_of_birth IS NULL THEN p.birth_datetime
    WHEN p.month_of_birth IS NULL THEN make_date(p.year_of_birth, 12, 31)
    WHEN p.day_of_birth IS NULL THEN last_day(make_date(p.year_of_birth, p.month_of_birth, 1))
    ELSE coalesce(
      try(make_date(p.year_of_birth, p.month_of_birth, p.day_of_birth)), make_date(p.year_of_birth, 12, 31)
    )
  END AS birth_latest,
  s.meaning AS sex,
  coalesce(d.first_day, p.death_datetime) AS death_earliest,
  coalesce(d.last_day, p.death_datetime) AS death_latest,
  o.first_day AS observed_start,
  o.last_day + 1 AS observed_end,
  coalesce(o.sources, []::VARCHAR[])
    || CASE WHEN d.person_id IS NULL THEN []::VARCHAR[] ELSE ['death/' || p.person_id] END AS used_ids
FROM person p
LEFT JOIN map_concept s ON s.concept_id = p.gender_concept_id AND s.sort = 'sex'
LEFT JOIN observed o ON o.person_id = p.person_id
LEFT JOIN died d ON d.person_id = p.person_id
