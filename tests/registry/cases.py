"""What a matcher, a township and a county do with cases, in a line each."""

import uuid
from typing import Any

import httpx

from tests.registry.house import VILLAGE, House, id_number

NUMBER = id_number("19850102", 33)
ACCEPT = {"responsible_unit": "香山镇民政办", "responsible_person": "李主任", "measure": "入户核查"}
VISIT = {"how": "visit", "visited_on": "2021-06-01"}
# What each code needs besides.
FIELDS: dict[str, dict[str, Any]] = {
    "02": {"form": "household"}, "07": {"refer_to": "县残联"}, "09": {"reason": "income"},
    "10": {"died_on": "2021-05-01"}, "W1": {"stop_from": "2021-07"}, "W2": {"stop_from": "2021-07"},
    "P1": {"paid_month": "2021-03", "overpaid_fen": 60000, "note": "已改到本人账户"},
    "P2": {"paid_month": "2021-03", "overpaid_fen": 60000, "recovered_fen": 60000},
    "P3": {"note": "儿子代领，本人知情"}, "P4": {"note": "户名录入有误，已改"},
    "P5": {"refer_to": "县纪委监委", "note": "冒领"},
}  # fmt: skip


def lead_of(lead: str = "lead-1", version: int = 1, **values: Any) -> dict[str, Any]:
    """A lead's body: one household's illness in the village unless told otherwise."""
    return {
        "lead_version": version, "state": "open", "area": VILLAGE, "household_key": "F001", "person_id": None,
        "subject_id": f"subject-of-{lead}",
        "snapshot": {"name": "马有福", "id_number": NUMBER, "phone": "13800000001", "address": "某村3组1号"},
        "tier": "电话核实", "screens": ["uncovered-serious-illness"], "reasons": ["自付医疗费 32000 元"],
        "due_on": "2021-07-01", **values,
    }  # fmt: skip


def put(house: House, lead: str = "lead-1", version: int = 1, **values: Any) -> httpx.Response:
    """The matcher publishes a lead."""
    return house.call("PUT", f"/cases/by-lead/{lead}", "cases:lead", json=lead_of(lead, version, **values))


def put_all(house: House, *leads: dict[str, Any]) -> list[dict[str, Any]]:
    """The matcher publishes leads together."""
    answer = house.call("PUT", "/cases/by-lead", "cases:lead", json={"leads": list(leads)})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def read(house: House, case: dict[str, Any], **who: Any) -> dict[str, Any]:
    """The case as it stands now."""
    answer = house.call("GET", f"/cases/{case['case_id']}", "cases:read", **who)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def step(house: House, case: dict[str, Any], name: str, body: Any = None, scope: str = "cases:write") -> httpx.Response:
    """A step of a case, in its present version."""
    headers = {"If-Match": f'"{read(house, case)["version"]}"'}
    return house.call("POST", f"/cases/{case['case_id']}/{name}", scope, json=body, headers=headers)


def done(answer: httpx.Response) -> dict[str, Any]:
    """The case a step that must succeed leaves behind."""
    assert answer.status_code == 200, answer.text
    case: dict[str, Any] = answer.json()
    return case


def accept(house: House, case: dict[str, Any], version: int | None = None) -> httpx.Response:
    """The township takes a case over."""
    headers = {"If-Match": f'"{version or case["version"]}"'}
    return house.call("POST", f"/cases/{case['case_id']}/accept", "cases:write", json=ACCEPT, headers=headers)


def taken_over(house: House, lead: str = "lead-1", **values: Any) -> dict[str, Any]:
    """A lead's case, taken over."""
    return done(accept(house, put(house, lead, **values).json()))


def outcome(code: str, lead: str | None = "lead-1", **values: Any) -> dict[str, Any]:
    """A complete outcome of that code under an id of its own."""
    named = {} if lead is None else {"lead_id": lead}
    return {"outcome_id": str(uuid.uuid4()), "code": code, **named, **VISIT, **FIELDS.get(code, {}), **values}


def report(house: House, *outcomes: dict[str, Any], **who: str) -> dict[str, Any]:
    """The township reports outcomes together; what became of each."""
    answer = house.call("POST", "/cases/outcomes", "cases:write", json={"outcomes": list(outcomes)}, **who)
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    assert result["taken"] + result["unchanged"] + result["refused"] == len(result["results"]) == len(outcomes)
    return result


def reported(house: House, code: str, lead: str = "lead-1", **values: Any) -> str:
    """An outcome that must be taken; its id."""
    sent = outcome(code, lead, **values)
    result = report(house, sent)["results"][0]
    assert result["result"] == "taken", result
    return str(sent["outcome_id"])


def errors(house: House, sent: dict[str, Any], **who: str) -> list[tuple[str, str | None]]:
    """Why an outcome is refused: (code, field)."""
    result = report(house, sent, **who)["results"][0]
    assert result["result"] == "refused", result
    return [(one["code"], one["field"]) for one in result["errors"]]


def approve(house: House, case: dict[str, Any]) -> dict[str, Any]:
    """The county confirms."""
    return done(step(house, case, "approve", scope="cases:approve"))


PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def attach(
    house: House, case: dict[str, Any], content: bytes = PNG, name: str = "入户.png", **more: Any
) -> httpx.Response:
    """A photograph or paper attached to a case by the township."""
    path = f"/cases/{case['case_id']}/evidence"
    return house.call("POST", path, "cases:write", files={"file": (name, content)}, **more)


def close(house: House, case: dict[str, Any], reason: str = "整户搬离") -> httpx.Response:
    """Closed by hand by the county, with the township's proof."""
    assert attach(house, case).status_code == 201
    return step(house, case, "close", {"reason": reason}, scope="cases:approve")


def item_of(case: dict[str, Any], lead: str = "lead-1") -> dict[str, Any]:
    """The item of a lead."""
    return next(item for item in case["items"] if item["lead_id"] == lead)


def news(house: House, cursor: str, **who: str) -> list[dict[str, Any]]:
    """The cases told of after a cursor."""
    answer = house.call("GET", "/changes", "registry:follow", params={"cursor": cursor}, **who)
    return [one["case"] for one in answer.json()["changes"] if one["kind"] == "case"]


def kind_of(code: str) -> str:
    """A kind of item the code fits."""
    return {"W": "wrong", "P": "doubt"}.get(code[0], "missed")
