"""Packages for a machine without a network: numbered, digested, sealed; what is missing or comes twice is said."""

import hashlib
import io
import json
import zipfile
from typing import Any

import httpx
import pytest
import pyzipper

from registry.provincial import packages
from tests.registry.house import COUNTY, OTHER_COUNTY, House
from tests.registry.test_provincial import LAYOUT, WHY, export, listed, recognised, sheet, table, there

SECRET = "correct-horse-battery"
BOTH = ("imports:write", "cases:write")


def packed(sequence: int, passphrase: str | None = None, **changes: Any) -> bytes:
    """What the province makes: its export and its answers, or what `files` says."""
    files = changes.pop("files", None) or {"export": export(there())}
    lines = [packages.packed(f"{role}.xlsx", role, content) for role, content in files.items()]
    told = packages.Manifest(
        layout=LAYOUT, area=COUNTY, sequence=sequence, made_on="2021-06-01", files=lines
    ).model_copy(update=changes)
    return packages.pack(told, {f"{role}.xlsx": content for role, content in files.items()}, passphrase)[0]


def send(house: House, content: bytes, passphrase: str | None = None, **more: Any) -> httpx.Response:
    headers = {"Package-Passphrase": passphrase} if passphrase else {}
    params = {"dry_run": True} if more.pop("dry_run", False) else {}
    path = f"/provincial/{LAYOUT}/packages/in"
    return house.call("POST", path, *BOTH, content=content, headers=headers, params=params, **more)


def test_our_sheet_leaves_numbered_and_sealed(house: House) -> None:
    recognised(house)
    path, scopes = f"/provincial/{LAYOUT}/packages", ("cases:read", "cases:write")
    first = house.call("POST", path, *scopes)
    assert first.status_code == 200, first.text
    with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        content = archive.read(f"{LAYOUT}.xlsx")
    assert (manifest["sequence"], manifest["layout"], manifest["area"]) == (1, LAYOUT, COUNTY)
    assert manifest["files"][0]["sha256"] == hashlib.sha256(content).hexdigest()
    assert len(sheet(content)[1]) == 2
    sealed = house.call("POST", path, *scopes, params=WHY, purpose="reveal", headers={"Package-Passphrase": SECRET})
    assert sealed.headers["package-sequence"] == "2"
    with pytest.raises(RuntimeError), zipfile.ZipFile(io.BytesIO(sealed.content)) as archive:
        archive.read("manifest.json")
    with pyzipper.AESZipFile(io.BytesIO(sealed.content)) as archive:
        archive.setpassword(SECRET.encode())
        assert "马有福" in str(sheet(archive.read(f"{LAYOUT}.xlsx"))[1])
    told = house.call("GET", "/provincial/packages", "cases:read").json()["packages"]
    assert [(one["direction"], one["sequence"]) for one in told] == [("out", 2), ("out", 1)]
    assert house.call("GET", "/provincial/packages", "cases:read", area=OTHER_COUNTY).json()["packages"] == []


def test_a_package_is_taken_once_whatever_it_holds(house: House) -> None:
    item = recognised(house)
    answers = table(("外部编号", "处理结果", "对象编码"), [{"外部编号": item, "处理结果": "成功", "对象编码": "NX-1"}])
    content = packed(1, SECRET, files={"export": export(there()), "answers": answers})
    tried = send(house, content, SECRET, dry_run=True)
    assert tried.status_code == 200, tried.text
    assert (tried.json()["dry_run"], tried.json()["answers"]["taken"]) == (True, 1)
    assert (house.export()[1], listed(house)[0]["entered_on"]) == ([], None)
    told = send(house, content, SECRET).json()
    assert (told["package"]["repeated"], told["package"]["missing"], told["answers"]["taken"]) == (False, [], 1)
    assert len(house.export()[1]) == 1
    assert house.rows(told["import_id"])[0]["outcome"] == "created"
    assert listed(house)[0]["entered_on"] == "2021-06-01"
    again = send(house, content, SECRET).json()
    assert (again["package"]["repeated"], again["import_id"], again["answers"]) == (True, None, None)


def test_gaps_and_another_content_of_a_number_are_noticed(house: House) -> None:
    assert send(house, packed(2)).json()["package"]["missing"] == [1]
    assert send(house, packed(5)).json()["package"]["missing"] == [1, 3, 4]
    other = send(house, packed(5, files={"export": export(there(人员姓名="马有禄"))}))
    assert (other.status_code, other.json()["code"]) == (409, "provincial-package-conflict")
    assert len(house.export()[1]) == 1
    assert send(house, packed(1)).json()["package"]["missing"] == []
    assert send(house, packed(6)).json()["package"]["missing"] == [3, 4]


def _broken() -> dict[str, tuple[bytes, str]]:
    sound = packed(1)
    forged = packages.Manifest(
        layout=LAYOUT, area=COUNTY, sequence=1, made_on="2021-06-01",
        files=[packages.packed("export.xlsx", "export", b"other")],
    )  # fmt: skip
    longer = forged.model_copy(update={"files": (packages.packed("export.xlsx", "export", b""),)})
    return {
        "cut": (sound[: len(sound) // 2], "ZIP"),
        "none": (b"no zip", "ZIP"),
        "sealed": (packed(1, SECRET), "口令"),
        "forged": (packages.pack(forged, {"export.xlsx": b"Other"}, None)[0], "摘要不符"),
        "longer": (packages.pack(longer, {"export.xlsx": b"more than stated"}, None)[0], "超出"),
        "absent": (packages.pack(forged, {}, None)[0], "缺少"),
        "another": (packed(1, layout="elsewhere"), "elsewhere"),
    }


@pytest.mark.parametrize("kind", list(_broken()))
def test_what_is_broken_or_says_other_than_it_is_changes_nothing(house: House, kind: str) -> None:
    content, words = _broken()[kind]
    answer = send(house, content)
    assert (answer.status_code, answer.json()["code"]) == (422, "provincial-package-unreadable")
    assert words in answer.json()["detail"]
    assert house.export()[1] == []
    assert house.call("GET", "/provincial/packages", "cases:read").json()["packages"] == []


def test_a_passphrase_is_neither_short_nor_wrong(house: House) -> None:
    assert send(house, packed(1, SECRET), "another-horse-here").json()["code"] == "provincial-package-unreadable"
    short = house.call(
        "POST", f"/provincial/{LAYOUT}/packages", "cases:read", "cases:write", headers={"Package-Passphrase": "short"}
    )
    assert short.status_code == 422
