"""疑似漏保: who is alive, has neither 低保 nor 特困, and for a reason that the documents name should be looked at."""

from collections.abc import Iterator
from datetime import date

from tests.matcher.screens.checker.illness import has_listed, serious
from tests.matcher.screens.checker.world import Fact, Found, Person, World, latest, months_back

VISIT, PHONE, WATCH = "必访", "电话核实", "观察"


def missed(world: World, subject: str) -> bool:
    """Alive and without support today."""
    return not world.covered(subject) and not world.dead(subject)


def severe_disability(world: World, subject: str) -> Found | None:
    """重残未保."""
    return Found() if missed(world, subject) and world.severe(subject) else None


def card_lapsed(world: World, subject: str) -> Found | None:
    """重残证件过期、冻结: severe by a card that could be renewed; or a 多重 card that may hide a severe component."""
    if not missed(world, subject) or world.severe(subject):
        return None
    cards = world.held_cards(subject)
    renewable = [card for card in cards if card.code in world.values["lapsed_card_statuses"]]
    if any(world.of_grades(card.text, card.number, "severe_grades") for card in renewable):
        return Found()
    hiding = [card for card in (*world.cards(subject), *renewable) if card.text == "7"]
    parts = [part for part in world.known(subject, "disability-component") if part.code is not None]
    for card in hiding:
        for part in parts:
            # A grade told of a component holds for it wherever it is named; else the card's own.
            told = [one.number for one in parts if one.code == part.code and one.number is not None]
            grade = part.number if part.number is not None else min(told, default=card.number)
            if world.of_grades(part.code, grade, "severe_grades"):
                return Found(WATCH)
    return None


def serious_illness(world: World, subject: str) -> Found | None:
    """重病未保."""
    return Found() if missed(world, subject) and serious(world, subject) else None


def monitored(world: World, subject: str) -> Found | None:
    """监测对象未保."""
    return Found() if missed(world, subject) and world.monitored(subject) else None


def weak(world: World, subject: str) -> bool:
    """Told to have lost the ability to work, or most of it."""
    return any(fact.code in world.values["weak_labour"] for fact in world.known(subject, "labour"))


def monitored_incapable(world: World, subject: str) -> Found | None:
    """监测户重残重病失能未保."""
    if not missed(world, subject) or not world.monitored(subject):
        return None
    unable = world.severe(subject) or serious(world, subject) or weak(world, subject)
    return Found() if unable else None


def works(world: World, subject: str) -> bool:
    """Whether somebody is taken to work: by what is told of it, else by age and disability; unknown is able."""
    told = [fact for fact in world.known(subject, "labour") if fact.code is not None]
    if told:
        return not weak(world, subject)
    if world.severe(subject):
        return False
    age = world.age(subject)
    return age is None or world.values["working_age_from"] <= age <= world.values["working_age_to"]


def no_labour(world: World, subject: str) -> Found | None:
    """无劳力监测户未保: nobody of the living behind the door can work."""
    if not missed(world, subject) or not world.monitored(subject):
        return None
    alive = [each for each in world.home(subject) if not world.dead(each.subject)]
    return None if any(works(world, each.subject) for each in alive) else Found()


def events(world: World, subject: str) -> list[Fact]:
    """What befell the household of late, or on a day nobody knows."""
    since = months_back(world.day, world.values["sudden_event_months"])
    return [
        fact
        for each in world.home(subject)
        for fact in world.known(each.subject, "sudden-event")
        if fact.code in world.values["sudden_event_causes"] and (fact.since is None or fact.since >= since)
    ]


def sudden_event(world: World, subject: str) -> Found | None:
    """因灾因意外因疫未保."""
    return Found() if missed(world, subject) and events(world, subject) else None


def imprisonment(world: World, subject: str) -> Fact | None:
    """What says that somebody is in prison today, by what was told last."""
    said = latest(world.known(subject, "custody"))
    return next((fact for fact in said if fact.code == "imprisoned"), None)


def losses(world: World, person: Person) -> Iterator[date]:
    """The days on which a household lost what this person earned."""
    subject = person.subject
    death = world.death(subject)
    if death is not None and not death.disputed and death.day is not None:
        yield death.day
    prison = imprisonment(world, subject)
    if prison is not None and prison.since is not None:
        yield prison.since
    proofs = [
        card.since for card in world.held_cards(subject) if world.of_grades(card.text, card.number, "severe_grades")
    ]
    days = [day for day in proofs if day is not None]
    if world.severe(subject) and days and len(days) == len(proofs):
        yield min(days)


def breadwinner(world: World, subject: str, on: date) -> bool:
    """Of working age on that day, and not known to have been unable to work before it."""
    age = world.age(subject, on)
    if age is None or not world.values["working_age_from"] <= age <= world.values["working_age_to"]:
        return False
    unable = [fact for fact in world.known(subject, "labour") if fact.code in world.values["weak_labour"]]
    return not any(fact.since is None or fact.since < on for fact in unable)


