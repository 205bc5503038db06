"""Doubts about money: what the ledger is told they are, and that their answers say nothing of who somebody is."""

import pytest

from matcher.flows.publish_leads import _kind
from matcher.screens.catalogue import BY_ID, CATALOGUE
from matcher.settlements.rule import Answer, Row, rule, speaks
from tests.matcher import county
from tests.matcher.conftest import Matcher


def kind_of(*screens: str) -> str:
    return _kind(screens, {one: BY_ID[one].kind for one in screens if one in BY_ID})


@pytest.mark.parametrize(
    ("screens", "kind"),
    [
        (("payee-differs",), "doubt"),
        (("custodian-risk", "care-agreement-missing"), "doubt"),
        (("covered-but-dead",), "wrong"),
        (("payee-differs", "covered-but-dead"), "wrong"),
        (("payee-differs", "uncovered-monitored"), "missed"),
        (("exit-without-assessment",), "missed"),
        (("a-screen-of-before",), "missed"),
        ((), "missed"),
    ],
)
def test_the_ledger_is_told_the_gravest_of_what_a_lead_is_about(screens: tuple[str, ...], kind: str) -> None:
    assert kind_of(*screens) == kind


def test_every_screen_is_told_with_what_it_is_about(matcher: Matcher) -> None:
    matcher.deliver("disability-cards", [county.card(*one) for one in county.numbered(3)])
    matcher.work()
    for lead in matcher.registry.cases.values():
        assert lead["hits"] == [{"screen": "uncovered-severe-disability", "kind": "uncovered"}]
        assert lead["screens"] == [one["screen"] for one in lead["hits"]]
    assert {screen.kind for screen in CATALOGUE} >= {"payment", "conduct", "care", "exit"}


@pytest.mark.parametrize("code", ["P1", "P2", "P3", "P4", "P5"])
def test_an_answer_about_money_says_nothing_of_who_somebody_is_nor_that_they_live(code: str) -> None:
    answer = Answer("o1", code, "l1", "640499100201", "p1", registered=True, candidates=("p1", "p2"))
    rows = [
        Row("b1", 2, "health-deaths", "print", "p1", behind=True, death=True),
        Row("i1", 3, "registry", "print", "p1", behind=True, death=False),
    ]
    ruling = rule(answer, rows)
    assert (ruling.decisions, ruling.labels, ruling.shields, ruling.unshielded, ruling.died) == ([], [], [], [], [])
    assert not ruling.alive
    assert not speaks(code)
