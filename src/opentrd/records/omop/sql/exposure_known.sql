-- What an exposure can be: the products, after them the procedures, each in the order of its map.
SELECT * EXCLUDE (part, number)
FROM (
  SELECT
    1 AS part, rowid AS number,
    treatment, kind, product_text, codes, formulation, strength, strength_unit,
    NULL::VARCHAR AS session_detail, doubt
  FROM map_product
  UNION ALL
  SELECT 2, rowid, treatment, kind, product_text, codes, formulation, NULL, NULL, detail, NULL
  FROM map_procedure
)
ORDER BY part, number
