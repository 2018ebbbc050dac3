"""Token buckets in shared memory: their size, their arithmetic, and many processes at once."""

from __future__ import annotations

import os
from hashlib import sha256

from stampbook.edge.pace.buckets import ADDRESSES, KEYS, SLOTS, Buckets

SECOND = 1_000_000_000
NOW = 1_800_000_000 * SECOND


def taken(buckets: Buckets, name: object, *, a_minute: int, now: int = NOW, work: int = 0) -> int:
    """How many tokens there are, for someone who hashes `work` bytes for each."""
    for number in range(1_000_000):
        sha256(bytes(work))
        if buckets.take(KEYS, name, a_minute=a_minute, now_ns=now).wait_ns:
            return number
    raise AssertionError("the bucket has no bottom")


def test_a_sixth_at_once_and_a_sixtieth_each_second() -> None:
    for a_minute, at_once in ((1, 1), (7, 2), (60, 10), (6_000, 1_000)):
        buckets = Buckets()
        assert taken(buckets, "a", a_minute=a_minute) == at_once
        in_an_hour = 0
        for second in range(1, 3_601):
            in_an_hour += taken(buckets, "a", a_minute=a_minute, now=NOW + second * SECOND)
        assert abs(in_an_hour - 60 * a_minute) <= 1


def test_waits_are_as_long_as_they_say() -> None:
    buckets = Buckets()
    taken(buckets, "a", a_minute=12)
    wait_ns = buckets.take(KEYS, "a", a_minute=12, now_ns=NOW).wait_ns
    assert wait_ns == 5 * SECOND
    assert buckets.is_empty(KEYS, "a", a_minute=12, now_ns=NOW + wait_ns - 1)
    assert not buckets.is_empty(KEYS, "a", a_minute=12, now_ns=NOW + wait_ns)
    assert buckets.take(KEYS, "a", a_minute=12, now_ns=NOW + wait_ns).wait_ns == 0


def test_a_clock_that_is_set_back_makes_nobody_wait_for_long() -> None:
    buckets = Buckets()
    taken(buckets, "a", a_minute=60)
    earlier = NOW - 3_600 * SECOND
    assert buckets.take(KEYS, "a", a_minute=60, now_ns=earlier).wait_ns == SECOND


def test_ten_thousand_keys_are_all_remembered_in_memory_of_a_fixed_size() -> None:
    buckets = Buckets()
    size = len(buckets._words)
    for key in range(10_000):
        buckets.take(KEYS, key, a_minute=1, now_ns=NOW)
    limited = sum(buckets.is_empty(KEYS, key, a_minute=1, now_ns=NOW) for key in range(10_000))
    assert limited >= 9_800
    for number in range(10 * SLOTS):
        buckets.take(ADDRESSES, f"address {number}", a_minute=1, now_ns=NOW)
    assert (
        sum(buckets.is_empty(KEYS, key, a_minute=1, now_ns=NOW) for key in range(10_000)) == limited
    )  # strangers do not push out keys
    assert len(buckets._words) == size


def test_a_full_bucket_makes_room_first() -> None:
    buckets = Buckets()
    buckets.take(KEYS, "waits", a_minute=1, now_ns=NOW)
    for number in range(20 * SLOTS):  # each is full again after a millisecond
        buckets.take(KEYS, number, a_minute=60_000, now_ns=NOW)
    assert buckets.is_empty(KEYS, "waits", a_minute=1, now_ns=NOW)


def test_processes_share_the_tokens() -> None:
    """Four of them ask at once, with less work for each request than any has: what they get
    together is what one would get, within a tenth."""
    buckets = Buckets()
    reads, writes = os.pipe()
    children = []
    for _ in range(4):
        child = os.fork()
        if not child:
            os.write(writes, b"%d\n" % taken(buckets, "a", a_minute=120_000, work=8_192))
            os._exit(0)
        children.append(child)
    for child in children:
        assert os.waitpid(child, 0)[1] == 0
    os.close(writes)
    with os.fdopen(reads) as told:
        together = sum(map(int, told.read().split()))
    assert 20_000 <= together <= 22_000
