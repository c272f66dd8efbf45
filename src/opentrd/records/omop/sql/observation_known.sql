-- What a result can be, in the order of the map.
SELECT meaning AS concept, kind, codes FROM map_result ORDER BY rowid
