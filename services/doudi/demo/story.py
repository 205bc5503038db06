"""The whole story, and whether its figures hold.

June: agencies push over HTTP with their own tokens, lists appear; three townships take their cases over, knock and
report; the county confirms. July: civil affairs' next export and the agencies' next files arrive; cases close by
themselves, one opens again, whoever was settled stays away, new people appear.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from subprocess import Popen
from typing import Any

import polars as pl

from doudi.agency import Agency
from doudi.county import Answers, MonthSummary, make_county, make_mistakes, make_next_month
from doudi.defects import Stop
from doudi.demo import checks
from doudi.demo.checks import Book, Loop
from doudi.demo.desks import Ground, Office, approve, hear, knock, open_approver, open_offices, reopen_refused, until
from doudi.demo.logins import open_logins
from doudi.demo.tell import (
    Check,
    heading,
    tell_answers,
    tell_checks,
    tell_movements,
    tell_score,
    tell_statistic,
    tell_townships,
)
from doudi.demo.villagers import Village
from doudi.embedded import running
from doudi.evaluation import evaluate_trial
from doudi.home import Home
from doudi.main_job import COUNTY_SCOPES, FEEDS, Delivered, Inputs, deliver, deliver_again
from doudi.progress import steps
from doudi.quality import write_quality
from doudi.serve import free_port
from doudi.township import Township
from doudi.township_lists import Lists, write_lists
from doudi.trial import county_of
from kit.scope import NATION
from registry.access.store import Grant

LEVEL = "typical"
TRUTH_DAY = date(2021, 6, 1)  # the day the invented county's truth is told for
NEXT_DAY = date(2021, 7, 1)
TOWNSHIPS = 3
LEAST_CODES = 8
VISITS_PER_CODE = 8  # a small county has not everything to tell
DOORS_PER_LENT_CARD = 200

GOODBYE = """
The lists stand in {out} (not masked; every person in them is invented).
The pages are up: {url}/    password of all of them: {password}
{logins}
The services are up:
  registry  {url}/registry/v1/docs
  matcher   {url}/matcher/v1/docs
