"""Every sealed column of the registry and what its values are bound to, so that they can be sealed anew.

A test compares this list with the tables: a new `…_sealed` column without its line here fails the suite.
"""

from kit.idempotency import SEALED as ANSWER
from kit.resealing import Cell, Index
from kit.subscriptions import SECRETS, URL
from registry.access.account_tables import Account, AccountSession
from registry.access.keys import CONTEXT as SIGNING_KEY
from registry.access.sign_in import TOTP
from registry.access.tables import SigningKey
from registry.campaigns.store import SUMMARY
from registry.campaigns.tables import ReportDuty
from registry.coverage.tables import Coverage
from registry.imports.write import ACCOUNT
from registry.ledger.alterations import ALTERED
from registry.ledger.book import WORD
from registry.ledger.entries import ENTRY, REFUSAL
from registry.ledger.evidence import CONTENT, NAME
from registry.ledger.evidence import WITHDRAWN as WITHDRAWN_FOR
from registry.ledger.hand_in import TITLE
from registry.ledger.lead_in import SNAPSHOT
from registry.ledger.report import SAID
from registry.ledger.tables import Case, CaseEvent, CaseItem, Evidence, EvidenceContent, Outcome
from registry.payments.known import ACCOUNTS, PARTIES
from registry.payments.tables import PaymentAccount, PaymentParty
from registry.persons.protection_tables import Protection
from registry.persons.protections import WORD as PROTECTED
from registry.persons.sealed import ID_NUMBER, PHONE
from registry.persons.store import number_key
from registry.persons.tables import PersonVersion
from registry.registers.petition_tables import PetitionRepeat
from registry.registers.petitions import WORD as PETITION
from registry.registers.store import CONTEXT as REGISTER
from registry.registers.store import key_of_text
from registry.registers.tables import RegisterEntry
from registry.samples.store import FINDING
from registry.samples.tables import SamplePick
from registry.slips.store import WORD as SLIP
from registry.slips.tables import SlipEvent
from registry.snapshots.freeze import LINES
from registry.snapshots.tables import SnapshotPart
from registry.subscriptions.tables import Subscription
from registry.table import IdempotencyKey

CELLS = (
    Cell(SigningKey, "private_sealed", lambda row: f"{SIGNING_KEY}.{row.kid}"),
    Cell(Account, "totp_sealed", lambda row: f"{TOTP}.{row.account_id}"),
    Cell(AccountSession, "totp_sealed", lambda row: f"{TOTP}.{row.account_id}"),
    Cell(PersonVersion, "id_number_sealed", lambda _: ID_NUMBER, Index("id_number_blind", number_key)),
    Cell(PersonVersion, "phone_sealed", lambda _: PHONE, Index("phone_blind")),
    Cell(Coverage, "account_sealed", lambda _: ACCOUNT, Index("account_blind")),
    Cell(PaymentAccount, "account_sealed", lambda _: ACCOUNTS.context, Index("account_blind")),
    Cell(PaymentParty, "number_sealed", lambda _: PARTIES.context, Index("number_blind")),
    Cell(Case, "title_sealed", lambda row: f"{TITLE}.{row.case_id}"),
    Cell(Case, "word_sealed", lambda row: f"{WORD}.{row.case_id}"),
    Cell(CaseItem, "snapshot_sealed", lambda row: f"{SNAPSHOT}.{row.lead_id or row.item_id}"),
    Cell(CaseItem, "number_sealed", lambda _: ID_NUMBER, Index("number_blind", number_key)),
    Cell(CaseItem, "entry_sealed", lambda row: f"{ENTRY}.{row.item_id}"),
    Cell(CaseItem, "entry_refusal_sealed", lambda row: f"{REFUSAL}.{row.item_id}"),
    Cell(Outcome, "said_sealed", lambda row: f"{SAID}.{row.outcome_id}"),
    Cell(CaseEvent, "altered_sealed", lambda row: f"{ALTERED}.{row.event_id}"),
    Cell(Evidence, "name_sealed", lambda row: f"{NAME}.{row.evidence_id}"),
    Cell(Evidence, "withdrawn_reason_sealed", lambda row: f"{WITHDRAWN_FOR}.{row.evidence_id}"),
    Cell(EvidenceContent, "content_sealed", lambda row: f"{CONTENT}.{row.evidence_id}"),
    Cell(SnapshotPart, "lines_sealed", lambda row: f"{LINES}.{row.snapshot_id}.{row.part}"),
    Cell(ReportDuty, "summary_sealed", lambda row: f"{SUMMARY}.{row.duty_id}"),
    Cell(SamplePick, "finding_sealed", lambda row: f"{FINDING}.{row.sample_id}.{row.place}"),
    Cell(SlipEvent, "word_sealed", lambda row: f"{SLIP}.{row.event_id}"),
    Cell(Protection, "word_sealed", lambda row: f"{PROTECTED}.{row.protection_id}"),
    Cell(RegisterEntry, "values_sealed", lambda _: REGISTER, Index("key_blind", key_of_text)),
    Cell(PetitionRepeat, "reason_sealed", lambda row: f"{PETITION}.{row.word_id}"),
    Cell(Subscription, "url", lambda _: URL),
    Cell(Subscription, "secrets", lambda _: SECRETS),
    Cell(IdempotencyKey, "body", lambda row: f"{ANSWER}.{row.key}"),
)
