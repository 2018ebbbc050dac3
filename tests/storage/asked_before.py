"""Requests of the ledger, and the fingerprints that releases before version 2 took of them."""

from __future__ import annotations

from stampbook.domain.commands import (
    Accrue,
    Activate,
    Cancel,
    Command,
    Commit,
    Expire,
    Hold,
    Note,
    Redeem,
    Release,
    Settle,
)
from stampbook.domain.model import FOREVER, Kind
from stampbook.ledger.submission import Submission, Transfer

FULL = Note("x-1", "coffee", "key:3", '{"till": 4}', 1_800_000_000_000_000, "order:7")
NOTE = Note(reason="Кофе ☕", actor="user:1")


def asked(*commands: Command) -> Submission:
    return Submission(1, 5, commands)


REQUESTS: dict[str, Submission | Transfer] = {
    "accrue": asked(Accrue(100)),
    "accrue with all": asked(
        Accrue(100, Kind.ADJUST_CREDIT, 1, FOREVER, temporary=True, timeout_s=60, note=FULL)
    ),
    "reinstate": asked(Accrue(7, Kind.REINSTATE, reinstates=3)),
    "redeem": asked(Redeem(100)),
    "redeem with all": asked(Redeem(100, Kind.ADJUST_DEBIT, FULL)),
    "hold": asked(Hold(100)),
    "hold with all": asked(Hold(100, 60, NOTE)),
    "commit": asked(Commit(3)),
    "commit with all": asked(Commit(3, 50, NOTE)),
    "release": asked(Release(3)),
    "release with all": asked(Release(3, FULL)),
    "activate": asked(Activate(3, NOTE)),
    "expire": asked(Expire(3)),
    "expire with all": asked(Expire(3, NOTE, (3, 5))),
    "cancel": asked(Cancel(3)),
    "cancel with all": asked(Cancel(3, 50, only_pending=True, note=FULL)),
    "settle": asked(Settle()),
    "several": asked(Redeem(1, note=NOTE), Accrue(2), Cancel(3)),
    "transfer": Transfer(1, 5, 6, 100),
    "transfer with a note": Transfer(1, 5, 6, 100, note=FULL),
    "transfer of a list": Transfer(1, 5, 6, 100, identity="2 of them"),
    "planner": Submission(1, 5, identity="withdraw 7 500"),
}
"""By name; key and dry run are no part of what is asked for."""

FORMER: dict[str, str] = {
    "accrue": "a12ca7596f748c999753620556e1d118",
    "accrue with all": "1a507f2a96836caf86a32dd98e598010",
    "reinstate": "7bc499eb347d2349dd6817aceb10cd9e",
    "redeem": "2db67f1dab4fce6dd01dc33b31a5a88e",
    "redeem with all": "b15cc7ae40fae1e49370c65c77f28395",
    "hold": "2b54bc0aeaa233c2642bd7999dbd9bb9",
    "hold with all": "362441bcd16db5292ee62378784dcfd9",
    "commit": "5141ec46fc7b677b533591a7dc07fa37",
    "commit with all": "cc7190b218facdd1fabd1c260d69c9d4",
    "release": "f1fddde49f15aceac0763ac0a8d45f70",
    "release with all": "a363eabf9a91a63d4ad4566905ecd475",
    "activate": "a965b0233d70b19fea8880ec97356e62",
    "expire": "a4cab768c0e38fabc87fc8e3c9c56f83",
    "expire with all": "438d31dd8d1fad82ef83b7cee9435a33",
    "cancel": "543b3dd325ce78808a3572681258bbf4",
    "cancel with all": "11e96dd45f7de29d48978ed9f5880e2b",
    "settle": "cd1d1e502232f711772e8d4e997b8213",
    "several": "866116eb76c229605234ef493ecc6244",
    "transfer": "13a405b8ecfe637045ce885f5473f19d",
    "transfer with a note": "fd42e9c887aea1c63e60eb2e6f46d007",
    "transfer of a list": "110780901faffa5a2f8a5ca082f94142",
    "planner": "08ed6db9797379ae229e83befdfc1037",
}

OF_VERSION_2: dict[str, str] = {
    "accrue": "025fb604a9a6a426fd4068168510912b",
    "accrue with all": "02121bdb923f6cc1558a5cb5692ecb50",
    "reinstate": "021ab49e6f1edd8492c53e8a7b0e72d2",
    "redeem": "022dee250845051472415497c4d39649",
    "redeem with all": "022215131269616b950c7c91bf4d9534",
    "hold": "020493d4b2db81265511c56dd92d435b",
    "hold with all": "0260d3dcbe3e1becc9f4be7cf76d8e1f",
    "commit": "02e5f69d0cebb63318c6859faa38f77c",
    "commit with all": "02f5dc558d7f0b1c83c3a4fc9390aba6",
    "release": "029e94eaa22912720a07d7ff95180caf",
    "release with all": "02cdda368bde83653d53e9bd04b12c54",
    "activate": "02e45c42cf8a859cb5da6ba50dfd59ab",
    "expire": "02b5acaac370ca213b3a8dce661a48ac",
    "expire with all": "02c20ca19e2bbc7b7ae5f472bec3568e",
    "cancel": "02ba2411a0f0d9a5b5983a8d56edfbec",
    "cancel with all": "0261c3dda2084381db57dd77f79330f8",
    "settle": "0251bcf898832bfd94572892b00b8739",
    "several": "029c88373a6803f30615521cf0ef36a3",
    "transfer": "02edc9b08488a618463f2f779e4225c1",
    "transfer with a note": "02064d14265e21722d69b9eb99d1a699",
    "transfer of a list": "026e0907adb69df961539a7d043c0949",
    "planner": "02a61cdb37102b4b9545eef6b248d4f5",
}
"""The same since. They must never change: keys are kept as long as the journal."""
