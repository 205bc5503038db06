"""Which backups are kept: by days and months, the newest, and the newest that was proven."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from doudi.backup import generation as generations_
from doudi.backup.generation import Generation, Keep, Manifest, outlived


def _made(folder: Path, moment: datetime, *, whole: bool | None = None) -> Generation:
    place = folder / moment.strftime(generations_.STAMP)
    place.mkdir(parents=True)
    if whole is not None:
        (place / generations_.VERIFIED).write_text(json.dumps({"whole": whole}))
    return Generation(place, Manifest(place.name, moment.isoformat(), "", {}, {}, ()))


def test_what_is_kept_are_days_months_the_newest_and_the_newest_that_was_proven(tmp_path: Path) -> None:
    at = datetime(2026, 11, 30, 12, tzinfo=UTC)
    hourly = [_made(tmp_path, at - timedelta(hours=hours)) for hours in range(0, 24 * 60, 6)][::-1]
    proven = _made(tmp_path, at - timedelta(days=300, hours=1), whole=True)
    found = [proven, *hourly]
    kept = [one for one in found if one not in outlived(found, at, Keep(days=7, months=1))]
    assert proven in kept
    assert {one.moment.date() for one in kept[1:]} == {(at - timedelta(days=days)).date() for days in range(7)}
    assert sum(at - one.moment < timedelta(days=2) for one in kept) == 8
    assert len(kept) == 1 + 8 + 4
    months = [one for one in found if one not in outlived(found, at, Keep(days=1, months=3))]
    assert {f"{one.moment:%Y-%m}" for one in months[1:]} == {"2026-10", "2026-11"}
    assert outlived(hourly[:1], at, Keep(1, 0)) == []
