"""疑似应享未享, and who comes of age for it next month: 特困 for 低保 households of one, children and the helpless."""

from collections.abc import Iterator
from datetime import date

from tests.matcher.screens.checker.uncovered import weak
from tests.matcher.screens.checker.world import Fact, Found, World, birthday, latest, months_back, next_month

LEFT_BEHIND = ("child", "elderly", "woman")
MET, FAILED, UNKNOWN = "met", "failed", "unknown"
VISIT, PHONE, WATCH = "必访", "电话核实", "观察"


def tagged(world: World, subject: str, *codes: str) -> list[Fact]:
    """Standing entries of the village's register, of these groups."""
    return [fact for fact in world.known(subject, "left-behind") if fact.code in codes]


def single_household(world: World, subject: str) -> bool:
    """By what began last a 低保 household of one person, no 单人保 of a larger one, and no 特困 beside it."""
    held = [each for each in world.coverages(subject) if world.supports(each)]
    newest = max((each.start or date.min for each in held), default=None)
    last = [each for each in held if (each.start or date.min) == newest]
    dibao = world.values["dibao_programmes"]
    alone = all(each.programme in dibao and each.size == 1 and each.form != "single" for each in last)
    return bool(last) and alone and not world.paid(subject, "tekun_programmes")


def chose_dibao(world: World, subject: str) -> bool:
    """A voluntary agreement on 低保 covers the day."""
    return any(fact.code == "valid" for fact in world.known(subject, "voluntary-dibao"))


def unable_card(world: World, subject: str) -> bool:
    """A card of a class and grade that counts as unable to work for 特困."""
    return any(world.of_grades(card.text, card.number, "tekun_grades") for card in world.cards(subject))


def labour(world: World, subject: str) -> str:
    """无劳动能力: old, a minor, or disabled."""
    age = world.age(subject)
    by_age = age is not None and (age >= world.values["tekun_age"] or age < world.values["tekun_child_age"])
    if by_age or unable_card(world, subject):
        return MET
    return UNKNOWN if age is None else FAILED


def income(world: World, subject: str) -> str:
    """无生活来源: below the standard of 低保, as 低保 itself says where nothing was reckoned."""
    said = [fact.number for fact in latest(world.known(subject, "income-ratio")) if fact.number is not None]
    if said:
        return MET if max(said) < 1 else FAILED
    return MET if world.values["tekun_income_by_dibao"] else UNKNOWN


def obligor(world: World, subject: str) -> str:
    """无法定义务人, or one who cannot support anybody; of two words of one day the able one holds."""
    said = {fact.code for fact in latest(world.known(subject, "obligor"))}
    if "able" in said:
        return FAILED
    return MET if said & {"none", "unable"} else UNKNOWN


def tekun(world: World, subject: str) -> Found | None:
    """单人户特困筛查."""
    if world.dead(subject) or not single_household(world, subject):
        return None
    if chose_dibao(world, subject) or tagged(world, subject, "orphan"):
        return None
    unmet = [state for asked in (labour, income, obligor) if (state := asked(world, subject)) != MET]
    if not unmet:
        return Found(VISIT)
    if len(unmet) > 1:
        return None
    return Found(PHONE if unmet == [UNKNOWN] else WATCH)


def turning_sixty(world: World, subject: str) -> Found | None:
    """下月满六十."""
    birth = world.people[subject].birth
    if birth is None or world.dead(subject) or not single_household(world, subject):
        return None
    first, last = next_month(world.day)
    if not first <= birthday(birth, world.values["tekun_age"]) <= last:
        return None
    return None if chose_dibao(world, subject) or labour(world, subject) == MET else Found()


def without_allowance(world: World, subject: str) -> bool:
    """A child whom nobody brings up, with neither its allowance nor 低保 nor 特困."""
    age = world.age(subject)
    minor = age is None or age < world.values["orphan_age"]
    parentless = tagged(world, subject, "orphan", "de-facto-orphan")
    paid = [one for one in world.known(subject, "child-allowance") if one.number is None or one.number > 0]
    supported = paid or world.covered(subject)
    return bool(parentless) and minor and not supported


def able_to_care(world: World, subject: str) -> bool:
    """A living adult, neither too old nor disabled nor unable to work; unknown is able (decision 0109)."""
    if world.dead(subject) or world.severe(subject) or weak(world, subject):
        return False
    age = world.age(subject)
    return age is None or world.values["carer_age_from"] <= age <= world.values["carer_age_to"]


def uncared(world: World, subject: str) -> bool:
    """Severely disabled, assessed as needing somebody, and there is nobody."""
    said = {fact.code for fact in latest(world.known(subject, "self-care"))}
    level = next((code for code in ("full", "partly", "none") if code in said), None)  # of one day the better holds
    if not world.severe(subject) or level not in world.values["care_levels"]:
        return False
    agreed = [fact for fact in world.known(subject, "care-agreement") if fact.until is None or fact.until >= world.day]
    housed = world.paid(subject, "institution_programmes")
    at_home = any(able_to_care(world, each.subject) for each in world.others(subject))
    return not agreed and not housed and not at_home


def gaps(world: World, subject: str) -> Iterator[str]:
    """What the entry of a left-behind person lacks."""
    entries = latest(tagged(world, subject, *LEFT_BEHIND))
    if not entries:
        return
    person, updated = world.people[subject], entries[0].since
    if updated is None or updated < months_back(world.day, world.values["left_behind_months"]):
        yield "updated"
    if person.birth is None:
        yield "birth"
    if person.household is None:
        yield "household"
    if person.area is None or person.area.endswith("000"):
        yield "village"


def left_behind(world: World, subject: str) -> Found | None:
    """三留守、事实无人抚养、重残照护."""
    if world.dead(subject):
        return None
    if without_allowance(world, subject) or uncared(world, subject):
        return Found(VISIT)
    return Found(WATCH) if any(gaps(world, subject)) else None


CHECKS = {"left-behind-groups": left_behind, "tekun-among-single-households": tekun, "turning-sixty": turning_sixty}