A client of the county to try them with:  client_id {client_id}  secret {secret}
  TOKEN=$(curl -s {url}/registry/v1/token -d grant_type=client_credentials -d purpose=dynamic-monitoring \\
    -d client_id={client_id} -d client_secret={secret} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
  curl -s -H "Authorization: Bearer $TOKEN" "{url}/matcher/v1/leads?limit=3"
  curl -s -H "Authorization: Bearer $TOKEN" "{url}/matcher/v1/statistics/funnel"
Ctrl-C stops."""


@dataclass(frozen=True)
class Month:
    """One month's deliveries and the lists that came of them."""

    files: Path
    out: Path
    delivered: Delivered
    lists: Lists

    def listed(self) -> dict[str, Mapping[str, Any]]:
        """Lead → as it is listed."""
        return {lead["lead_id"]: lead for lead in self.lists.leads}


@dataclass(frozen=True)
class Desks:
    """Who works in the story."""

    offices: list[Office]
    approver: Township
    names: Mapping[str, str]  # township (9 digits) → name


def run_demo(folder: Path, people: int, seed: int, *, leave: bool) -> int:
    """Run the demo in `folder`; 0 when the figures hold, 1 when not."""
    files, out = folder / "county", folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    home = Home(folder / "home", f"http://127.0.0.1:{free_port()}", as_of=TRUTH_DAY, second_factor=False)
    with steps() as shown:
        make_county(files, people, LEVEL, seed, shown.share)
        towns = _towns(files)
        mistakes = make_mistakes(files, seed, towns[: _lent(files)], towns[:1])
        shown.end("county invented", f"{people} people, errors: {LEVEL}")
        home.prepare()
    with running(home):
        june = _first_list(home, files, out)
        desks, held = _first_month(home, june, Village.read(files, june.delivered.names, mistakes.lent), towns)
    with running(replace(home, as_of=NEXT_DAY)) as services:
        held = _second_month(june, desks, seed) and held
        if not leave:
            _stay(replace(home, as_of=NEXT_DAY), june, desks, services)
    return 0 if held else 1


def _inputs(files: Path) -> Inputs:
    return Inputs(
        files / "registry.xlsx", {feed: files / name for feed, (name, _) in FEEDS.items()}, files / "areas.csv"
    )


def _first_list(home: Home, files: Path, out: Path) -> Month:
    with steps() as shown:
        shown.end("services started", home.url)
        inputs = _inputs(files)
        delivered = deliver(home, inputs, county_of(inputs), shown)
        lists = write_lists(delivered.county, delivered.names, out, shown)
        write_quality(out / "quality.md", delivered, lists, home.as_of)
    return Month(files, out, delivered, lists)


def _towns(files: Path) -> list[str]:
    """The townships (9 digits) of the story: where most of the covered have died, then where most are expected."""
    people = pl.read_csv(files / "truth_people.csv", infer_schema=False)
    weight = pl.when(pl.col("expected") == "covered-but-dead").then(1000).otherwise(1).sum().alias("weight")
    counted = people.filter(pl.col("expected") != "").group_by("township").agg(weight)
    if counted.is_empty():
        raise Stop("nobody in this county is at risk and uncovered: invent more people with --people")
    return sorted(counted.sort("weight", "township", descending=[True, False])["township"].head(TOWNSHIPS))


def _lent(files: Path) -> int:
    """How many lent cards the county bears: they are doors for nothing, and a small county has few doors."""
    people = pl.read_csv(files / "truth_people.csv", infer_schema=False)
    return min(int((people["expected"] == "uncovered-at-risk").sum()) // DOORS_PER_LENT_CARD, TOWNSHIPS - 1)


def _first_month(home: Home, june: Month, village: Village, towns: list[str]) -> tuple[Desks, bool]:
    """June: the list and its figures, then the visits. Whether everything holds."""
    county = june.delivered.county
    desks = _open_desks(home, june, towns)
    heading("6月清单", f"the list of {TRUTH_DAY}")
    tell_townships(june.lists, desks.names)
    score = evaluate_trial(june.out / "leads.csv", june.files)
    tell_score(score)
    held = tell_checks(checks.of_list(score) + checks.invariants(county, Book.read(county), june.lists.leads))
    covered = _coverage(county)
    with steps() as shown:
        knock(desks.offices, Ground(village, june.listed(), TRUTH_DAY, june.out), shown)
        approve(desks.approver, shown)
        hear(desks.offices, shown)
    heading("入户核查", "three townships knock and report, the county confirms")
    titles = county.call("GET", "/registry/v1/cases/outcome-codes").json()["codes"]
    tell_answers(_counted(desks), {one["code"]: one["title"] for one in titles})
    tell_statistic(county, "/registry/v1/statistics/ledger")
    told = _reported(desks, _coverage(county) == covered)
    still = list(county.pages("/matcher/v1/leads", "leads", limit="500"))
    return desks, tell_checks(told + checks.invariants(county, Book.read(county), still)) and held


def _open_desks(home: Home, june: Month, towns: list[str]) -> Desks:
    """The townships of the story, and the county's second person."""
    areas = pl.read_csv(june.files / "areas.csv", infer_schema=False).filter(pl.col("level") == "township")
    names = {code[:9]: name for code, name in areas.select("code", "name").rows()}
    offices = open_offices(home, {town.ljust(12, "0"): names[town] for town in towns})
    return Desks(offices, open_approver(home, june.delivered.area), names)


def _coverage(county: Agency) -> object:
    """Who is covered, in figures: no report may move them."""
    return county.call("GET", "/registry/v1/statistics/coverage").json()["rows"]


def _counted(desks: Desks) -> dict[str, Counter[str]]:
    return {
        office.name: Counter(str(one["code"]) for one in office.visits.outcomes.values())
        for office in desks.offices
        if office.visits
    }


def _reported(desks: Desks, untouched: bool) -> list[Check]:
    """What must hold of the reports themselves."""
    visits = [office.visits for office in desks.offices if office.visits]
    sent = sum(len(one.outcomes) for one in visits)
    taken = sum(office.answered.taken for office in desks.offices)
    excel = next(office for office in desks.offices if office.in_excel)
    codes = set().union(*(_counted(desks)[office.name] for office in desks.offices))
    away = sum(bool(office.still_listed()) for office in desks.offices)
    return [
        Check("every outcome reported was taken", sent == taken and sent > 0, f"{taken} of {sent}"),
        Check("one township reported by Excel", excel.answered.taken > 0, f"{excel.answered.taken} rows"),
        Check(
            "the visits came to many things",
            len(codes) >= min(LEAST_CODES, sent // VISITS_PER_CODE),
            " ".join(sorted(codes)),
        ),
        Check("no outcome wrote coverage", untouched),
        Check("whoever was settled left the townships' lists, but for another question", not away),
    ]


def _second_month(june: Month, desks: Desks, seed: int) -> bool:
    """July: the files of the month after, what the loop makes of them, and the figures of both services."""
    county, files, out = june.delivered.county, june.files.parent / "county-july", june.out / "2021-07"
    out.mkdir(exist_ok=True)
    with steps() as shown:
        shown.show("a month goes by", 0, 0)
        month = make_next_month(june.files, files, seed, _answers(desks))
        shown.end("a month goes by", _brought(month))
        delivered = deliver_again(june.delivered, _inputs(files), shown)
        reopened = reopen_refused(desks.approver, desks.offices, set(month.refused))
        shown.end("refused at the county", f"{reopened} applications")
        _settle(county, desks)
        lists = write_lists(county, delivered.names, out, shown)
        write_quality(out / "quality.md", delivered, lists, NEXT_DAY)
    july = Month(files, out, delivered, lists)
    book = Book.read(county)
    loop = Loop(desks.offices, month, Village.read(files, delivered.names), book, june.listed(), july.listed())
    heading("7月", f"the month after: import and feeds of {NEXT_DAY}")
    tell_movements(checks.movements(loop, desks.names))
    answered = {loop.answered()[lead][1] for lead in loop.settled() - set(loop.after)}
    score = evaluate_trial(out / "leads.csv", files, NEXT_DAY, answered)
    tell_score(score)
    _dashboard(county)
    told = [*checks.of_list(score), *checks.of_loop(loop), *checks.invariants(county, book, lists.leads)]
    return tell_checks(told)


def _answers(desks: Desks) -> Answers:
    """What all townships found, as next month's county takes it."""
    told = [office.visits.answers() for office in desks.offices if office.visits]
    return Answers(
        admitted={person: form for one in told for person, form in one.admitted.items()},
        stopped={person for one in told for person in one.stopped},
        denied={person for one in told for person in one.denied},
        settled={person for one in told for person in one.settled},
        still_paid=0,
    )


def _brought(month: MonthSummary) -> str:
    gone = sum(map(len, month.gone.values()))
    return (
        f"{len(month.entered)} came onto the rolls, {len(month.stopped) + len(month.ended)} left them, "
        f"{len(month.deaths)} died, {len(month.illnesses)} fell ill, {len(month.cards)} got a card, "
        f"{gone} no longer sent, {sum(month.corrected.values())} rows corrected"
    )


def _settle(county: Agency, desks: Desks) -> None:
    """Wait until the lists have followed the ledger: nobody is listed whose case is closed."""

    def quiet() -> bool:
        closed = {case["case_id"] for case in county.pages("/registry/v1/cases", "cases", state="closed", limit="500")}
        listed = county.pages("/matcher/v1/leads", "leads", limit="500")
        return not any(lead["case_id"] is None or lead["case_id"] in closed for lead in listed)

    until(quiet, "the lists have followed the ledger")
    for office in desks.offices:
        office.township.follow(wait=1)  # a poll that does not wait may be a moment behind the worker


def _dashboard(county: Agency) -> None:
    """The county's dashboard: both services' figures, as they name them."""
    heading("看板", "the dashboard")
    tell_statistic(county, "/matcher/v1/statistics/funnel")
    tell_statistic(county, "/registry/v1/statistics/ledger")
    tell_statistic(county, "/registry/v1/statistics/timeliness")
    fresh = ("title", "agency", "delivered_on", "age", "freshness_days", "stale", "rows", "rejected_share")
    tell_statistic(county, "/matcher/v1/statistics/feeds", fresh)
    tell_statistic(county, "/matcher/v1/statistics/runs")


def _stay(home: Home, june: Month, desks: Desks, services: Popen[bytes]) -> None:
    """Leave the services up until Ctrl-C, with the addresses, people to sign in as, and a client to try them with."""
    client_id, secret = home.add_client(Grant("demo", "civil-affairs", NATION, COUNTY_SCOPES))
    first = desks.offices[0]
    county = (june.delivered.area, "县级")
    password, people = open_logins(home, county, (first.area, first.name))
    logins = "\n".join(f"  {one.login:<10} {one.title}（{one.where}）" for one in people)
    told = {"url": home.url, "client_id": client_id, "secret": secret, "password": password, "logins": logins}
    print(GOODBYE.format(out=june.out.parent, **told), flush=True)
    try:
        services.wait()
    except KeyboardInterrupt:
        print("stopping …")
