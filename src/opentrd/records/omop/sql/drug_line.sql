-- Each row of drug_exposure once: its product, where it comes from, its supply and stated end, or why it is not used.
-- ``dose`` and ``stopped`` are rows of the maps that say what its texts mean, so that lines stay narrow to sort.
WITH told AS (
  SELECT
    d.drug_exposure_id AS line,
    d.person_id,
    p.person_id IS NOT NULL AS known_person,
    m.product,
    -- The type "claim" or "record" does not say what happened: a supply in days was handed out (or ordered).
    CASE
      WHEN t.meaning = 'claim' THEN CASE WHEN d.days_supply > 0 THEN 'dispense' ELSE 'administration' END
      WHEN t.meaning = 'record' THEN
        CASE WHEN d.days_supply > 0 OR d.refills > 0 OR d.sig <> '' THEN 'order' ELSE 'statement' END
      ELSE coalesce(t.meaning, 'statement')
    END AS origin,
    d.drug_exposure_start_date AS start,
    d.drug_exposure_end_date AS last_day,
    d.verbatim_end_date AS verbatim,
    CASE WHEN d.days_supply > 0 THEN d.days_supply END AS days,
    CASE WHEN d.quantity > 0 THEN d.quantity END AS quantity,
    CASE WHEN d.refills > 0 THEN d.refills ELSE 0 END AS refills,
    s.dose,
    CASE WHEN d.stop_reason <> '' THEN 1 + coalesce(e.rowid, (SELECT count(*) FROM map_stop)) ELSE 0 END AS stopped,
    nullif(d.route_source_value, '') AS route
  FROM drug_exposure d
  LEFT JOIN map_drug m
    ON m.concept = d.drug_concept_id
    AND m.source_concept = d.drug_source_concept_id
    AND m.source_value = d.drug_source_value
  LEFT JOIN map_dose s ON s.step = 0 AND s.product = m.product AND s.sig = d.sig
  LEFT JOIN map_stop e ON e.text = d.stop_reason
  LEFT JOIN map_concept t ON t.concept_id = d.drug_type_concept_id AND t.sort = 'type'
  LEFT JOIN person p ON p.person_id = d.person_id
), ended AS (
  -- drug_exposure_end_date is mandatory and mostly made up. It speaks for an administration, or beside a supply.
  SELECT
    *,
    CASE
      WHEN origin = 'administration' THEN coalesce(verbatim, last_day, start)
      WHEN verbatim IS NOT NULL THEN verbatim
      WHEN days IS NOT NULL AND last_day > start THEN last_day
    END AS stated
  FROM told
)
SELECT
  line, person_id, product, origin, start, days, quantity, refills, dose, stopped, route,
  -- An end that only repeats the supply (with or without its repeats, counted either way) says nothing more.
  CASE
    WHEN origin <> 'administration' AND days IS NOT NULL AND (
      stated - start IN (days - 1, days) OR stated - start IN (days * (1 + refills) - 1, days * (1 + refills))
    ) THEN NULL
    ELSE stated
  END AS stated,
  CASE
    WHEN NOT known_person THEN 'unknown_person'
    WHEN product IS NULL THEN 'no_product'
    WHEN stated < start THEN 'end_before_start'
  END AS reason
FROM ended
