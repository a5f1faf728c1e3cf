"""A library, a ledger and metrics with something in each."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from audobon_cli.analytics.rows import AnalyticsSources
from audobon_cli.domain.asset import AssetKind
from audobon_cli.domain.media import ImageInfo
from audobon_cli.domain.providers import Billed
from audobon_cli.library.add import AssetDraft, add_assets
from audobon_cli.library.store.library import Library
from audobon_cli.operations.spool import SPOOL_NAME
from audobon_cli.providers.ledger import Call, Settlement, SpendingLimits, UsageLedger

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def sources_of(folder: Path, assets: int = 5) -> AnalyticsSources:
    """``assets`` whose names and prompts have the word secret, two calls (one settled), three runs on two days."""
    library = Library.create(folder / "library")
    file_assets(library, assets)
    clock = [START]
    ledger = UsageLedger(folder / "usage", now=lambda: clock[0])
    for number in range(2):
        ident = ledger.reserve(
            Call("openai", "https://secret.example", "dall-e", "draft", 40_000), SpendingLimits()
        )
        clock[0] += timedelta(hours=1)
        if not number:
            ledger.settle(ident, Settlement(Billed.YES, 30_000))
        clock[0] += timedelta(hours=1)
    metrics = folder / "metrics"
    metrics.mkdir()
    lines = [
        {
            "part": f"run-{number}",
            "time": (START + timedelta(days=number // 2)).timestamp(),
            "command": "generate",
            "status": 0,
            "code": "",
            "seconds": 2.5,
            "peak_memory_bytes": 1 << 20,
            "counts": [["audobon_assets_made_total", ["sprite", "tiny", "local"], 1 + number]],
        }
        for number in range(3)
    ]
    (metrics / SPOOL_NAME).write_text("".join(json.dumps(line) + "\n" for line in lines))
    return AnalyticsSources(library, ledger, metrics)


def file_assets(library: Library, count: int, first: int = 0) -> None:
    """File ``count`` pictures."""
    drafts = [
        (
            AssetDraft(
                f"secret-{number}", AssetKind.SPRITE, ImageInfo(8, 8, "RGBA"), tags=("hero", "größe, 2")
            ),
            b"picture %d" % number,
        )
        for number in range(first, first + count)
    ]
    add_assets(library, drafts)
