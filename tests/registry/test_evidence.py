"""Evidence: what may be attached, who opens it, and that nothing is closed by hand without it."""

import io
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.database import reading
from registry.ledger import evidence
from registry.ledger.tables import EvidenceContent
from tests.registry.cases import ACCEPT, PNG, attach, close, done, put, read, step, taken_over
from tests.registry.house import OTHER_COUNTY, VILLAGE, House


def test_a_photograph_comes_back_as_it_was_sent_and_stands_sealed(house: House) -> None:
    case = taken_over(house)
    sent = attach(house, case, name="../马有福 入户.JPG")
    assert sent.status_code == 201, sent.text
    told = sent.json()
    assert (told["media_type"], told["bytes"], told["about"]) == ("image/png", len(PNG), "visit")
    assert "马有福" not in sent.text
    path = sent.headers["location"].removeprefix("/registry/v1")
    mine = house.call("GET", path, "cases:write", "cases:read")  # another client: not whoever took the case over
    assert (mine.status_code, mine.json()["code"]) == (422, "reveal-reason-missing")
    revealed = house.call("GET", path, "cases:read", purpose="reveal", params={"reason": "visit"})
    assert (revealed.status_code, revealed.content) == (200, PNG)
    assert revealed.headers["content-disposition"].endswith("%E9%A9%AC%E6%9C%89%E7%A6%8F%20%E5%85%A5%E6%88%B7.png")
    with reading(house.database) as session:
        kept = session.get(EvidenceContent, told["evidence_id"])
        assert kept is not None
        assert "PNG" not in kept.content_sealed
    both = ("cases:write", "cases:read")
    other = put(house, "lead-2", household_key="F002", area=VILLAGE).json()
    headers = {"If-Match": f'"{other["version"]}"'}
    done(house.call("POST", f"/cases/{other['case_id']}/accept", *both, json=ACCEPT, headers=headers))
    path = attach(house, other).headers["location"].removeprefix("/registry/v1")
    own = house.call("GET", path, *both)  # whoever took it over
    assert (own.status_code, own.content) == (200, PNG)


def test_the_same_bytes_again_are_the_piece_already_there(house: House) -> None:
    case = taken_over(house)
    first, second = attach(house, case), attach(house, case, name="又一张.png")
    assert first.json()["evidence_id"] == second.json()["evidence_id"]
    listed = house.call("GET", f"/cases/{case['case_id']}/evidence", "cases:read").json()["evidence"]
    assert len(listed) == 1


def _zip() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.txt", "x")
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"", "empty.jpg", 415, "evidence-type-unknown"),
        (b"<html><script>", "page.png", 415, "evidence-type-unknown"),
        (b"MZ\x90\x00", "photo.jpg", 415, "evidence-type-unknown"),
        (_zip(), "photo.zip", 415, "evidence-type-unknown"),
        (PNG + bytes(evidence.MOST_BYTES), "big.png", 413, "evidence-too-large"),
    ],
)
def test_what_is_no_photograph_or_paper_is_refused_with_the_way_out(
    house: House, content: bytes, name: str, status: int, code: str
) -> None:
    answer = attach(house, put(house).json(), content, name)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_form_without_exactly_one_file_is_refused(house: House) -> None:
    path = f"/cases/{put(house).json()['case_id']}/evidence"
    none = house.call("POST", path, "cases:write", data={"file": "text"})
    two = house.call("POST", path, "cases:write", files=[("file", ("a.png", PNG)), ("file", ("b.png", PNG))])
    cut = house.call(
        "POST",
        path,
        "cases:write",
        content=b"--x\r\nContent-",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    for answer in (none, two, cut):
        assert (answer.status_code, answer.json()["code"]) == (400, "body-unreadable")


def test_closing_by_hand_needs_proof_that_somebody_else_attached(house: House) -> None:
    case = taken_over(house)
    bare = step(house, case, "close", {"reason": "已整改"}, scope="cases:approve")
    assert (bare.status_code, bare.json()["code"]) == (409, "evidence-missing")
    both = ("cases:approve", "cases:write", "cases:read")
    path = f"/cases/{case['case_id']}"
    own = house.call("POST", f"{path}/evidence", *both, files={"file": ("a.png", PNG + b"own")})
    headers = {"If-Match": f'"{read(house, case)["version"]}"'}
    same = house.call("POST", f"{path}/close", *both, json={"reason": "x"}, headers=headers)
    assert (same.status_code, same.json()["code"]) == (409, "second-person-needed")
    gone = house.call(
        "POST", f"{path}/evidence/{own.json()['evidence_id']}/withdraw", *both, json={"reason": "别户的照片"}
    )
    assert gone.json()["withdrawn_at"] is not None
    assert step(house, case, "close", {"reason": "x"}, scope="cases:approve").json()["code"] == "evidence-missing"
    assert done(close(house, case))["state"] == "closed"


def test_evidence_of_another_area_is_not_there(house: House) -> None:
    case = put(house).json()
    sent = attach(house, case).json()
    for method, path in (
        ("GET", ""), ("POST", ""), ("GET", f"/{sent['evidence_id']}"), ("POST", f"/{sent['evidence_id']}/withdraw"),
    ):  # fmt: skip
        more: dict[str, Any] = {"json": {"reason": "x"}} if path.endswith("withdraw") else {}
        if (method, path) == ("POST", ""):
            more = {"files": {"file": ("a.png", PNG)}}
        answer = house.call(
            method, f"/cases/{case['case_id']}/evidence{path}", "cases:read", "cases:write", area=OTHER_COUNTY, **more
        )
        assert answer.status_code == 404


@given(st.text(max_size=200))
def test_a_name_can_be_saved_anywhere(name: str) -> None:
    clean = evidence.clean_name(name, ".pdf")
    assert clean.endswith(".pdf")
    assert 4 < len(clean) <= 90
    assert not set(clean) & set('/\\<>:"|?*\r\n\0')
    assert not clean.startswith(".")
