"""How long a try to sign in waits after wrong passwords."""

from __future__ import annotations

from stampbook.domain.model import MICROSECONDS as SECOND
from stampbook.edge.credentials.attempts import (
    FORGOTTEN_S,
    FREE,
    FREE_OF_ADDRESS,
    LONGEST_S,
    MAX_AT_ONCE,
    MAX_REMEMBERED,
    Attempts,
    TooSoon,
)

NOON = 1_785_931_200 * SECOND


class Door:
    """Tries to sign in, by default as one login from one address with wrong passwords."""

    def __init__(self) -> None:
        self.attempts = Attempts()
        self.now = NOON

    def wait_s(self, *, right: bool = False, login: str = "anna", address: str = "a") -> int:
        """How long the try must wait; 0: it was made."""
        try:
            with self.attempts.attempt(key=1, login=login, address=address, now=self.now) as made:
                if right:
                    made.succeeded()
        except TooSoon as early:
            return early.wait_s
        return 0

    def fail(self, count: int, **who: str) -> None:
        for _ in range(count):
            assert self.wait_s(**who) == 0  # type: ignore[arg-type]


def test_the_wait_grows_with_each_wrong_password() -> None:
    door = Door()
    door.fail(FREE)
    waits = []
    for _ in range(9):
        waits.append(door.wait_s())
        door.now += waits[-1] * SECOND - 1
        assert door.wait_s() == 1
        door.now += 1
        door.fail(1)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_a_try_that_waits_is_not_counted() -> None:
    door = Door()
    door.fail(FREE)
    assert {door.wait_s() for _ in range(1_000)} == {1}


def test_the_right_password_ends_the_waits() -> None:
    door = Door()
    door.fail(FREE)
    door.now += SECOND
    assert door.wait_s(right=True) == 0
    door.fail(FREE)


def test_nobody_is_locked_out_from_elsewhere() -> None:
    door = Door()
    door.fail(FREE)
    assert door.wait_s() == 1
    assert door.wait_s(address="b", right=True) == 0
    assert door.wait_s(login="berta", right=True) == 0


def test_an_hour_without_a_try_is_a_new_beginning() -> None:
    door = Door()
    door.fail(FREE)
    door.now += SECOND
    door.fail(1)
    door.now += FORGOTTEN_S * SECOND + 1
    door.fail(FREE)
    assert door.wait_s() == 1


def test_many_logins_from_one_address_wait_but_for_those_it_has_signed_in() -> None:
    door = Door()
    assert door.wait_s(right=True) == 0
    for number in range(FREE_OF_ADDRESS):
        door.fail(1, login=f"guess {number}")
    assert door.wait_s(login="one more") == 1
    assert door.wait_s(right=True) == 0
    assert door.wait_s(login="one more", address="b") == 0


def test_a_network_of_ipv6_is_one_address() -> None:
    door = Door()
    door.fail(FREE, address="2001:db8::1")
    assert door.wait_s(address="2001:db8::2") == 1
    assert door.wait_s(address="2001:db8:0:1::2") == 0


def test_a_clock_that_goes_back_makes_nobody_wait_longer() -> None:
    door = Door()
    door.fail(FREE)
    door.now -= 1_000 * SECOND
    assert door.wait_s() == 1


def test_what_is_remembered_is_bounded() -> None:
    door = Door()
    door.fail(FREE)
    for number in range(MAX_REMEMBERED + 10):
        door.now += LONGEST_S * SECOND
        door.wait_s(login=f"guess {number}", address=f"address {number}")
    assert len(door.attempts._failures) == MAX_REMEMBERED
    door.fail(1)


def test_few_passwords_are_compared_at_once() -> None:
    door = Door()
    begun = [
        door.attempts.attempt(key=1, login=f"login {number}", address=f"{number}", now=NOON)
        for number in range(MAX_AT_ONCE)
    ]
    for each in begun:
        each.__enter__().succeeded()
    assert door.wait_s() == 1
    begun[0].__exit__(None, None, None)
    assert door.wait_s() == 0
