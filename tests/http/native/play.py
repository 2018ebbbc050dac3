"""The steps by which the examples of the native API are made, in their order."""

from __future__ import annotations

from tests.http.examples import Step

LOGIN = "olga@example.com"

PLAY = (
    Step("create_program", (), {"name": "Coffee club", "timezone": "Europe/Berlin"}),
    Step("list_programs"),
    Step("get_program", ["prg_1"]),
    Step("change_program", ["prg_1"], {"metadata": {"owner": "Olga"}}),
    Step("create_currency", ["prg_1"], {
        "name": "Points",
        "scale": 2,
        "expiry": {"type": "rolling", "period": {"value": 12, "unit": "month"}},
    }),
    Step("list_currencies", ["prg_1"]),
    Step("get_currency", ["cur_1"]),
    Step("change_currency", ["cur_1"], {"cancel_window": {"value": 30, "unit": "day"}}),
    Step("get_currency_options", ["cur_1"]),
    Step("change_currency_options", ["cur_1"], {"initial_balance": "5.00"}),
    Step("create_member", ["prg_1"], {
        "external_id": "guest-1", "name": "Anna", "email": "anna@example.com",
    }),
    Step("list_members", ["prg_1"]),
    Step("get_member", ["mbr_1"]),
    Step("change_member", ["mbr_1"], {"phone": "+49 170 0000001"}),
    Step("create_account", (), {"member_id": "mbr_1", "currency_id": "cur_1"}),
    Step("create_account", (), {"member_id": "mbr_1", "currency_id": "cur_1", "number": "4711"}),
    Step("list_accounts", ["mbr_1"]),
    Step("get_account", ["acc_1"]),
    Step("create_transaction", ["acc_1"], {
        "type": "accrue", "amount": "100.00", "external_id": "order-1001",
    }),
    Step("create_transaction", ["acc_1"], {"type": "redeem", "amount": "60.50"}),
    Step("get_balance", ["acc_1"]),
    Step("list_lots", ["acc_1"]),
    Step("get_transaction", ["txn_800002"]),
    Step("list_allocations", ["txn_800002"]),
    Step("list_postings", ["txn_800002"]),
    Step("find_transaction", (), query="external_id=order-1001"),
    Step("get_program_figures", ["prg_1"]),
    Step("get_currency_figures", ["cur_1"]),
    Step("cancel_transaction", ["txn_800002"], {"reason": "The order was returned"}),
    Step("list_transactions", ["acc_1"]),
    Step("create_transaction", ["acc_1"], {"type": "hold", "amount": "45.00"}),
    Step("commit_transaction", ["txn_800004"], {"amount": "40.00"}),
    Step("create_transaction", ["acc_1"], {"type": "hold", "amount": "10.00"}),
    Step("release_transaction", ["txn_800006"], {"reason": "The table was given up"}),
    Step("create_transaction", ["acc_1"], {
        "type": "accrue", "amount": "20.00", "activates_at": "event",
    }),
    Step("activate_transaction", ["txn_800008"], {"reason": "The stay is over"}),
    Step("expire_transaction", ["txn_800008"], {"reason": "The guest gave them up"}),
    Step("create_transfer", (), {
        "from_account_id": "acc_1", "to_account_id": "acc_2", "amount": "5.00",
    }),
    Step("run_bulk", (), {"operations": [
        {"op": "accrue", "account_id": "acc_1", "amount": "10.00"},
        {"op": "redeem", "account_id": "acc_1", "amount": "1000.00"},
    ]}),
    Step("create_rule", ["prg_1"], {
        "name": "One point for every euro of a game",
        "trigger": {"type": "custom_event", "name": "game_played"},
        "earnings": [{
            "condition": "event.metadata.level == \"hard\"",
            "effects": [{"type": "fixed", "currency_id": "cur_1", "points": "20.00"}],
        }],
        "limits": {"frequency": {"max": 2, "period": "day"}},
    }),
    Step("list_rules", ["prg_1"]),
    Step("get_rule", ["rul_1"]),
    Step("activate_rule", ["rul_1"]),
    Step("evaluate_rules", ["prg_1"], {
        "member_id": "mbr_1", "event": {"name": "game_played", "metadata": {"level": "easy"}},
    }),
    Step("create_custom_event", ["prg_1"], {
        "external_id": "game-1", "member_id": "mbr_1", "name": "game_played",
        "metadata": {"level": "hard"},
    }),
    Step("get_custom_event", ["@create_custom_event"]),
    Step("list_rule_awards", ["rul_1"], query="member_id=mbr_1"),
    Step("cancel_custom_event", ["@create_custom_event"]),
    Step("restore_custom_event", ["@create_custom_event"]),
    Step("change_rule", ["rul_1"], {"priority": 1}),
    Step("list_rule_versions", ["rul_1"]),
    Step("deactivate_rule", ["rul_1"]),
    Step("create_rule", ["prg_1"], {
        "name": "Welcome to the regulars",
        "trigger": {"type": "segment_entered", "name": "regulars"},
        "earnings": [
            {"effects": [{"type": "fixed", "currency_id": "cur_1", "points": "10.00"}]},
        ],
    }),
    Step("activate_rule", ["rul_2"]),
    Step("draft_rule", ["rul_2"]),
    Step("enter_segment", ["prg_1"], {
        "external_id": "entry-1", "member_id": "mbr_1", "segment": "regulars",
    }),
    Step("leave_segment", ["prg_1", "regulars", "mbr_1"]),
    Step("delete_rule", ["rul_2"]),
    Step("create_api_key", (), {"name": "till", "scopes": ["read", "ledger:write"]}),
    Step("list_api_keys"),
    Step("get_api_key", ["key_2"]),
    Step("rotate_api_key", ["key_2"], {"overlap_s": 3600}),
    Step("revoke_api_key", ["key_2"]),
    Step("create_promotion", ["prg_1"], {
        "name": "Summer",
        "external_id": "summer",
        "rules": [{
            "kind": "accrual", "currency_id": "cur_1", "min_amount": "5.00", "max_amount": "50.00",
        }],
    }),
    Step("list_promotions", ["prg_1"]),
    Step("get_promotion", ["prm_1"]),
    Step("change_promotion", ["prm_1"], {"status": "inactive"}),
    Step("create_tier_group", ["prg_1"], {
        "name": "Metals",
        "currency_id": "cur_1",
        "tiers": [
            {"name": "Bronze", "threshold": "0"},
            {"name": "Silver", "threshold": "100.00", "external_id": "silver"},
        ],
    }),
    Step("list_tier_groups", ["prg_1"]),
    Step("get_tier_group", ["tgr_1"]),
    Step("list_member_tiers", ["mbr_1"]),
    Step("report_tiers", ["prg_1"], query=(
        "from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z&resolution=month"
    )),
    Step("report_spending", ["prg_1"], query=(
        "from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z&resolution=month"
    )),
    Step("deactivate_tier_group", ["tgr_1"]),
    Step("activate_tier_group", ["tgr_1"]),
    Step("draft_tier_group", ["tgr_1"]),
    Step("change_tier_group", ["tgr_1"], {
        "period": {"n": 1, "unit": "year"},
        "retention": {"type": "fixed", "span": {"n": 1, "unit": "year"}},
        "downgrade": {"type": "single", "grace": {"n": 1, "unit": "month", "round_up": True}},
    }),
    Step("delete_tier_group", ["tgr_1"]),
    Step("create_benefit", ["prg_1"], {
        "name": "A piece of cake", "type": "material", "sku": "cake", "stock": 100,
    }),
    Step("list_benefits", ["prg_1"]),
    Step("get_benefit", ["ben_1"]),
    Step("activate_benefit", ["ben_1"]),
    Step("draft_benefit", ["ben_1"]),
    Step("change_benefit", ["ben_1"], {"stock": 50}),
    Step("delete_benefit", ["ben_1"]),
    Step("create_reward", ["prg_1"], {
        "name": "A free coffee",
        "type": "code",
        "costs": [
            {"currency_id": "cur_1", "points": "8.00", "condition": "member.days > 365"},
            {"currency_id": "cur_1", "points": "10.00"},
        ],
        "limits": {"frequency": {"max": 2, "period": "day"}},
    }),
    Step("list_rewards", ["prg_1"]),
    Step("get_reward", ["rwd_1"]),
    Step("change_reward", ["rwd_1"], {"code": "pool"}),
    Step("add_codes", ["rwd_1"], {"codes": ["COFFEE-1", "COFFEE-2"]}),
    Step("change_reward", ["rwd_1"], {"code": "generated"}),
    Step("activate_reward", ["rwd_1"]),
    Step("put_offer", ["prg_1", "rwd_1"], {"stock": 20}),
    Step("buy_reward", ["mbr_1"], {"reward_id": "rwd_1"}),
    Step("list_purchases", ["mbr_1"]),
    Step("get_purchase", ["@buy_reward"]),
    Step("use_code", ["@buy_reward.codes"]),
    Step("refund_purchase", ["@buy_reward"], {"codes": "keep"}),
    Step("list_codes", ["rwd_1"]),
    Step("count_codes", ["rwd_1"]),
    Step("list_purchases_of_reward", ["rwd_1"]),
    Step("deactivate_reward", ["rwd_1"]),
    Step("delete_offer", ["prg_1", "rwd_1"]),
    Step("delete_reward", ["rwd_1"]),
    Step("create_reward", ["prg_1"], {
        "name": "Mug", "type": "material", "status": "active",
        "costs": [{"currency_id": "cur_1", "points": "30.00"}],
    }),
    Step("draft_reward", ["rwd_2"]),
    Step("create_rule", ["prg_1"], {
        "name": "Five points for every full euro",
        "trigger": {"type": "order_paid"},
        "earnings": [{"effects": [{
            "type": "per", "currency_id": "cur_1", "basis": "order.total",
            "every": "1.00", "points": "5.00",
        }]}],
    }),
    Step("activate_rule", ["@create_rule"]),
    Step("change_currency_options", ["cur_1"], {
        "exchange": {"points": "1.00", "money": "0.01"}, "return_spent": "proportional",
    }),
    Step("create_order", ["prg_1"], {
        "external_id": "order-2001", "member_id": "mbr_1", "money": "EUR", "amount": "100.00",
        "lines": [
            {"item": "tea", "sku": "TEA-1", "quantity": 2, "amount": "30.00"},
            {"item": "cake", "amount": "70.00"},
        ],
        "channel": "web",
    }),
    Step("list_orders", ["prg_1"], query="member_id=mbr_1"),
    Step("change_order", ["prg_1", "external:order-2001"], {"metadata": {"table": 7}}),
    Step("add_order_payment", ["prg_1", "external:order-2001"], {
        "account_id": "acc_1", "max_points": "10.00",
    }),
    Step("list_order_payments", ["prg_1", "external:order-2001"]),
    Step("pay_order", ["prg_1", "external:order-2001"], {"reason": "Paid at the till"}),
    Step("create_refund", ["prg_1", "external:order-2001"], {
        "external_id": "refund-1", "lines": [{"line": "1", "quantity": 1}],
        "reason": "A cup was cold",
    }),
    Step("list_refunds", ["prg_1", "external:order-2001"]),
    Step("void_refund", ["prg_1", "external:order-2001", "@create_refund"]),
    Step("return_order_payment", ["prg_1", "external:order-2001", "@add_order_payment"], {
        "reason": "The guest pays with money",
    }),
    Step("get_order", ["prg_1", "external:order-2001"]),
    Step("cancel_order", ["prg_1", "external:order-2001"], {"reason": "The guest left"}),
    Step("report_earning", ["prg_1"], query=(
        "from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z&resolution=month"
    )),
    Step("report_rules", ["prg_1"], query=(
        "from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z&resolution=month"
    )),
    Step("create_location", (), {"program_id": "prg_1", "title": "Harbour Street"}),
    Step("list_locations"),
    Step("get_location", ["loc_1"]),
    Step("change_location", ["loc_1"], {"title": "Harbour Street 5"}),
    Step("put_referral", ["prg_1"], {
        "title": "Bring a friend",
        "unit": "percent",
        "value": "10",
        "currency_ids": ["cur_1"],
        "location_ids": ["loc_1"],
    }),
    Step("get_referral", ["prg_1"]),
    Step("delete_referral", ["prg_1"]),
    Step("put_limits", [LOGIN], {"limits": [{"program_id": "prg_1", "location_id": "loc_1"}]}),
    Step("get_limits", [LOGIN]),
    Step("create_visit", (), {
        "location_id": "loc_1",
        "member_id": "mbr_1",
        "lines": [
            {"kind": "good", "title": "Bag of beans", "price": "20.00"},
            {"kind": "service", "title": "Barista course", "price": "3000.00"},
        ],
    }),
    Step("change_visit", ["vis_1"], {"attendance": "came"}),
    Step("withdraw", ["vis_1"], {"account_id": "acc_1", "amount": "50.00"}),
    Step("add_payment", ["vis_1"], {"amount": "1000.00"}),
    Step("get_visit", ["vis_1"]),
    Step("search", query="q=visit 1"),
    Step("list_visit_transactions", ["vis_1"]),
    Step("list_timeline", ["mbr_1"], query="limit=5"),
    Step("cancel_withdrawal", ["vis_1", "acc_1"]),
    Step("remove_payment", ["vis_1", "pay_1"]),
    Step("create_user", (), {
        "login": "anna.till@example.com",
        "password": "correct horse",
        "name": "Anna",
        "program_ids": ["prg_1"],
        "limits": [{"currency_id": "cur_1", "per_transaction": "500.00", "per_day": "2000.00"}],
    }),
    Step("list_users", query="role=support"),
    Step("get_user", ["usr_2"]),
    Step("change_user", ["usr_2"], {"role": "manager", "language": "ru"}),
    Step("set_password", ["usr_2"], {"password": "battery staple"}),
    Step("create_session", (), {
        "login": "anna.till@example.com", "password": "battery staple",
    }),
    Step("get_session", by="create_session"),
    Step("list_sessions", ["usr_2"]),
    Step("confirm_session", (), {"password": "battery staple"}, by="create_session"),
    Step("change_own_password", (), {"password": "staple battery"}, by="create_session"),
    Step("delete_session", by="change_own_password"),
    Step("create_session", (), {
        "login": "anna.till@example.com", "password": "staple battery",
    }),
    Step("change_currency_options", ["cur_1"], {"approval_above": "50.00"}),
    Step("create_account", (), {"member_id": "mbr_1", "currency_id": "cur_1", "number": "4712"}),
    *(
        Step("create_transaction", ["@create_account"], {"type": "accrue", "amount": amount},
             by="create_session", status=202)
        for amount in ("60.00", "70.00", "80.00")
    ),
    Step("list_approvals"),
    Step("get_approval", ["apr_1"]),
    Step("withdraw_request", ["apr_3"], {"reason": "The guest has left"}, by="create_session"),
    Step("create_user", (), {
        "login": "ben.office@example.com", "password": "correct horse", "role": "manager",
    }),
    Step("end_session", ["ses_2"]),
    Step("create_session", (), {
        "login": "ben.office@example.com", "password": "correct horse",
    }),
    Step("approve_request", ["apr_1"], {"reason": "I have seen it"}, by="create_session"),
    Step("reject_request", ["apr_2"], {"reason": "Ask for it in writing"}, by="create_session"),
    Step("create_own_totp", by="create_session"),
    Step("delete_own_totp", by="create_session"),
    Step("create_totp", ["usr_2"]),
    Step("delete_totp", ["usr_2"]),
    Step("unlock_user", ["usr_2"]),
    Step("disable_user", ["usr_2"]),
    Step("enable_user", ["usr_2"]),
    Step("create_member", ["prg_1"], {"name": "Ada L.", "phone": "+44 20 0000"}),
    Step("merge_member", ["mbr_2"], {"into": "mbr_1", "reason": "registered twice"}),
    Step("list_merges", ["mbr_1"]),
    Step("get_merge", ["mrg_1"]),
    Step("undo_merge", ["mrg_1"]),
    Step("export_member", ["mbr_2"]),
    Step("erase_member", ["mbr_2"], {"reason": "asked by letter", "forfeit": True}),
    Step("delete_member", ["mbr_1"]),
    Step("list_audit", query="action=currency.updated&limit=1"),
    Step("list_anchors"),
    Step("list_events", query="types=transaction.created,member.created&limit=2"),
    Step("list_event_types"),
    Step("get_explanation", ["acc_1"], query="language=en"),
    Step("create_webhook", (), {
        "url": "https://shop.example/events",
        "events": ["transaction.*", "lot.expired"],
        "program_id": "prg_1",
        "headers": {"x-shop": "7"},
    }),
    Step("list_webhooks"),
    Step("get_webhook", ["whk_1"]),
    Step("change_webhook", ["whk_1"], {"description": "The till's display"}),
    Step("rotate_webhook", ["whk_1"], {"overlap_s": 3600}),
    Step("disable_webhook", ["whk_1"]),
    Step("enable_webhook", ["whk_1"], {"resume": "stopped"}),
    Step("test_webhook", ["whk_1"]),
    Step("list_deliveries", ["whk_1"], query="status=failed"),
    Step("list_deliveries_of_events", query="event_id=evt_0f0e1d2c3b4a59687786a5b4c3d2e1f0"),
    Step("get_delivery", ["dlv_1"]),
    Step("redeliver", ["dlv_1"]),
    Step("redeliver_range", ["whk_1"], {"from": "2026-03-01T00:00:00Z", "status": "all"}),
    Step("create_webhook", (), {
        "url": "https://shop.example/others", "events": ["*"], "program_id": "prg_1",
    }),
    Step("delete_webhook", ["whk_2"]),
    Step("create_import", (), (
        "lot_id,external_id,currency,amount,expires_at\nL1,guest-7,cur_1,100.00,never\n"
        "L2,guest-7,cur_1,\"20,50\",\n"
    ), query="kind=lots&program_id=prg_1&dry_run=true"),
    Step("get_import", ["imp_1"]),
    Step("list_refused_rows", ["imp_1"]),
    Step("start_import", ["imp_1"]),
    Step("create_import", (), (
        "external_id,currency,amount\nguest-8,cur_1,5.00\n"
    ), query="kind=balances&program_id=prg_1"),
    Step("stop_import", ["imp_3"]),
    Step("resume_import", ["imp_3"]),
    Step("list_imports", (), query="limit=1"),
    Step("create_export", (), {"kind": "postings", "program_id": "prg_1"}),
    Step("get_export", ["exp_1"]),
    Step("list_exports"),
    Step("download_export", ["exp_1"]),
    Step("get_statement", ["acc_1"], query="from=2026-03-01T00:00:00Z&language=en"),
    Step("report_liability", ["prg_1"], query="currency_id=cur_1"),
    Step("report_expiring", ["prg_1"], query=(
        "currency_id=cur_1&from=2026-03-01T00:00:00Z&to=2026-05-01T00:00:00Z&resolution=month"
    )),
    Step("report_activity", ["prg_1"], query=(
        "currency_id=cur_1&from=2026-03-01T00:00:00Z&to=2026-05-01T00:00:00Z&resolution=month"
    )),
    Step("report_breakage", ["prg_1"], query=(
        "currency_id=cur_1&from=2026-03-01T00:00:00Z&to=2026-05-01T00:00:00Z&resolution=month"
    )),
    Step("list_moved", ["prg_1"], query=(
        "currency_id=cur_1&from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z&figure=redeemed&limit=1"
    )),
    Step("list_newcomers", ["prg_1"], query=(
        "currency_id=cur_1&from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z&limit=1"
    )),
    Step("list_held", ["prg_1"], query="currency_id=cur_1&state=available&limit=1"),
)  # fmt: skip


def is_of_files(operation: str) -> bool:
    """Whether it is about imports and exports, which a server works on beside requests: the tests
    in `files` have a server's carrier, and see who sees what (test_imports.py)."""
    return operation.endswith(("_import", "_imports", "_export", "_exports", "_refused_rows")) and (
        operation != "export_member"
    )
