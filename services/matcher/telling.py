"""What each operation of the matcher tells of people, row by row (kit/agreements.py): the clamp for other agencies.

An operation without a row is refused to every other agency, and fails a test.
"""

from collections.abc import Mapping

from kit.agreements import HouseOnly, Plain, Row, Tells

_OWN_ROWS = Plain("says of an agency's own rows what stands in them; never how they link or who is known")
_FEEDS = Plain("what an agency agreed to send")
_LINKS = HouseOnly("how rows link tells who is registered")
_WHO = HouseOnly("who could this be: for the office that answers for the matching")
_COPIES = HouseOnly("a copy of the list, or its cards by household; another agency reads its leads page by page")
_MODEL = Plain("weights, rules and counts of a model: nobody in particular")
_CATALOGUE = Plain("says what there is to ask, and of nobody")
_PACES = HouseOnly("how the house spreads its visits")
_WOULD_BE = HouseOnly("who would come on the list and who would leave it, by other rules")
_OVERSEES = HouseOnly("the house's auditors answer people and inspections")
_WAKES = Plain("where an agency is woken, and by which of its own deliveries: ids and words, of nobody")
_PUBLIC = Plain("keys, and whether the process answers")

_OF_FEEDS = (
    "list_feeds", "get_feed", "get_feed_schema", "get_feed_template", "list_feed_versions", "put_feed", "try_feed_map",
)  # fmt: skip
TABLE: Mapping[str, Row] = {
    **dict.fromkeys(_OF_FEEDS, _FEEDS),
    **dict.fromkeys(
        (
            "push_batch", "list_batches", "get_batch", "list_batch_rows", "get_batch_quality", "confirm_batch",
            "cancel_batch", "resume_batch", "commit_batch", "rollback_batch", "put_part", "list_parts", "seal_batch",
            "get_batch_diff", "get_batch_receipt", "list_feed_alerts", "list_corrections", "get_batch_report_card",
            "get_feed_quality", "export_corrections", "answer_corrections",
            "answer_correction", "decide_correction", "get_batch_report_workbook",
            "get_batch_report_text",
        ),
        _OWN_ROWS,
    ),
    **dict.fromkeys(
        (
            "make_subscription", "list_subscriptions", "get_subscription", "alter_subscription", "delete_subscription",
            "ping_subscription", "rotate_subscription_secret", "list_subscription_deliveries", "replay_delivery",
            "replay_deliveries",
        ),
        _WAKES,
    ),
    "list_leads": Tells("lead", "leads"),
    "get_lead": Tells("lead"),
    "compare_lead_rows": HouseOnly("agencies' rows beside the registry's person"),
    "reveal_lead": Tells("lead-identity"),
    **dict.fromkeys(("list_cards", "list_lead_changes", "export_leads", "export_leads_workbook"), _COPIES),
    **dict.fromkeys(
        ("list_links", "get_link", "explain_one_link", "draw_link", "get_batch_certificate"), _LINKS
    ),
    **dict.fromkeys(("match_people", "explain_match"), _WHO),
    **dict.fromkeys(
        (
            "list_reviews", "claim_review", "get_review_stats", "get_review", "answer_review", "release_review",
            "reveal_review", "undo_answer",
        ),
        _LINKS,
    ),
    **dict.fromkeys(
        (
            "list_models", "get_model", "compare_models", "train_next_model", "preview_change", "activate_model",
            "choose_costs", "list_model_jobs", "get_model_job",
        ),
        _MODEL,
    ),
    **dict.fromkeys(
        (
            "list_screens", "get_screen", "list_screen_settings", "list_screen_profiles", "get_screen_profile",
            "draft_screen_profile", "change_screen_profile", "withdraw_screen_profile", "approve_screen_profile",
            "end_screen_profile", "restore_screen_profile",
        ),
        _CATALOGUE,
    ),
    **dict.fromkeys(("simulate_screen_profile", "get_screen_simulation"), _WOULD_BE),
    **dict.fromkeys(("list_screen_holds", "decide_screen_hold", "list_paces", "put_pace", "drop_pace"), _PACES),
    "list_statistics": _CATALOGUE,
    "get_statistic": Tells("statistics", clamped="endpoint"),  # counts, or nothing: there are no fields to leave out
    "list_audit": HouseOnly("names the ids of everybody who was looked at"),
    "list_alerts": HouseOnly("says who looked at many people"),
    **dict.fromkeys(
        (
            "list_deletions", "list_due_deletions", "get_usage", "get_usage_workbook", "list_holds", "place_hold",
            "lift_hold", "report_subject", "report_subject_workbook", "list_pair_columns", "export_pairs",
        ),
        _OVERSEES,
    ),
    **dict.fromkeys(("verify_audit", "list_audit_keys", "live", "ready"), _PUBLIC),
}  # fmt: skip
