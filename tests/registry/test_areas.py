"""Divisions through time."""

from tests.registry.house import COUNTY, TOWN, VILLAGE, House

AREAS = f"""code,name,valid_from,valid_to,successors
{COUNTY},试验县,,,
{TOWN},香山镇,,,
640499101000,河源镇,,2018-01-01,640499102000
640499102000,新河镇,2018-01-01,2020-01-01,640499103000|640499104000
640499103000,东河镇,2020-01-01,,
640499104000,西河镇,2020-01-01,,
{VILLAGE},暖水村,,,
"""


def bring(house: House, text: str, kind: str = "text/csv") -> dict[str, object]:
    answer = house.call("POST", "/areas/import", "areas:write", content=text.encode(), headers={"Content-Type": kind})
    return {"status": answer.status_code, **answer.json()}


def test_an_import_can_be_sent_again_without_effect_and_tells_its_followers_once(house: House) -> None:
    first, again = bring(house, AREAS), bring(house, AREAS)
    changes = house.call("GET", "/changes", "registry:follow").json()["changes"]
    assert (first["created"], first["unchanged"]) == (7, 0)
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 7)
    assert {(one["kind"], one["person"]) for one in changes} == {("area", None)}
    assert len(changes) == 7


def test_json_is_taken_as_well_and_updates_by_code(house: House) -> None:
    bring(house, AREAS)
    renamed = bring(house, f'{{"areas":[{{"code":"{TOWN}","name":"香水镇"}}]}}', "application/json")
    assert renamed["updated"] == 1
    assert house.call("GET", f"/areas/{TOWN}", "registry:read").json()["name"] == "香水镇"


def test_a_faulty_file_imports_nothing_and_names_the_lines(house: House) -> None:
    wrong = bring(house, AREAS + "12345,太短,,,\n640499105000,,,,\n")
    assert (wrong["status"], wrong["code"]) == (422, "area-file-invalid")
    assert {str(issue["pointer"]).split("/")[1] for issue in wrong["errors"]} == {"9", "10"}  # type: ignore[attr-defined]  # parsed JSON
    assert house.call("GET", "/areas", "registry:read").json()["areas"] == []
    assert bring(house, "名字,编号\n甲,1\n")["code"] == "area-file-invalid"


def test_what_stands_in_the_place_of_a_division_is_found_through_reorganisations(house: House) -> None:
    bring(house, AREAS)

    def standing(code: str, **when: str) -> list[str]:
        answer = house.call("GET", f"/areas/{code}/successors", "registry:read", params=when).json()
        return [area["code"] for area in answer["successors"]]

    assert standing("640499101000") == ["640499103000", "640499104000"]
    assert standing("640499101000", on="2019-01-01") == ["640499102000"]
    assert standing("640499101000", on="2017-12-31") == ["640499101000"]
    assert standing(TOWN) == [TOWN]
    assert house.call("GET", "/areas/640499999000/successors", "registry:read").status_code == 404


def test_pages_give_every_division_once(house: House) -> None:
    bring(house, AREAS)
    seen, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = house.call("GET", "/areas", "registry:read", params={"limit": 3, **more}).json()
        seen += [area["code"] for area in page["areas"]]
        cursor = page["cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen)


def test_an_unknown_filter_and_an_unknown_area_are_refused_instead_of_giving_everything(house: House) -> None:
    bring(house, AREAS)
    unknown = house.call("GET", "/cases", "cases:read", params={"area": "640499777000"})
    misspelt = house.call("GET", "/cases", "cases:read", params={"aera": TOWN})
    foreign = house.call("GET", "/audit", "audit:read", params={"cursor": "bm9uc2Vuc2U"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "area-unknown")
    assert (misspelt.status_code, misspelt.json()["code"]) == (400, "parameter-unknown")
    assert foreign.json()["code"] == "cursor-invalid"
    assert house.call("GET", "/cases", "cases:read", params={"area": TOWN}).status_code == 200
