"""What the recorded database is asked: every read of every dialect, for many objects.

Only recording.py uses this: what was asked is in the file of answers.
"""

from __future__ import annotations

from collections.abc import Iterable

from stampbook.dialects import instants
from stampbook.domain.model import transaction_number
from tests.migration.answers import Exchange
from tests.migration.asker import Asker
from tests.migration.asking_clubs import altcraft, legacy, voucherify
from tests.migration.world import DAY, LOGIN, NEIGHBOUR, READER, START, TILL, World

LARGE_ROWS = 1_000
"""Of a longer journal single transactions are asked for more rarely."""


async def reads(world: World) -> list[Exchange]:
    asker = Asker(world, "read")
    for part in (native, native_ledger, native_visits, altegio, voucherify, legacy, altcraft):
        await part(asker)
    return asker.found


# -- native ----------------------------------------------------------------------------


async def native(asker: Asker) -> None:
    for path in ("/healthz", "/readyz", "/v1/api_keys", "/v1/programs", "/v1/programs?limit=2"):
        await asker.pages(path) if "program" in path else await asker.get(path)
    for secret in (READER, TILL, NEIGHBOUR, "nobody"):
        for path in ("/v1/programs", "/v1/programs/prg_1", "/v1/accounts/acc_1/balance"):
            await asker.get(path, secret)
    for number in await asker.numbers("SELECT api_key_id FROM api_keys ORDER BY 1"):
        await asker.get(f"/v1/api_keys/key_{number:x}")
    for number in await asker.numbers("SELECT program_id FROM programs ORDER BY 1"):
        path = f"/v1/programs/prg_{number:x}"
        await asker.get(path)
        for rest in ("currencies", "members", "members?limit=3", "promotions", "tier_groups"):
            await asker.pages(f"{path}/{rest}")
        for query in (
            "q=anna",
            "email=ADA@example.com",
            "phone=79000000001",
            "external_id=cur_1-1",
        ):
            await asker.get(f"{path}/members?{query}")
        await asker.get(f"{path}/referral")
    for number in await asker.numbers("SELECT currency_id FROM currencies ORDER BY 1"):
        await asker.get(f"/v1/currencies/cur_{number:x}")
        await asker.get(f"/v1/currencies/cur_{number:x}/options")
    for number in await asker.numbers("SELECT member_id FROM members ORDER BY 1"):
        for rest in ("", "/accounts", "/tiers"):
            await asker.get(f"/v1/members/mbr_{number:x}{rest}")
    for number in await asker.numbers("SELECT promotion_id FROM point_promotions ORDER BY 1"):
        await asker.get(f"/v1/promotions/prm_{number:x}")
    for number in await asker.numbers("SELECT tier_group_id FROM tier_groups ORDER BY 1"):
        await asker.get(f"/v1/tier_groups/tgr_{number:x}")
    await asker.get(f"/v1/users/{LOGIN}/limits")


STATES = ("pending", "available", "held", "spent", "expired", "revoked")
TYPES = (
    *("accrue", "redeem", "hold", "commit", "release", "activate", "expire", "cancel", "adjust"),
    *("transfer_out", "transfer_in", "transfer", "reinstate", "nonsense"),
)


async def native_ledger(asker: Asker) -> None:
    world = asker.world
    sql = "SELECT account_id, max(seq) AS rows_ FROM transactions GROUP BY account_id ORDER BY 1"
    for row in await world.store.fetch(sql):
        await account(asker, row["account_id"], row["rows_"])
    await asker.get("/v1/accounts/acc_fff")
    await asker.get("/v1/accounts/acc_fff/balance")
    rows = await world.store.fetch("SELECT program_id, external_id FROM external_ids ORDER BY 1, 2")
    for row in rows:
        query = f"external_id={row['external_id']}"
        await asker.get(f"/v1/transactions?{query}")
        await asker.get(f"/v1/transactions?{query}&program_id=prg_{row['program_id']:x}")


