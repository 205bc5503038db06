"""A log line is one line and reads as it is; and lines are kept for as many days as the law asks."""

import json
import logging
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from kit import logs
from kit.logs import configure, get_logger
from kit.settings import ServiceSettings

TRICKS = "a\r\nX: b\x1b[2J\u202egnp\u2028c\x85d\x9b31m\u200b\ufeff\x00\U000e0041"


@pytest.fixture
def told(tmp_path: Path) -> Iterator[ServiceSettings]:
    settings = ServiceSettings(log_dir=tmp_path / "logs")
    configure("INFO", settings.log_file("registry"))
    yield settings
    configure("INFO")


def test_no_value_makes_a_second_line_or_turns_one_round(
    told: ServiceSettings, capfd: pytest.CaptureFixture[str]
) -> None:
    get_logger("t").info("tried", name=TRICKS)
    line = capfd.readouterr().err
    kept = (told.log_dir or Path()).joinpath("registry.log").read_text(encoding="utf-8")
    assert kept == line
    assert line.count("\n") == 1
    assert len(line.splitlines()) == 1
    assert all(sign.isprintable() for sign in line.rstrip("\n"))
    assert json.loads(line)["name"] == TRICKS


def test_chinese_stays_readable(told: ServiceSettings) -> None:
    get_logger("t").info("tried", name="安宁县")
    assert "安宁县" in (told.log_dir or Path()).joinpath("registry.log").read_text(encoding="utf-8")


def test_a_file_of_each_day_is_kept_for_the_days_set_and_no_longer(told: ServiceSettings) -> None:
    folder = told.log_dir or Path()
    get_logger("t").info("begun")
    day = 86_400
    for back in range(1, 230):
        (folder / f"registry.log.{time.strftime('%Y-%m-%d', time.gmtime(time.time() - back * day))}").write_text("x")
    os.utime(folder / "registry.log", (time.time() - 2 * day,) * 2)
    configure("INFO", told.log_file("registry"))  # as after a restart: the file is of the day before yesterday
    get_logger("t").info("next")
    files = sorted(folder.glob("registry.log.*"))
    assert len(files) == told.log_keep_days == 200
    oldest = time.mktime(time.strptime(files[0].name[-10:], "%Y-%m-%d"))
    assert time.time() - oldest > 184 * day
    assert (folder / "registry.log").read_text().count("next") == 1


def test_less_than_six_months_is_refused() -> None:
    with pytest.raises(ValidationError):
        ServiceSettings(log_keep_days=183)
    with pytest.raises(ValidationError):
        ServiceSettings(records_keep_days=1095)
    assert ServiceSettings(log_keep_days=184, records_keep_days=1096)


def test_nothing_is_written_to_files_unless_a_folder_is_named(tmp_path: Path) -> None:
    configure("INFO", ServiceSettings().log_file("registry"))
    assert logs._file == []
    assert logging.getLogger("uvicorn.access").disabled
    assert list(tmp_path.iterdir()) == []
