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
_OVERSEES = HouseOnly("the house's auditors answer people and inspections")
_PUBLIC = Plain("published by the state, or by us")
_CATALOGUE = Plain("says what there is to ask, and of nobody")

TABLE: Mapping[str, Row] = {
    # people
    "get_person": Tells("person"),
    "lookup_person": Tells("person"),
    "search_persons": HouseOnly("who bears a name, by the list; other agencies ask by number"),
    "get_household": Tells("household"),
    "check_coverage": Tells("coverage-check", "answers"),
    **dict.fromkeys(
        ("get_person_categories", "get_household_categories"),
        HouseOnly("what somebody is recognised as is told by its support, person and day"),
    ),
    "list_households": HouseOnly("who lives where, by the list; other agencies ask for one household"),
    "get_household_standing": HouseOnly("why a household was listed or not is the house's own answer"),
    "get_household_history": HouseOnly("the house's own record of a household, step by step"),
    **dict.fromkeys(
        (
            "create_household", "correct_household", "change_household", "change_member", "correct_member",
            "link_household",
        ),
        _WRITES,
    ),
    "create_person": _WRITES,
    "correct_person": _WRITES,
    "change_person": _WRITES,
    "merge_person": _WRITES,
    "split_person": _WRITES,
    "list_coverage": HouseOnly("who is supported, by the list; other agencies ask by person and day"),
    **dict.fromkeys(
        (
            "export_coverage", "export_coverage_text",
            "create_coverage", "get_coverage", "get_coverage_history", "correct_coverage", "suspend_coverage",
            "resume_coverage", "end_coverage", "phase_out_coverage", "requalify_coverage", "list_unassessed_exits",
            "get_swings", "get_coverage_grounds",
        ),
        HouseOnly("the house's own record of support, step by step; other agencies ask by person and day"),
    ),
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
    "list_facts": _FOLLOWS,
    "get_facts": _FOLLOWS,
    **dict.fromkeys(
        (
            "make_subscription", "list_subscriptions", "get_subscription", "alter_subscription", "delete_subscription",
            "ping_subscription", "rotate_subscription_secret", "list_subscription_deliveries", "replay_delivery",
            "replay_deliveries",
        ),
        _FOLLOWS,
    ),
    "list_disclosure": _FOLLOWS,
    "list_revocations": _FOLLOWS,
    # money
    **dict.fromkeys(
        (
            "create_payment_import", "list_payment_imports", "get_payment_import", "list_payment_import_rows",
            "list_payments", "get_payment_summary", "export_payments", "export_payments_text",
            "list_payment_accounts", "get_account_history", "get_fund_flow", "export_fund_flow", "list_recoveries",
            "export_recoveries", "list_reserve_months", "list_reserve_balances", "list_aid_clocks",
            "get_aid_timeliness", "list_exits", "export_exits",
        ),
        HouseOnly("who is paid what into which account is civil affairs' own"),
    ),
    # the ledger
    "list_cases": Tells("case", "cases"),
    "get_case": Tells("case"),
    "get_case_history": Tells("case-history"),
    "list_my_cases": HouseOnly("names and telephones, without a budget, for those who took the case over"),
    "count_waiting": HouseOnly("how much work lies in the house's own lists"),
    "export_cases": Tells("case", clamped="endpoint"),
    "report_outcome": Tells("case"),
    "report_outcomes": Tells("case", clamped="endpoint"),
    "report_outcome_sheet": Tells("case", clamped="endpoint"),
    "list_outcome_codes": _CATALOGUE,
    "put_cases_by_lead": _FOLLOWS,
    "put_case_by_lead": _FOLLOWS,
    "list_answers_up": _FOLLOWS,
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
    "add_evidence": _WORK,
    "list_evidence": _WORK,
    "get_evidence": _WORK,
    "withdraw_evidence": _WORK,
    "enter_recognised": _WORK,
    **dict.fromkeys(
        (
            "export_to_province", "take_provincial_answers", "compare_with_province", "compare_with_province_workbook",
            "import_from_province", "pack_for_province", "take_provincial_package", "list_provincial_packages",
        ),
        _WORK,
    ),
    "list_provincial_layouts": _CATALOGUE,
    "list_recognised": _WORK,
    "export_recognised": _WORK,
    **dict.fromkeys(
        (
            "freeze_month", "list_snapshots", "list_month_dues", "get_snapshot", "verify_snapshot",
            "list_snapshot_lines", "export_snapshot", "write_report_text", "sign_snapshot", "report_snapshot",
            "create_campaign", "change_campaign", "list_campaigns", "get_campaign", "get_campaign_progress",
            "create_report_duty", "list_report_duties", "submit_report", "draw_sample", "list_samples", "get_sample",
            "redraw_sample", "record_finding", "export_sample", "get_authority", "put_authority",
        ),
        _WORK,
    ),
    **dict.fromkeys(
        ("find_slips", "list_slips", "export_slips", "get_slip", "answer_slip", "decide_slip"),
        HouseOnly("who is supported in two counties is between them and whoever stands above them"),
    ),
    # the registers
    "list_registers": _CATALOGUE,
    "get_register": _CATALOGUE,
    "get_register_template": _CATALOGUE,
    **dict.fromkeys(
        (
            "list_register_entries", "get_register_entry", "get_register_entry_history", "create_register_entry",
            "correct_register_entry", "change_register_entry", "end_register_entry", "export_register",
            "import_register", "list_register_due", "list_petition_repeats", "decide_petition_repeat",
            "get_petition_ranking", "list_income_totals",
        ),
        HouseOnly("the house's own records: agreements, doubts and complaints are told to no other agency"),
    ),
    # figures
    "list_statistics": _CATALOGUE,
    "get_bulletin": _PUBLIC,
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
    "import_area_table": _PUBLIC,
    "resolve_area": _PUBLIC,
    **dict.fromkeys(
        (
            "list_standards", "export_standards", "get_standard", "put_standard", "validate_standards",
            "import_standards",
        ),
        _PUBLIC,
    ),
    **dict.fromkeys(("list_categories", "get_category", "put_category"), _PUBLIC),
    "live": _PUBLIC,
    "ready": _PUBLIC,
    "list_roles": _CATALOGUE,
    "list_resources": _CATALOGUE,
    **dict.fromkeys(
        (
            "list_deletions", "list_due_deletions", "get_usage", "get_usage_workbook", "list_holds", "place_hold",
            "lift_hold", "find_subject", "report_subject", "report_subject_workbook",
        ),
        _OVERSEES,
    ),
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
