-- Exposures: medicines from drug_exposure (one for each part of a product and step of its instructions),
-- psychotherapy, stimulation, lifestyle treatments and sessions of esketamine from procedure_occurrence.
-- ``known`` is the row of exposure_known.sql that says what was given, ``stopped`` that of exposure_stopped.sql.
WITH agreed_on AS (
  SELECT
    any_value(value) FILTER (key = 'supply_least_days') AS supply_least,
    any_value(value) FILTER (key = 'supply_most_days') AS supply_most,
    any_value(value) FILTER (key = 'lower_dose_tolerance') AS tolerance
  FROM map_convention
), dosed AS (
  SELECT
    d.*,
    tolerance,
    p.rowid AS known, p.route AS product_route,
    p.each_low, p.each_high, p.least_units, p.most_units, p.share, p.factor, p.dose_unit, p.per_session,
    coalesce(s.after_low, 0) AS after_low, coalesce(s.after_high, 0) AS after_high, coalesce(s.steps, 1) AS steps,
    -- What was handed out for so many days lasts as long, whatever length the instructions name.
    CASE WHEN s.steps > 1 OR d.origin <> 'dispense' OR d.days IS NULL THEN s.days_low END AS step_low,
    CASE WHEN s.steps > 1 OR d.origin <> 'dispense' OR d.days IS NULL THEN s.days_high END AS step_high,
    s.dose_low AS said_low, s.dose_high AS said_high,
    coalesce(s.last, true) AS last,
    coalesce(
      d.days,
      -- A quantity lasts as long as the instructions say, where they say one dose exactly.
      CASE WHEN s.units_day > 0 AND d.quantity / s.units_day BETWEEN supply_least AND supply_most
        THEN round(d.quantity / s.units_day)::INTEGER END
    ) AS supply,
    -- What was handed out for so many days, as a dose a day; what was given at once, as that of a session.
    CASE
      WHEN p.per_session THEN CASE WHEN d.origin = 'administration' AND d.stated - d.start <= 1 THEN d.quantity END
      WHEN d.days IS NULL OR s.steps > 1 THEN NULL
      ELSE d.quantity / d.days
    END AS units
  FROM drug_line d
  CROSS JOIN agreed_on
  JOIN map_product p ON p.product = d.product
  LEFT JOIN map_dose s ON s.dose = d.dose
  WHERE d.reason IS NULL
), amounts AS (
  SELECT
    *,
    CASE WHEN units <= most_units AND (units >= least_units) THEN units * each_low END AS supplied_low,
    CASE WHEN units <= most_units AND (units >= least_units) THEN units * each_high END AS supplied_high
  FROM dosed
), agreed AS (
  -- Where instructions and supply say different doses, the dose is the range of both.
  SELECT
    *,
    share * factor * CASE
      WHEN said_low IS NULL THEN supplied_low
      WHEN supplied_low IS NULL OR supplied_low >= said_low * (1 - tolerance) THEN said_low
      ELSE supplied_low
    END AS low,
    share * factor * CASE
      WHEN said_high IS NULL THEN supplied_high
      WHEN supplied_high IS NULL OR supplied_high <= said_high * (1 + tolerance) THEN said_high
      ELSE supplied_high
    END AS high
  FROM amounts
), placed AS (
  SELECT
    *,
    -- What is left of the supply for the last step, where the length of those before is exact.
    CASE WHEN after_low = after_high AND supply > after_low THEN supply - after_low END AS left_days,
    start + after_low AS begun_first,
    start + after_high AS begun_last,
    CASE
      WHEN step_low IS NOT NULL THEN start + after_low + step_low
      WHEN stated IS NOT NULL THEN stated + 1
      WHEN origin = 'order' AND refills > 0 AND supply IS NOT NULL THEN start + supply
    END AS end_first,
    CASE
      WHEN step_low IS NOT NULL THEN start + after_high + step_high
      WHEN stated IS NOT NULL THEN stated + 1
      WHEN origin = 'order' AND refills > 0 AND supply IS NOT NULL THEN start + supply * (1 + refills)
    END AS end_last,
    CASE
      WHEN NOT last THEN 'completed'
      WHEN stopped > 0 THEN 'stopped'
      WHEN origin IN ('dispense', 'administration') THEN 'completed'
      ELSE 'unknown'
    END AS status
  FROM agreed
), removed AS (
  SELECT * FROM procedure_line WHERE removal AND reason IS NULL
), taken_out AS (
  -- An implant works until it is taken out: by the first removal after it, of one operation told in several rows.
  SELECT i.implanted, max(r.stated) AS stated, list(r.line ORDER BY r.line) AS lines
  FROM (
    SELECT l.line AS implanted, l.person_id, l.treatment, min(r.start) AS day
    FROM procedure_line l
    JOIN removed r ON r.person_id = l.person_id AND r.treatment = l.treatment AND r.start > l.start
    WHERE l.implant AND l.reason IS NULL
    GROUP BY ALL
  ) i
  JOIN removed r ON r.person_id = i.person_id AND r.treatment = i.treatment AND r.start = i.day
  GROUP BY i.implanted
), procedures AS (
  SELECT
    l.* EXCLUDE (start, stated, known), m.kind,
    (SELECT count(*) FROM map_product) + l.known AS known,
    -- A removal alone tells of an implant of unknown begin.
    CASE WHEN NOT l.removal THEN l.start END AS start,
    CASE WHEN l.implant THEN o.stated ELSE l.stated END AS ended,
    l.implant OR l.removal AS lasting,
    NOT l.implant AND NOT l.removal AND l.stated - l.start <= 1 AS one_day,
    [l.line] || coalesce(o.lines, []) AS lines
  FROM procedure_line l
  JOIN map_procedure m ON m.rowid = l.known
  LEFT JOIN taken_out o ON l.implant AND o.implanted = l.line
  WHERE l.reason IS NULL
    AND NOT (l.removal AND l.line IN (SELECT unnest(lines) FROM taken_out))
)
SELECT
  person_id,
  ['drug_exposure/' || line] AS source_ids,
  known,
  origin,
  coalesce(route, product_route) AS route,
  begun_first AS start_earliest,
  begun_last AS start_latest,
  end_first AS end_earliest,
  end_last AS end_latest,
  CASE WHEN end_last IS NOT NULL OR status IN ('stopped', 'completed') THEN false END AS ongoing,
  round(low, 4) AS dose_low,
  round(high, 4) AS dose_high,
  CASE WHEN low IS NOT NULL OR high IS NOT NULL THEN dose_unit END AS dose_unit,
  CASE WHEN last THEN left_days END AS supply_days,
  CASE WHEN per_session AND origin = 'administration' AND stated - start <= 1 THEN 1 END AS sessions_low,
  CASE WHEN per_session AND origin = 'administration' AND stated - start <= 1 THEN 1 END AS sessions_high,
  NULL::DOUBLE AS taken_low,
  NULL::DOUBLE AS taken_high,
  CASE WHEN origin = 'dispense' THEN true END AS collected,
  NULL::VARCHAR AS reported_response,
  CASE WHEN last THEN stopped ELSE 0 END AS stopped,
  NULL::VARCHAR AS indication,
  status,
  NULL::VARCHAR AS order_id
FROM placed
UNION ALL
SELECT
  person_id,
  list_transform(lines, lambda each: 'procedure_occurrence/' || each),
  known,
  'administration',
  NULL,
  start, start,
  ended + 1, ended + 1,
  CASE WHEN ended IS NOT NULL OR NOT lasting THEN false END,
  NULL, NULL, NULL, NULL,
  CASE WHEN one_day THEN 1 END,
  -- Of a medicine the quantity is one of the medicine.
  CASE WHEN one_day THEN CASE WHEN kind = 'medicine' THEN 1 ELSE quantity END END,
  NULL, NULL, NULL, NULL,
  0,
  NULL,
  CASE WHEN NOT lasting THEN 'completed' WHEN ended IS NULL THEN 'unknown' ELSE 'stopped' END,
  NULL
FROM procedures
