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


def orphan(world: World, subject: str) -> bool:
    """Of the village's register; orphans have theirs in another way, and so have 特困."""
    return any(fact.code == "orphan" for fact in world.known(subject, "left-behind"))


def missing(world: World, subject: str) -> Found | None:
    """两项补贴应享未享; nobody lacks what nobody ever told of."""
    cards = world.cards(subject)
    if not world.ever_told("disability-subsidy") or world.dead(subject) or not cards or orphan(world, subject):
        return None
    if world.running(subject, "subsidy_excluded_programmes"):  # suspended support entitles nobody anew
        return None
    poor = world.paid(subject, "living_subsidy_programmes")
    grave = any(world.of_grades(card.text, card.number, "care_subsidy_grades") for card in cards)
    lacks = (poor and not paid(world, subject, LIVING)) or (grave and not paid(world, subject, CARE))
    return Found() if lacks else None


def undeserved(world: World, subject: str) -> bool:
    """By a card that proves nothing any more, a grade not high enough, 低保 that ended, or what is paid instead."""
    told = [card for card in world.held_cards(subject) if card.code is not None]
    cards = world.cards(subject)
    living, care = paid(world, subject, LIVING), paid(world, subject, CARE)
    if not living and not care:
        return False
    if (told and not cards) or orphan(world, subject) or world.paid(subject, "subsidy_excluded_programmes"):
        return True
    if living and not world.running(subject, "living_subsidy_programmes"):
        return True
    grave = any(world.of_grades(card.text, card.number, "care_subsidy_grades") for card in cards)
    return care and bool(cards) and not grave


def wrong(world: World, subject: str) -> Found | None:
    """两项补贴疑似错发: of the dead by how long ago, of everybody else by telephone."""
    if not (paid(world, subject, LIVING) or paid(world, subject, CARE)):
        return None
    death, before = world.death(subject), [fact for fact in world.known(subject, "death") if fact.since != world.day]
    if death is None:
        asked = any(fact.since != world.day for fact in world.death_in_review(subject))
    else:
        asked = bool(before)
        sure = death.several or (death.own and not death.disputed)  # else it may be somebody else's
        late = death.day is None or months_between(death.day, world.day) > world.values["death_grace_months"]
        if before and sure and late:
            return Found(VISIT)
    return Found(PHONE) if asked or undeserved(world, subject) else None


CHECKS = {"disability-subsidy-missing": missing, "disability-subsidy-wrong": wrong}
