"""Put a desk together from settings and a key ring; nothing is connected until it is used."""

import httpx

from kit.crypto import KeyRing
from kit.database import Database
from matcher.batches.files import BatchFiles
from matcher.facts.files import FactFiles
from matcher.flows.desk import Desk
from matcher.flows.encoded_people import EncodedPeople
from matcher.flows.last_screening import LastScreening
from matcher.flows.unregistered import Unregistered
from matcher.people.index_files import IndexFiles
from matcher.people.snapshot import PeopleFiles
from matcher.registry_client import RegistryClient
from matcher.sealed import Vault
from matcher.settings import MatcherSettings


def open_desk(settings: MatcherSettings, ring: KeyRing, transport: httpx.BaseTransport | None = None) -> Desk:
    """The desk of one process. `transport` lets one process hold the registry too (embedded, tests)."""
    vault = Vault(settings.data_dir, ring)
    files, known = BatchFiles(vault), PeopleFiles(vault)
    return Desk(
        settings,
        Database.open(settings.database_url),
        ring,
        files,
        known,
        FactFiles(vault),
        EncodedPeople(known, IndexFiles(vault)),
        Unregistered(files),
        RegistryClient.open(settings, transport),
        LastScreening(),
    )
