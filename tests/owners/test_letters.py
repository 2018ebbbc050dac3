"""What processes write to each other comes back as it was."""

from __future__ import annotations

from typing import Any, cast, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stampbook.domain.commands import Settle
from stampbook.domain.model import Kind as Moves
from stampbook.domain.model import LotTerms, Posting, Seal, State, Transaction, Who
from stampbook.domain.refusals import Code, Refusal
from stampbook.ledger.origin import Origin, Overseer
from stampbook.ledger.outcomes import AccountView, Done, Outcome
from stampbook.ledger.owners.letters import (
    COMMANDS,
    HEAD,
    Answered,
    Frames,
    Kind,
    OwnerFailed,
    answer_to,
    error_of,
    failure_of,
    frame,
    is_plain,
    read_answers,
    read_works,
    written,
)
from stampbook.ledger.submission import Submission
from stampbook.storage.store import NoRoom, OutcomeUnknown, Unavailable

WHOLE = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
st.register_type_strategy(int, WHOLE)
st.register_type_strategy(str, TEXT)


def values_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    """All values of a named tuple, by the types of its fields."""
    fields = {
        name: st.from_type(hint)
        for name, hint in get_type_hints(kind).items()
        if name in kind._fields
    }
    return st.builds(kind, **fields)


ROWS = st.builds(
    Transaction,
    *(WHOLE for _ in range(2)),
    st.sampled_from(Moves),
    *(WHOLE for _ in range(9)),
    st.booleans(),
    *(WHOLE for _ in range(3)),
    *(st.none() | TEXT for _ in range(5)),
    values_of(Who),
    st.none() | st.builds(Seal, st.binary(), st.none() | st.binary()),
    st.lists(st.builds(Posting, WHOLE, WHOLE, st.sampled_from(State), st.sampled_from(State))).map(
        tuple
    ),
    st.lists(values_of(LotTerms)).map(tuple),
    st.binary(),
)
DONE = st.builds(
    Done,
    values_of(AccountView),
    st.lists(ROWS, max_size=2).map(tuple),
    *(st.booleans() for _ in range(4)),
    st.none() | st.dictionaries(WHOLE, WHOLE, max_size=3),
)
REFUSALS = st.builds(
    Refusal,
    st.sampled_from(Code),
    TEXT,
    st.none() | WHOLE,
    st.none() | WHOLE,
    st.none() | st.tuples(WHOLE, WHOLE, WHOLE),
)


def sent(number: int, item: Submission, origin: Origin) -> tuple[int, Submission, Origin]:
    """What the other process reads."""
    ((_, body),) = Frames().take(frame(Kind.WORKS, [written(number, item, origin)]))
    ((read_number, read, read_origin),) = read_works(body)
    assert isinstance(read, Submission), read
    return read_number, read, read_origin


def answered(text: bytes) -> Answered:
    """What the asking process reads."""
    ((_, body),) = Frames().take(frame(Kind.ANSWERS, [text]))
    (answer,) = read_answers(body)
    assert answer.number == 7
    return answer


@given(
    st.tuples(
        WHOLE,
        WHOLE,
        st.lists(st.one_of([values_of(each) for each in COMMANDS]), max_size=3).map(tuple),
        st.none() | WHOLE,
        st.none() | TEXT,
        st.booleans(),
    ).map(lambda values: Submission(*values)),
    values_of(Who),
)
def test_a_submission_and_who_asks(item: Submission, who: Who) -> None:
    key, user, dialect, request = who
    origin = Origin(dialect, request, api_key_id=key, user_id=user)
    number, read, of = sent(3, item, origin)
    assert (number, read, of.who) == (3, item, who)
    assert [type(each) for each in read.commands] == [type(each) for each in item.commands]


@given(DONE | REFUSALS)
def test_an_outcome(outcome: Outcome) -> None:
    answer = answered(answer_to(7, outcome))
    back = answer.done if isinstance(outcome, Done) else answer.refusal
    assert back == outcome
    assert type(back) is type(outcome)
    assert answer.failed is None


@pytest.mark.parametrize("kind", [OutcomeUnknown, Unavailable, NoRoom])
def test_what_callers_are_told_of_the_database(kind: type[Exception]) -> None:
    failed = answered(failure_of(7, kind("it is away"))).failed
    assert failed is not None
    error = error_of(failed)
    assert (type(error), str(error)) == (kind, "it is away")


def test_of_a_bug_only_the_name_is_written() -> None:
    """Its text may contain what nobody should read."""
    failed = answered(failure_of(7, ValueError("anna@example.com"))).failed
    assert failed is not None
    assert repr(error_of(failed)) == repr(OwnerFailed("ValueError"))


@given(st.lists(st.binary(max_size=40), max_size=6), st.integers(1, 30))
def test_frames_come_in_any_parts(bodies: list[bytes], size: int) -> None:
    frames, came = Frames(), list[tuple[int, bytes]]()
    stream = b"".join(HEAD.pack(kind, len(body)) + body for kind, body in enumerate(bodies))
    for at in range(0, len(stream), size):
        came += frames.take(stream[at : at + size])
    assert came == list(enumerate(bodies))


def test_only_what_has_no_functions_and_no_judge_is_plain() -> None:
    """A field that `Submission` gets later is not written, so it must not be given."""
    plain = Submission(1, 2, (Settle(),), 3, "key", dry_run=True)
    assert is_plain(plain, Origin())
    for name in Submission._fields[6:]:
        values: dict[str, Any] = {name: object()}
        assert not is_plain(plain._replace(**values), Origin()), name
    assert not is_plain(plain, Origin(expected={2: 1}))
    assert not is_plain(plain, Origin(overseer=cast(Overseer, object())))
