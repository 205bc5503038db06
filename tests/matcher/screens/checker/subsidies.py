"""补贴核对: the two subsidies for disabled people, not paid to whom they are for, or paid to whom they are not."""

from tests.matcher.screens.checker.world import Found, World, month_end, months_between

LIVING, CARE = "living", "care"
VISIT, PHONE = "必访", "电话核实"


def paid(world: World, subject: str, which: str) -> bool:
    """On the list of the day; the month in which it stops is paid whole."""
    return any(
        fact.code == which and (fact.until is None or world.day <= month_end(fact.until))
        for fact in world.known(subject, "disability-subsidy")
    )


def excluded(world: World, subject: str) -> bool:
    """特困 and orphans have theirs in another way."""
    orphan = any(fact.code == "orphan" for fact in world.known(subject, "left-behind"))
    return orphan or bool(world.paid(subject, "subsidy_excluded_programmes"))


def missing(world: World, subject: str) -> Found | None:
    """两项补贴应享未享; nobody lacks what nobody ever told of."""
    cards = world.cards(subject)
    if not world.ever_told("disability-subsidy") or world.dead(subject) or not cards or excluded(world, subject):
        return None
    poor = world.paid(subject, "living_subsidy_programmes")
    grave = any(world.of_grades(card.text, card.number, "care_subsidy_grades") for card in cards)
    lacks = (poor and not paid(world, subject, LIVING)) or (grave and not paid(world, subject, CARE))
    return Found() if lacks else None


def undeserved(world: World, subject: str) -> bool:
    """By a card that proves nothing any more, a grade that is not enough, 低保 that ended, or support that has it in."""
    told, cards = world.known(subject, "disability-card"), world.cards(subject)
    living, care = paid(world, subject, LIVING), paid(world, subject, CARE)
    if not living and not care:
        return False
    if (told and not cards) or excluded(world, subject):
        return True
    if living and not world.running(subject, "living_subsidy_programmes"):
        return True
    grave = any(world.of_grades(card.text, card.number, "care_subsidy_grades") for card in cards)
    return care and bool(cards) and not grave


def wrong(world: World, subject: str) -> Found | None:
    """两项补贴疑似错发: of the dead by how long ago, of everybody else by telephone."""
    if not (paid(world, subject, LIVING) or paid(world, subject, CARE)):
        return None
    death = world.death(subject)
    if death is not None and not death.disputed:
        if death.day is None or months_between(death.day, world.day) > world.values["death_grace_months"]:
            return Found(VISIT)
        if death.day < world.day:
            return Found(PHONE)
    doubted = [fact for fact in world.death_in_review(subject) if fact.since is None or fact.since < world.day]
    asked = bool(doubted) or (death is not None and death.disputed)
    return Found(PHONE) if asked or undeserved(world, subject) else None


CHECKS = {"disability-subsidy-missing": missing, "disability-subsidy-wrong": wrong}
