"""The statements of the derivation store; each finds its rows by key or index."""

ADD = "INSERT INTO derivations (asset, record) SELECT number, ? FROM assets WHERE id = ?"
FORGET = "DELETE FROM derivations WHERE asset = (SELECT number FROM assets WHERE id = ?)"
GET = "SELECT d.record FROM assets a CROSS JOIN derivations d ON d.asset = a.number WHERE a.id = ?"
CHILDREN = (
    "SELECT s.id FROM assets t CROSS JOIN relations r ON r.target = t.number AND r.kind = 'derived-from'"
    " CROSS JOIN derivations d ON d.asset = r.source CROSS JOIN assets s ON s.number = r.source"
    " WHERE t.id = ? AND s.trashed_at IS NULL ORDER BY s.number"
)
SAME = (
    "SELECT a.id FROM assets a CROSS JOIN derivations d ON d.asset = a.number"
    " WHERE a.blob = ? AND d.record = ? AND a.trashed_at IS NULL ORDER BY a.number LIMIT 1"
)
REPLACE = (
    "UPDATE assets SET blob = ?, size_bytes = ?, width = ?, height = ?, mode = ?, recipe = NULL,"
    " recipe_digest = NULL WHERE id = ?"
)
TRASH = "UPDATE assets SET trashed_at = ? WHERE id = ?"
MEASURE = (
    "INSERT INTO measures (asset, gates, measured_at) SELECT number, ?, ? FROM assets WHERE id = ?"
    " ON CONFLICT (asset) DO UPDATE SET gates = json_patch(gates, excluded.gates),"
    " measured_at = excluded.measured_at"
)
FORGET_MEASURES = "DELETE FROM measures WHERE asset = (SELECT number FROM assets WHERE id = ?)"
MEASURES = "SELECT m.gates FROM assets a CROSS JOIN measures m ON m.asset = a.number WHERE a.id = ?"
