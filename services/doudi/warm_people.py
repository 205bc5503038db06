"""`doudi link --index FOLDER`: the people encoded once and kept, so that the next feed need not read them again.

What is kept is sealed like everything the services keep; the keys stand beside the folder, never in it. Other people,
or another version's layout, and the folder is filled anew.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import polars as pl

from doudi.defects import Stop
from kit.crypto import KeyProblem, KeyRing
from kit.keys_file import make_or_complete
from matcher.linkage.index import PARTS, IndexStale, PeopleIndex
from matcher.sealed import FileMissing, Vault

NAME: Final = "people"


def keys_beside(folder: Path) -> Path:
    """Where the keys of an index are kept."""
    return folder.with_name(f"{folder.name}.keys.json")


def people_index(people: Path, folder: Path, read: Callable[[], pl.DataFrame]) -> PeopleIndex:
    """The index of the file `people`, out of `folder` where it is kept there; `read` gives its rows.

    Raises Stop where what is kept cannot be opened with the keys beside the folder.
    """
    make_or_complete(keys_beside(folder), "international")
    vault = Vault(folder, KeyRing.load(keys_beside(folder)))
    mark = _print(people)
    try:
        return PeopleIndex.load([vault.get_writable(f"{NAME}/{mark}-{part}") for part in range(PARTS)])
    except (FileMissing, IndexStale):
        index = PeopleIndex.of(read())
    except KeyProblem as problem:
        raise Stop(f"index {folder}: cannot be opened ({problem}); remove the folder to make it anew") from problem
    vault.drop_folder(NAME)
    for part, content in enumerate(index.dump()):
        vault.put(f"{NAME}/{mark}-{part}", content)
    return index


def _print(file: Path) -> str:
    """What tells one content of a file from another."""
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()[:32]
    except FileNotFoundError:
        raise Stop(f"people {file}: there is no such file") from None
