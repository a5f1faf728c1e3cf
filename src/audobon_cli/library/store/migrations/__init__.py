"""The database's schema as numbered steps: module ``mNNN_name`` holds NAME and SQL of step NNN.

A step that has been released is never edited; a change of schema is a new step.
"""

from audobon_cli.library.store.migrations import (
    m001_assets,
    m002_search,
    m003_results,
    m004_history,
    m005_jobs,
    m006_media,
    m007_sounds,
    m008_undo,
    m009_styles,
    m010_loras,
    m011_audit,
    m012_protected,
    m013_tag_rules,
    m014_exports,
)
from audobon_cli.storage.migration import Migration, in_order

MIGRATIONS = in_order(
    [
        Migration(1, m001_assets.NAME, m001_assets.SQL),
        Migration(2, m002_search.NAME, m002_search.SQL, rebuilds=True),
        Migration(3, m003_results.NAME, m003_results.SQL),
        Migration(4, m004_history.NAME, m004_history.SQL),
        Migration(5, m005_jobs.NAME, m005_jobs.SQL),
        Migration(6, m006_media.NAME, m006_media.SQL),
        Migration(7, m007_sounds.NAME, m007_sounds.SQL),
        Migration(8, m008_undo.NAME, m008_undo.SQL),
        Migration(9, m009_styles.NAME, m009_styles.SQL),
        Migration(10, m010_loras.NAME, m010_loras.SQL),
        Migration(11, m011_audit.NAME, m011_audit.SQL),
        Migration(12, m012_protected.NAME, m012_protected.SQL),
        Migration(13, m013_tag_rules.NAME, m013_tag_rules.SQL),
        Migration(14, m014_exports.NAME, m014_exports.SQL),
    ]
)
"""All steps; the number of the last is the schema version that this program writes."""
