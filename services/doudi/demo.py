"""The whole job on an invented county: agencies push, lists appear, and the figures are checked against the truth."""

from datetime import date
from pathlib import Path
from subprocess import Popen

import polars as pl
from rich.console import Console
from rich.table import Table

from doudi.county import make_county
from doudi.embedded import running
from doudi.evaluation import ListScore, TrialScore, evaluate_trial
from doudi.home import Home
from doudi.main_job import COUNTY_SCOPES, FEEDS, Inputs, deliver
from doudi.progress import Steps, steps
from doudi.quality import write_quality
from doudi.serve import free_port
from doudi.township_lists import Lists, write_lists
from doudi.trial import county_of
from kit.scope import NATION
from registry.access.store import Grant

LEVEL = "typical"
TRUTH_DAY = date(2021, 6, 1)  # the day the invented county's truth is told for
# What must hold for `--exit` to answer 0; the issue's own figures at the typical level.
RECALL_AT_LEAST = 0.995
PRECISION_AT_LEAST = 0.99
TWICE_PER_THOUSAND_AT_MOST = 3.0

GOODBYE = """
The lists stand in {out} (not masked; every person in them is invented).
The services are up:
  registry  {url}/registry/v1/docs
  matcher   {url}/matcher/v1/docs
A client of the county to try them with:  client_id {client_id}  secret {secret}
  TOKEN=$(curl -s {url}/registry/v1/token -d grant_type=client_credentials -d purpose=dynamic-monitoring \\
    -d client_id={client_id} -d client_secret={secret} | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
  curl -s -H "Authorization: Bearer $TOKEN" "{url}/matcher/v1/leads?limit=3"
Ctrl-C stops."""


def run_demo(folder: Path, people: int, seed: int, *, leave: bool) -> int:
    """Run the demo in `folder`; 0 when the figures hold, 1 when not."""
    files, out = folder / "county", folder / "out"
    out.mkdir(parents=True, exist_ok=True)
    home = Home(folder / "home", f"http://127.0.0.1:{free_port()}", as_of=TRUTH_DAY)
    with steps() as shown:
        make_county(files, people, LEVEL, seed, shown.share)
        shown.end("county invented", f"{people} people, errors: {LEVEL}")
        home.prepare()
        with running(home) as services:
            shown.end("services started", home.url)
            lists = _do_the_job(home, files, out, shown)
            shown.progress.stop()
            score = evaluate_trial(out / "leads.csv", files)
            _tell_townships(lists, files)
            held = _tell_figures(score)
            if not leave:
                _stay(home, out, services)
    return 0 if held else 1


def _do_the_job(home: Home, files: Path, out: Path, shown: Steps) -> Lists:
    feeds = {feed: files / name for feed, (name, _) in FEEDS.items()}
    inputs = Inputs(files / "registry.xlsx", feeds, files / "areas.csv")
    delivered = deliver(home, inputs, county_of(inputs), shown)
    lists = write_lists(delivered.county, delivered.names, out, shown)
    write_quality(out / "quality.md", delivered, lists, home.as_of)
    return lists


def _tell_townships(lists: Lists, files: Path) -> None:
    areas = pl.read_csv(files / "areas.csv", infer_schema=False).filter(pl.col("code").str.ends_with("000"))
    names = {code[:9]: name for code, name in areas.select("code", "name").rows()}
    screens = [screen for screen, _ in lists.by_screen().most_common()]
    table = Table(title="Who was found, by township and reason · 各乡镇发现的人")
    table.add_column("乡镇", no_wrap=True)
    table.add_column("人数", justify="right")
    for screen in screens:
        table.add_column(lists.titles[screen], justify="right", overflow="fold")
    for township in lists.townships:
        counts = lists.by_screen(township)
        people = sum(row["township"] == township for row in lists.rows)
        table.add_row(names.get(township, township), str(people), *(str(counts[screen]) for screen in screens))
    Console().print(table)


def _tell_figures(score: TrialScore) -> bool:
    """Print the figures beside the truth; whether they hold."""
    ours = score.uncovered
    print(f"Expected on the lists: {ours.expected} people at risk and not covered (the county's own truth).")
    print(f"  a join on the number alone: {_told(score.baseline)}")
    print(f"  Doudi:                      {_told(ours)}")
    print(
        f"Covered but dead: {score.dead.found} of {score.dead.expected} listed; "
        f"of those whose number is sound {score.dead_sound.found} of {score.dead_sound.expected}."
    )
    print(f"Listed twice: {score.listed_twice} of {score.people} people.")
    checks = {
        f"recall at least {RECALL_AT_LEAST}": ours.recall >= RECALL_AT_LEAST,
        f"precision at least {PRECISION_AT_LEAST}": ours.precision >= PRECISION_AT_LEAST,
        "every covered dead person with a sound number listed": score.dead_sound.recall == 1,
        f"at most {TWICE_PER_THOUSAND_AT_MOST:g} in a thousand listed twice": (
            score.twice_per_thousand <= TWICE_PER_THOUSAND_AT_MOST
        ),
    }
    for name, holds in checks.items():
        print(f"  {'holds ' if holds else 'FAILS '} {name}")
    return all(checks.values())


def _told(score: ListScore) -> str:
    counts = (
        f"{score.found} found, {score.expected - score.found} missed, {score.entries - score.right} doors for nothing"
    )
    return f"{counts} (recall {score.recall:.4f}, precision {score.precision:.4f})"


def _stay(home: Home, out: Path, services: Popen[bytes]) -> None:
    """Leave the services up until Ctrl-C, with the addresses and a client to try them with."""
    client_id, secret = home.add_client(Grant("demo", "civil-affairs", NATION, COUNTY_SCOPES))
    print(
        GOODBYE.format(out=out, url=home.url, client_id=client_id, secret=secret),
        flush=True,
    )
    try:
        services.wait()
    except KeyboardInterrupt:
        print("stopping …")
