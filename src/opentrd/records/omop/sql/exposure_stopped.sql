-- Why a treatment was stopped: no reason, those of the map in its order, and what no text of the map says.
SELECT reasons AS stop_reasons
FROM (
  SELECT -1 AS number, []::VARCHAR[] AS reasons
  UNION ALL SELECT rowid, reasons FROM map_stop
  UNION ALL SELECT count(*), ['other'] FROM map_stop
)
ORDER BY number
