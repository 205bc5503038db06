"""A county's slice by line and by file: what is open above is in the county's ledger, once, and answered back."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from doudi import command_slice
from doudi.agency import Agency
from doudi.defects import Stop
from doudi.slice_package import check_order, pack, read
from doudi.slices import Standing, answers, gather, give_back, put, receipt
from kit.database import Database
from tests.asgi import client_of as served
from tests.conftest import fresh_database
from tests.doudi.two_levels import Above, Line, client_of
from tests.registry.cases import ACCEPT, approve, done, outcome, report, step
from tests.registry.house import COUNTY, House, build


@pytest.fixture
def houses(databases: None, tmp_path: Path) -> Iterator[tuple[House, House]]:
    """The prefecture's registry and the county's."""
    made = []
    clients = []
    with fresh_database(tmp_path / "above") as first, fresh_database(tmp_path / "below") as second:
        for name, url in (("above", first), ("below", second)):
            database = Database.open(url)
            app, ring = build(database, tmp_path / name)
            clients.append(served(app))
            made.append(House(app, database, ring, clients[-1].__enter__()))
        yield made[0], made[1]
        for client, house in zip(clients, made, strict=True):
            client.__exit__(None, None, None)
            house.database.dispose()


@pytest.fixture
def above(houses: tuple[House, House]) -> Above:
    return Above(houses[0])


@pytest.fixture
def upper(above: Above) -> Agency:
    return client_of(
        Line(above.house, above), "leads:read", "leads:reveal", "screens:read", "cases:read", "cases:write"
    )


@pytest.fixture
def below(houses: tuple[House, House]) -> House:
    return houses[1]


@pytest.fixture
def own(below: House) -> Agency:
    return client_of(Line(below), "cases:lead")


def pulled(upper: Agency, own: Agency, standing: Standing) -> Standing:
    found = gather(upper, standing)
    assert put(own, found.leads).refused == []
    return found.after


def cases(house: House) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = house.call("GET", "/cases", "cases:read").json()["cases"]
    return found


def visited(house: House, case: dict[str, Any], code: str) -> None:
    """Taken over and visited in the county."""
    done(step(house, case, "accept", ACCEPT))
    assert report(house, outcome(code, case["items"][0]["lead_id"], note="已核实"))["taken"] == 1


def test_a_slice_is_in_the_ledger_once_and_what_is_gone_is_withdrawn(
    above: Above, upper: Agency, own: Agency, below: House
) -> None:
    above.open("lead-01")
    above.open("lead-02")
    first = pulled(upper, own, Standing())
    assert [(one["origin"], one["items"][0]["name"], one["state"]) for one in cases(below)] == [
        ("prefecture", "甲******1", "awaiting-acceptance"), ("prefecture", "甲******2", "awaiting-acceptance"),
    ]  # fmt: skip
    again = pulled(upper, own, Standing())  # the note of it was lost: everything once more
    assert (len(cases(below)), again.leads) == (2, first.leads)
    assert gather(upper, first).leads == []
    above.leave("lead-01", "gone")
    above.open("lead-03")
    above.open("lead-02", 2, tier="观察")
    last = pulled(upper, own, first)
    states = {one["items"][0]["lead_id"]: one["closed_reason"] for one in cases(below)}
    assert states == {"lead-01": "线索撤回", "lead-02": None, "lead-03": None}
    assert set(last.leads) == {"lead-02", "lead-03"}


def test_a_withdrawal_of_a_case_in_hand_flags_it_and_keeps_whom_it_is_about(
    above: Above, upper: Agency, own: Agency, below: House
) -> None:
    above.open("lead-01")
    standing = pulled(upper, own, Standing())
    (case,) = cases(below)
    done(step(below, case, "accept", ACCEPT))
    above.leave("lead-01", "moved")
    pulled(upper, own, standing)
    (after,) = cases(below)
    assert (after["flag"], after["state"]) == ("线索撤回", "verifying")
    assert after["items"][0]["name"] == case["items"][0]["name"] is not None
    assert after["items"][0]["id_number"] == case["items"][0]["id_number"] is not None


def test_a_cursor_that_is_no_longer_known_begins_anew_and_loses_nothing(
    above: Above, upper: Agency, own: Agency, below: House
) -> None:
    above.open("lead-01")
    above.open("lead-02")
    standing = pulled(upper, own, Standing())
    above.leave("lead-02", "moved")
    above.floor = len(above.changes)
    after = pulled(upper, own, standing)
    assert (set(after.leads), after.cursor) == ({"lead-01"}, str(above.floor))
    assert {one["closed_reason"] for one in cases(below)} == {None, "线索撤回"}


def test_answers_go_back_once_and_what_returns_above_returns_below(
    above: Above, upper: Agency, own: Agency, below: House
) -> None:
    above.open("lead-01")
    standing = pulled(upper, own, Standing())
    assert receipt(upper).taken == 1
    (case,) = cases(below)
    assert answers(own, ()) == []
    visited(below, case, "18")
    told = answers(own, ())
    assert [(one["lead_id"], one["code"], one["note"]) for one in told] == [("lead-01", "18", "已核实")]
    assert give_back(upper, told).taken == 1
    give_back(upper, told)
    assert answers(own, [told[0]["outcome_id"]]) == []
    (there,) = cases(above.house)
    history = above.house.call("GET", f"/cases/{there['case_id']}/history", "cases:read").json()
    assert [one["code"] for one in history["outcomes"]] == ["18"]
    assert (there["items"][0]["outcome_id"], there["responsible_unit"]) == (told[0]["outcome_id"], "县级民政部门")
    above.leave("lead-01", "settled:18")
    standing = pulled(upper, own, standing)
    assert cases(below)[0]["items"][0]["standing"] == "settled"
    above.open("lead-01", 5, knows_outcome=told[0]["outcome_id"], return_reason="new-facts")
    pulled(upper, own, standing)
    assert cases(below)[0]["items"][0]["standing"] == "pending"


def test_only_what_a_second_person_confirmed_goes_back(above: Above, upper: Agency, own: Agency, below: House) -> None:
    above.open("lead-01")
    pulled(upper, own, Standing())
    (case,) = cases(below)
    visited(below, case, "02")
    assert answers(own, ()) == []
    approve(below, case)
    told = answers(own, ())
    # By file nobody took it over above before: whoever did below did.
    assert give_back(upper, told).taken == 1
    (there,) = cases(above.house)
    assert (there["responsible_unit"], there["items"][0]["standing"]) == (
        ACCEPT["responsible_unit"],
        "awaiting-approval",
    )


def test_a_package_is_taken_whole_in_order_and_once(
    above: Above, upper: Agency, own: Agency, below: House, tmp_path: Path
) -> None:
    above.open("lead-01")
    first, standing, count = pack(upper, COUNTY, Standing(), tmp_path)
    assert (first.name, count, first.stat().st_mode & 0o777) == ("比对结果_640499_0001.zip", 1, 0o600)
    above.open("lead-02")
    second, standing, _ = pack(upper, COUNTY, standing, tmp_path)
    assert [one["lead_id"] for one in read(second).leads] == ["lead-02"]
    kept = Standing()
    with pytest.raises(Stop, match="not taken"):
        check_order(read(second), kept)
    for file in (first, second):
        package = read(file)
        assert check_order(package, kept)
        assert put(own, package.leads).refused == []
        kept.number, kept.digest = package.number, package.digest
    assert not check_order(read(first), kept) or read(first).before == ""
    assert not check_order(read(second), kept)
    assert len(cases(below)) == 2
    with zipfile.ZipFile(second) as archive:
        assert set(archive.namelist()) == {"manifest.json", "leads.ndjson", "比对清单.xlsx"}


@pytest.mark.parametrize("harm", ["cut", "swapped", "other"])
def test_a_package_that_was_broken_on_its_way_is_refused(
    above: Above, upper: Agency, tmp_path: Path, harm: str
) -> None:
    above.open("lead-01")
    file, _, _ = pack(upper, COUNTY, Standing(), tmp_path)
    if harm == "cut":
        file.write_bytes(file.read_bytes()[:-40])
    elif harm == "other":
        file.write_bytes(b"name,number\n")
    else:
        with zipfile.ZipFile(file) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content.replace(b"lead-01", b"lead-09"))
    with pytest.raises(Stop, match="again"):
        read(file)


def test_what_stands_between_two_calls_names_nobody(above: Above, upper: Agency, own: Agency, tmp_path: Path) -> None:
    above.open("lead-01")
    standing = pulled(upper, own, Standing())
    standing.keep(tmp_path / "slice.json")
    assert Standing.read(tmp_path / "slice.json") == standing
    text = (tmp_path / "slice.json").read_text("utf-8")
    assert "甲" not in text
    assert above.leads["lead-01"]["id_number"] not in text


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, upper: Agency, own: Agency) -> None:
    """The words of the command line reach both installations."""

    @contextmanager
    def one(url: str, _client: str, _variable: str) -> Iterator[Agency]:
        with command_slice._said():
            yield upper if url == "above" else own

    monkeypatch.setattr(command_slice, "_one", one)


@pytest.mark.usefixtures("lines")
def test_the_words_of_the_command_line_bring_a_slice_there_and_back(
    above: Above, below: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    above.open("lead-01")
    kept = tmp_path / "slice.json"
    command_slice.pull("above", "a", "own", "b", kept)
    assert "1 leads taken" in capsys.readouterr().out
    (there,) = cases(above.house)
    assert there["state"] == "verifying"
    visited(below, cases(below)[0], "18")
    command_slice.pull("above", "a", "own", "b", kept)
    assert "1 answers given back" in capsys.readouterr().out
    command_slice.pull("above", "a", "own", "b", kept)
    told = capsys.readouterr().out
    assert "0 leads taken" in told
    assert "0 answers given back" in told


@pytest.mark.usefixtures("lines")
def test_the_words_of_the_command_line_carry_a_slice_as_files(
    above: Above, below: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    above.open("lead-01")
    command_slice.pack(COUNTY, "above", "a", tmp_path / "above.json", tmp_path, anew=False)
    (package,) = tmp_path.glob("*.zip")
    for said in ("1 leads taken", "taken before"):
        command_slice.take(package, "own", "b", tmp_path / "below.json")
        assert said in capsys.readouterr().out
    visited(below, cases(below)[0], "18")
    answered = tmp_path / "answers.ndjson"
    command_slice.answers(answered, "own", "b")
    command_slice.give(answered, "above", "a")
    assert "1 answers given back" in capsys.readouterr().out
    answered.write_text("not a line of answers")
    with pytest.raises(Stop, match="written again"):
        command_slice.give(answered, "above", "a")


def test_a_secret_that_is_missing_is_said() -> None:
    with pytest.raises(Stop, match="DOUDI_CLIENT_SECRET"):
        command_slice.answers(Path("nowhere"), "http://own.test", "b")
