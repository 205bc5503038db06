"""What each operation of the registry tells of people, row by row (kit/agreements.py): the clamp for other agencies.

An operation without a row is refused to every other agency, and fails a test.
"""

from collections.abc import Mapping

from kit.agreements import HouseOnly, Plain, Row, Tells

_WORK = HouseOnly("a step of the house's own work; another agency reports what it found and decides nothing")
_WRITES = HouseOnly("its answers and refusals say who is registered already")
_FOLLOWS = HouseOnly("everybody with identity, for the matcher")
_KEEPS_STAFF = Plain("clients and staff: nobody of the registry")
_DOOR = Plain("signing in: no caller yet")
_PUBLIC = Plain("published by the state, or by us")
_CATALOGUE = Plain("says what there is to ask, and of nobody")

TABLE: Mapping[str, Row] = {
    # people
    "get_person": Tells("person"),
    "lookup_person": Tells("person"),
    "get_household": Tells("household"),
    "check_coverage": Tells("coverage-check", "answers"),
    "create_person": _WRITES,
    "alter_person": _WRITES,
    "get_protection": HouseOnly("that somebody is protected is itself to be kept"),
    "set_protection": HouseOnly("that somebody is protected is itself to be kept"),
    "get_publication": HouseOnly("civil affairs publishes; others read what was put up"),
    "get_publication_workbook": HouseOnly("civil affairs publishes; others read what was put up"),
    "create_import": _WRITES,
    "list_imports": _WRITES,
    "get_import": _WRITES,
    "list_import_rows": _WRITES,
    "export_registry": _FOLLOWS,
    "list_changes": _FOLLOWS,
    "list_disclosure": _FOLLOWS,
    "list_revocations": _FOLLOWS,
    # the ledger
    "list_cases": Tells("case", "cases"),
    "get_case": Tells("case"),
    "get_case_history": Tells("case-history"),
    "list_my_cases": HouseOnly("names and telephones, without a budget, for those who took the case over"),
    "export_cases": Tells("case", clamped="endpoint"),
    "report_outcome": Tells("case"),
    "report_outcomes": Tells("case", clamped="endpoint"),
    "report_outcome_sheet": Tells("case", clamped="endpoint"),
    "list_outcome_codes": _CATALOGUE,
    "put_cases_by_lead": _FOLLOWS,
    "put_case_by_lead": _FOLLOWS,
    "create_case": _WORK,
    "accept_cases": _WORK,
    "approve_cases": _WORK,
    "accept_case": _WORK,
    "approve_case": _WORK,
    "return_case": _WORK,
    "assign_case": _WORK,
    "transfer_case": _WORK,
    "suspend_case": _WORK,
    "resume_case": _WORK,
    "reopen_case": _WORK,
    "close_case": _WORK,
    # figures
    "list_statistics": _CATALOGUE,
    "get_statistic": Tells("statistics", clamped="endpoint"),  # counts, or nothing: there are no fields to leave out
    # who may do what, and who did
    "list_audit": HouseOnly("names the ids of everybody who was looked at"),
    "list_alerts": HouseOnly("says who looked at many people"),
    "verify_audit": _PUBLIC,
    "list_audit_keys": _PUBLIC,
    "published_keys": _PUBLIC,
    "list_areas": _PUBLIC,
    "get_area": _PUBLIC,
    "list_successors": _PUBLIC,
    "import_areas": _PUBLIC,
    "live": _PUBLIC,
    "ready": _PUBLIC,
    "list_roles": _CATALOGUE,
    "list_resources": _CATALOGUE,
    **dict.fromkeys(
        (
            "propose_agreement", "propose_version", "list_agreements", "get_agreement", "approve_agreement",
            "end_agreement",
        ),
        HouseOnly("the house says what is told to others"),
    ),
    **dict.fromkeys(
        (
            "list_accounts", "create_account", "disable_account", "get_account", "change_account", "renew_activation",
            "unlock_account", "list_clients", "create_client", "disable_client", "get_client", "renew_client_secret",
            "rotate_signing_key",
        ),
        _KEEPS_STAFF,
    ),
    **dict.fromkeys(
        (
            "issue_token", "activate_account", "begin_session", "give_second_factor", "offer_second_factor",
            "renew_password", "refresh_session", "end_session", "change_password",
        ),
        _DOOR,
    ),
}  # fmt: skip
