"""Every sealed column of the registry and what its values are bound to, so that they can be sealed anew.

A test compares this list with the tables: a new `…_sealed` column without its line here fails the suite.
"""

from kit.idempotency import SEALED as ANSWER
from kit.resealing import Cell, Index
from registry.access.account_tables import Account, AccountSession
from registry.access.keys import CONTEXT as SIGNING_KEY
from registry.access.sign_in import TOTP
from registry.access.tables import SigningKey
from registry.coverage.tables import Coverage
from registry.imports.write import ACCOUNT
from registry.ledger.book import WORD
from registry.ledger.hand_in import TITLE
from registry.ledger.lead_in import SNAPSHOT
from registry.ledger.report import SAID
from registry.ledger.tables import Case, CaseItem, Outcome
from registry.persons.protection_tables import Protection
from registry.persons.protections import WORD as PROTECTED
from registry.persons.sealed import ID_NUMBER, PHONE
from registry.persons.store import number_key
from registry.persons.tables import PersonVersion
from registry.table import IdempotencyKey

CELLS = (
    Cell(SigningKey, "private_sealed", lambda row: f"{SIGNING_KEY}.{row.kid}"),
    Cell(Account, "totp_sealed", lambda row: f"{TOTP}.{row.account_id}"),
    Cell(AccountSession, "totp_sealed", lambda row: f"{TOTP}.{row.account_id}"),
    Cell(PersonVersion, "id_number_sealed", lambda _: ID_NUMBER, Index("id_number_blind", number_key)),
    Cell(PersonVersion, "phone_sealed", lambda _: PHONE, Index("phone_blind")),
    Cell(Coverage, "account_sealed", lambda _: ACCOUNT, Index("account_blind")),
    Cell(Case, "title_sealed", lambda row: f"{TITLE}.{row.case_id}"),
    Cell(Case, "word_sealed", lambda row: f"{WORD}.{row.case_id}"),
    Cell(CaseItem, "snapshot_sealed", lambda row: f"{SNAPSHOT}.{row.lead_id or row.item_id}"),
    Cell(Outcome, "said_sealed", lambda row: f"{SAID}.{row.outcome_id}"),
    Cell(Protection, "word_sealed", lambda row: f"{PROTECTED}.{row.protection_id}"),
    Cell(IdempotencyKey, "body", lambda row: f"{ANSWER}.{row.key}"),
)