async def account(asker: Asker, number: int, rows: int) -> None:
    path = f"/v1/accounts/acc_{number:x}"
    await asker.get(path)
    await asker.get(f"{path}/balance")
    span = asker.world.now - START
    for at in (START - DAY, *(START + span * each // 9 for each in range(10))):
        await asker.get(f"{path}/balance?as_of={instants.write(at)}")
    for days in (1, 30, 1_000):
        await asker.get(f"{path}/balance?as_of={asker.world.text(days=days)}")
    await asker.pages(f"{path}/lots?limit=100")
    for state in STATES:
        await asker.pages(f"{path}/lots?state={state}&limit=40")
    await asker.pages(f"{path}/transactions?limit={200 if rows > LARGE_ROWS else 9}")
    for type_ in TYPES:
        await asker.get(f"{path}/transactions?type={type_}&limit=20")
    middle, end = instants.write(START + span // 3), instants.write(START + span // 2)
    await asker.get(f"{path}/transactions?from={middle}&to={end}")
    every = 23 if rows > LARGE_ROWS else 2
    for seq in {*range(1, rows + 2, every), rows}:
        single = f"/v1/transactions/txn_{transaction_number(account=number, seq=seq):x}"
        await asker.get(single)
        if seq % 3 == 0 or rows > LARGE_ROWS:
            await asker.pages(f"{single}/allocations?limit=60")
            await asker.pages(f"{single}/postings")


async def native_visits(asker: Asker) -> None:
    await asker.pages("/v1/locations")
    for number in await asker.numbers("SELECT location_id FROM locations ORDER BY 1"):
        await asker.get(f"/v1/locations/loc_{number:x}")
    for number in await asker.numbers("SELECT visit_id FROM visits ORDER BY 1"):
        await asker.get(f"/v1/visits/vis_{number:x}")
    await asker.get("/v1/visits/vis_1", NEIGHBOUR)


# -- Altegio ---------------------------------------------------------------------------

A = "/api/v1"
OF_PLACE = (
    *("records/{}", "records/{}?with_deleted=1&count=5", "appointments/{}", "clients/{}"),
    *("company/{}/records", "locations/{}/appointments", "company/{}/appointments"),
    *("locations/{}/records", "clients/{}?count=2&page=2", "user/permissions/{}"),
    *("company/{}/loyalty/programs/search", "locations/{}/loyalty/programs/search"),
    *("company/{}/loyalty/programs/search?include=rules,company&type=discount_static",),
    *(
        f"{owner}/{{}}/loyalty/{kind}_types/{how}"
        for owner in ("company", "locations")
        for kind in ("abonement", "certificate")
        for how in ("fetch", "search")
    ),
    *("loyalty/card_types/salon/{}", "loyalty/generate_code/{}/1"),
    *("loyalty/certificates?company_id={}", "user/loyalty/certificates?company_id={}"),
    *(
        "loyalty/abonements?company_id={}&phone=79000000001",
        "user/loyalty/abonements?company_id={}",
    ),
)
PHONES = ("79000000001", "79165550177", "79001234567", "79000000009", "70000000000")
DAYS = "created_after=2026-01-01&created_before=2027-12-31"


async def altegio(asker: Asker) -> None:
    for path in ("companies", "locations", "groups"):
        await asker.get(f"{A}/{path}")
    places = await asker.numbers("SELECT location_id FROM locations ORDER BY 1")
    (chain,) = await asker.numbers("SELECT DISTINCT program_id FROM locations")
    for place in places:
        for path in OF_PLACE:
            await asker.get(f"{A}/{path.format(place)}")
        for phone in PHONES:
            for spelling in ("loyalty", "loyality"):
                await asker.get(f"{A}/{spelling}/card_types/client/{place}/{phone}")
            await asker.get(f"{A}/loyalty/cards/{phone}/{chain}/{place}")
        search = {"page": 1, "page_size": 3, "fields": ["id", "name", "phone", "visits", "spent"]}
        for body in (search, {"page_size": 2, "order_by": "name"}):
            await asker.ask("POST", f"{A}/company/{place}/clients/search", body)
    for owner in ("chain", "chains"):
        path = f"{A}/{owner}/{chain}/loyalty"
        await asker.get(f"{path}/abonements?abonements_ids=1,2")
        await asker.get(f"{path}/card_types")
        await asker.get(f"{path}/notification_message_templates/programs")
        for query in ("", "&count=20&page=2", "&types=3", "&created_before=2026-06-01"):
            await asker.get(f"{path}/transactions?{DAYS}{query}")
        for number in await asker.numbers("SELECT promotion_id FROM promotions ORDER BY 1"):
            await asker.get(f"{path}/programs/{number}?include=rules,companies")
    await asker.get(f"{A}/user/loyalty_cards/{chain}")
    sql = f"SELECT member_id FROM members WHERE program_id = {chain} ORDER BY 1"
    for number in await asker.numbers(sql):
        await asker.get(f"{A}/client/{places[0]}/{number}")
        await asker.get(f"{A}/loyalty/client_cards/{number}")
    await bills(asker, places)


async def bills(asker: Asker, places: list[int]) -> None:
    rows = await asker.world.store.fetch(
        "SELECT r.record_id, r.visit_id, v.location_id FROM visit_records r"
        " JOIN visits v ON v.visit_id = r.visit_id ORDER BY 1"
    )
    for row in rows:
        record, visit, place = row["record_id"], row["visit_id"], row["location_id"]
        for name in ("record", "appointment"):
            await asker.get(f"{A}/{name}/{place}/{record}")
        for base in (A, "/v1"):
            await asker.get(f"{base}/visit/details/{place}/{record}/{visit}")
            await asker.get(f"{base}/visit/loyalty/transactions/{visit}")
        await asker.get(f"{A}/visits/{visit}")
        for owner in ("company", "locations"):
            await asker.get(f"{A}/{owner}/{place}/sale/{visit}")
    await asker.get(f"{A}/visit/details/{places[0]}/1/1", NEIGHBOUR)


# -- what is written afterwards ----------------------------------------------------------


async def afterwards(world: World) -> list[Exchange]:
    """Writes that rest on what became of old rows: cancels, commits, releases, activations."""
    asker = Asker(world, "write")
    sql = "SELECT account_id, max(seq) AS rows_ FROM transactions GROUP BY account_id ORDER BY 1"
    for row in await world.store.fetch(sql):
        number, rows = row["account_id"], row["rows_"]
        for seq in picked(rows):
            place = f"/v1/transactions/txn_{transaction_number(account=number, seq=seq):x}"
            for verb in ("commit", "activate", "cancel"):
                if verb == "cancel" or seq % 2:
                    await asker.ask("POST", f"{place}/{verb}", {})
        path = f"/v1/accounts/acc_{number:x}"
        for type_ in ("redeem", "accrue", "hold"):
            await asker.ask("POST", f"{path}/transactions", {"type": type_, "amount": "2"})
        await asker.get(f"{path}/balance")
        await asker.get(f"{path}/lots?limit=200")
        await asker.get(f"{path}/transactions?limit=200")
    return asker.found


def picked(rows: int) -> Iterable[int]:
    return range(1, rows + 1, 3 if rows < LARGE_ROWS else 61)


async def later(world: World) -> list[Exchange]:
    """The clock goes on over all that was due; every account is read again."""
    asker = Asker(world, "later")
    for _ in range(3):
        world.advance(days=100)
        for number in await asker.numbers("SELECT account_id FROM accounts ORDER BY 1"):
            path = f"/v1/accounts/acc_{number:x}"
            for rest in ("balance", "lots?limit=20", "transactions?limit=20"):
                await asker.get(f"{path}/{rest}")
    return asker.found
