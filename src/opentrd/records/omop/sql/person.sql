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
), dated AS (
  SELECT
    person_id,
    CASE WHEN year_of_birth BETWEEN 1 AND 9999 THEN year_of_birth END AS year,
    CASE WHEN month_of_birth BETWEEN 1 AND 12 THEN month_of_birth END AS month,
    day_of_birth
  FROM person
), born AS (
  -- A month or day that no calendar has (some write 0 for unknown) is unknown.
  SELECT person_id, year, month, try(make_date(year, month, day_of_birth)) AS day FROM dated
)
SELECT
  p.person_id,
  NULL::VARCHAR AS name,
  ['person/' || p.person_id] AS source_ids,
  coalesce(b.day, make_date(b.year, coalesce(b.month, 1), 1), p.birth_datetime) AS birth_earliest,
  coalesce(b.day, last_day(make_date(b.year, coalesce(b.month, 12), 1)), p.birth_datetime) AS birth_latest,
  s.meaning AS sex,
  coalesce(d.first_day, p.death_datetime) AS death_earliest,
  coalesce(d.last_day, p.death_datetime) AS death_latest,
  o.first_day AS observed_start,
  o.last_day + 1 AS observed_end,
  coalesce(o.sources, []::VARCHAR[])
    || CASE WHEN d.person_id IS NULL THEN []::VARCHAR[] ELSE ['death/' || p.person_id] END AS used_ids
FROM person p
LEFT JOIN map_concept s ON s.concept_id = p.gender_concept_id AND s.sort = 'sex'
LEFT JOIN born b ON b.person_id = p.person_id
LEFT JOIN observed o ON o.person_id = p.person_id
LEFT JOIN died d ON d.person_id = p.person_id