def lost_income(world: World, subject: str) -> Found | None:
    """收入骤减未保: everybody behind the door of a breadwinner lost of late, but who is in prison."""
    if not missed(world, subject) or imprisonment(world, subject) is not None:
        return None
    first = months_back(world.day, world.values["lost_income_months"])
    for each in world.home(subject):
        for day in losses(world, each):
            if day >= first and breadwinner(world, each.subject, day):
                return Found()
    return None


def at_the_margin(world: World, subject: str) -> bool:
    """The household is recognised as 低保边缘 today."""
    margin = world.values["margin_programmes"]
    home = world.people[subject].household
    rows = [*world.coverages(subject), *(world.covered_homes[home] if home is not None else ())]
    return any(each.programme in margin and each.runs(world.day) for each in rows)


def beside_single(world: World, subject: str) -> bool:
    """Somebody else of the household lives on a 单人保 today."""
    home = world.people[subject].household
    if home is None:
        return False
    return any(
        each.subject != subject
        and each.form == "single"
        and each.programme in world.values["dibao_programmes"]
        and each.paid(world.day)
        for each in world.covered_homes[home]
    )


def single_person(world: World, subject: str) -> Found | None:
    """单人保筛查."""
    if not missed(world, subject) or not (world.severe(subject) or has_listed(world, subject)):
        return None
    if beside_single(world, subject):
        return Found(VISIT)
    if at_the_margin(world, subject):
        return Found(VISIT if world.severe(subject) else PHONE)
    return None


def aided_on(world: World, subject: str, *, one_off: bool = False) -> list[date]:
    """Days on which anybody of the household was given temporary aid; what was declined or waits is none."""
    days = []
    for each in world.home(subject):
        for fact in world.known(each.subject, "temporary-aid"):
            code = fact.code or ""
            given = not code.endswith(("declined", "open"))
            if fact.since is not None and given and (code.startswith("one-off") or not one_off):
                days.append(fact.since)
        if not one_off:
            days += [
                row.start
                for row in world.coverages(each.subject)
                if row.programme == "temporary-aid" and row.start is not None and row.start <= world.day
            ]
    return days


def struck(world: World, subject: str) -> bool:
    """An event, the latest, that no aid answered."""
    of_late = months_back(world.day, world.values["temporary_aid_months"])
    found = latest(events(world, subject))
    return bool(found) and not any(day >= (found[0].since or of_late) for day in aided_on(world, subject))


def waits(world: World, subject: str) -> bool:
    """An application of his own, for something else than this aid, that is not decided today."""
    return any(
        fact.code == "open" and fact.text != "temporary-aid" and (fact.until is None or fact.until > world.day)
        for fact in world.known(subject, "application")
    )


def jobless_unaided(world: World, subject: str) -> bool:
    """Out of work without a benefit by what was told last, and no one-off aid since."""
    said = latest(world.known(subject, "unemployed"))
    without = [fact for fact in said if fact.code in {"uninsured", "without-benefit"}]
    if not without or len(without) < len(said):
        return False
    aided, since = aided_on(world, subject, one_off=True), without[0].since
    return not any(since is None or day >= since for day in aided)


def at_risk(world: World, subject: str) -> bool:
    """Of a risk that the area names."""
    risks = {"severe": world.severe, "serious": lambda who: serious(world, who), "monitored": world.monitored}
    return any(risks[name](subject) for name in world.values["temporary_aid_risks"])


def temporary_aid(world: World, subject: str) -> Found | None:
    """应给予临时救助."""
    if world.dead(subject):
        return None
    if struck(world, subject):
        return Found(VISIT)
    of_late = months_back(world.day, world.values["temporary_aid_months"])
    aided = any(day >= of_late for day in aided_on(world, subject))
    if (waits(world, subject) and not aided) or jobless_unaided(world, subject):
        return Found(PHONE)
    looked_at = world.values["temporary_aid_covered"] or not world.covered(subject)
    if looked_at and world.ever_told("temporary-aid") and at_risk(world, subject) and not aided:
        return Found(WATCH)
    return None


CHECKS = {
    "severe-card-lapsed": card_lapsed,
    "single-person-dibao": single_person,
    "temporary-aid-due": temporary_aid,
    "uncovered-lost-income": lost_income,
    "uncovered-monitored": monitored,
    "uncovered-monitored-incapable": monitored_incapable,
    "uncovered-no-labour": no_labour,
    "uncovered-serious-illness": serious_illness,
    "uncovered-severe-disability": severe_disability,
    "uncovered-sudden-event": sudden_event,
}
