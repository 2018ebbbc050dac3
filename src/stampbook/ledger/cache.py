"""What the engine remembers between batches: books, policies, recent keys.

Everything here may be out of date, since another process may write to the same
database. A save is guarded by the journal's primary key and by versions, and answers that save
nothing come from fresh reads only (ledger.knowing), so a stale entry costs time, never
correctness.
"""

from collections import OrderedDict
from collections.abc import Iterable

from stampbook.domain.book import Book
from stampbook.domain.packing import lot_fields, pack_row
from stampbook.domain.policy import Policy
from stampbook.domain.state import take_state
from stampbook.ledger.frozen import freeze, thaw, without_past
from stampbook.pacing import LARGE
from stampbook.storage.store import AccountFound, ExternalIdRow, KeyRow

MAX_BOOKS = 100_000
"""How many accounts are kept in memory: those in use take three kilobytes each and one for each
row at hand, the others about half a kilobyte."""

MAX_ROWS = 84_000
"""What accounts in use may weigh, in journal rows of a kilobyte each: most cancels come soon."""

ROWS_OF_A_BOOK = 3
"""The weight of a book, in rows."""

LOTS_OF_A_ROW = 2
"""How many lots weigh as much as a row."""

MOST_MADE = 6
NEWEST = 2
"""An account with more than MOST_MADE rows, or lots, at hand keeps all but the newest packed: they
take less than half of the memory, and 2 to 3 µs each when they are needed."""

PACKED_OF_A_ROW = 3
"""How many packed lots or rows weigh as much as a row."""

MAX_FROZEN = 24_000_000
"""How many bytes packed books may have. Beyond that, those unused for longest lose their past."""

MAX_ROWS_OF_ONE = 1_000
"""How many journal rows of one account are kept."""

MAX_KEYS = 50_000
"""How many idempotency keys and external ids are remembered: most retries come soon."""


class Names:
    """Policies by currency, recent keys and external ids: shared by all shards."""

    def __init__(self) -> None:
        self._policies: dict[int, Policy] = {}
        self._keys: OrderedDict[bytes, KeyRow] = OrderedDict()
        self._externals: OrderedDict[tuple[int, str], ExternalIdRow] = OrderedDict()

    def policy(self, currency: int) -> Policy | None:
        return self._policies.get(currency)

    def set_policy(self, policy: Policy) -> None:
        self._policies[policy.currency] = policy

    def forget_policy(self, currency: int) -> None:
        self._policies.pop(currency, None)

    def key(self, digest: bytes) -> KeyRow | None:
        return self._keys.get(digest)

    def external_id(self, name: tuple[int, str]) -> ExternalIdRow | None:
        return self._externals.get(name)

    def learn(self, keys: Iterable[KeyRow], externals: Iterable[ExternalIdRow]) -> None:
        """Remember names that are known to be taken."""
        for key in keys:
            self._keys[key.digest] = key
        for row in externals:
            self._externals[row.program, row.external_id] = row
        while len(self._keys) > MAX_KEYS:
            self._keys.popitem(last=False)
        while len(self._externals) > MAX_KEYS:
            self._externals.popitem(last=False)


class Cache:
    """The books of one shard, by account number.

    Warm books keep their last transactions; `_warm` has the weight of each, in rows. Books that
    have not been used for a long time are frozen (ledger.frozen), or forgotten if they are large.
    """

    def __init__(
        self,
        names: Names,
        max_books: int = MAX_BOOKS,
        max_rows: int = MAX_ROWS,
        max_frozen: int = MAX_FROZEN,
    ) -> None:
        self.names = names
        self.max_books = max_books
        self.max_rows = max_rows
        self.max_frozen = max_frozen
        self._books: OrderedDict[int, Book] = OrderedDict()
        self.at_hand = self._books.get
        """The account's book if it is neither frozen nor unknown: what `book` nearly always gives,
        for paths that are taken for every request."""
        self._frozen: OrderedDict[int, bytes] = OrderedDict()
        self._frozen_bytes = 0
        self._without_past: OrderedDict[int, bytes] = OrderedDict()
        self._warm: OrderedDict[int, int] = OrderedDict()
        self._rows = 0
        self._subjects: dict[int, set[str]] = {}

    def __len__(self) -> int:
        return len(self._books) + len(self._frozen) + len(self._without_past)

    def book(self, account: int) -> Book | None:
        """The account's book, if it is remembered."""
        book = self._books.get(account)
        frozen = None if book is not None else self._take_frozen(account)
        thawed = None if frozen is None else thaw(frozen, self.names.policy)
        if thawed is not None:
            book, subjects = thawed
            self._books[account] = book
            if subjects:
                self._subjects[account] = subjects
            self._weigh(book)
        return book

    def replace(self, book: Book) -> None:
        """Put a copy in the place of the book from which it was made."""
        self._books[book.number] = book

    def forget(self, account: int) -> None:
        self._books.pop(account, None)
        self._take_frozen(account)
        self._rows -= self._warm.pop(account, 0)
        self._subjects.pop(account, None)

    def clear(self) -> None:
        """Forget everything; the store has it."""
        self._books.clear()
        self._frozen.clear()
        self._frozen_bytes = 0
        self._without_past.clear()
        self._warm.clear()
        self._rows = 0
        self._subjects.clear()

    def knows_subject(self, account: int, subject: str) -> bool:
        """Whether all the account's movements of the subject are loaded."""
        return subject in self._subjects.get(account, ())

    def note_subjects(self, account: int, subjects: frozenset[str]) -> None:
        if subjects and account in self._books:
            self._subjects.setdefault(account, set()).update(subjects)

    def take(self, found: AccountFound, policy: Policy | None = None) -> None:
        """Add what a load has found to the account's book; facts come with their policy. They make
        another book, unless they are those of the present one, which keeps its past."""
        known = self._books.get(found.account)
        if found.facts is None:
            assert known is not None, "facts are loaded before what is added to them"
            book = known
        else:
            assert policy is not None, "an account's policy is loaded before it"
            if known is not None and known.policy == policy and known.facts() == found.facts:
                book = known
                book.policy = policy
            else:
                self.forget(found.account)
                book = self._books[found.account] = Book(found.facts, policy)
                if found.states:
                    take_state(book, found.states)
        book.take_found(found.lots, found.redemptions, found.movements, found.rows)
        book.known_paid_by |= found.paid_by

    def warm(self, number: int) -> None:
        """Keep an account that was used and saved, for a while with its last transactions.

        Call it between rounds only: it may forget other books, also of those that the round has
        used and that are warmed after it.
        """
        book = self.at_hand(number) or self.book(number)
        if book is None:
            return
        self._books.move_to_end(number)
        if len(book.rows) > MAX_ROWS_OF_ONE:
            self._cool(number)
        else:
            self._weigh(book)
        while self._rows > self.max_rows:
            coldest = next(iter(self._warm))
            if len(self._books[coldest].open_lots) > LARGE:
                self.forget(coldest)  # packing it would hold the event loop, and unpacking it
            else:
                self._freeze(coldest)
        if len(self) > self.max_books:
            self.forget(next(iter(self._without_past or self._frozen or self._books)))

    def _weigh(self, book: Book) -> None:
        number = book.number
        rows, lots = book.rows, book.lots
        if len(rows.made) > MOST_MADE:
            rows.pack_older(NEWEST, pack_row)
        if len(lots.made) > MOST_MADE:
            lots.pack_older(NEWEST, lot_fields)
        weight = (
            ROWS_OF_A_BOOK
            + len(rows.made)
            + len(lots.made) // LOTS_OF_A_ROW
            + (len(rows.packed) + len(lots.packed)) // PACKED_OF_A_ROW
        )
        self._rows += weight - self._warm.get(number, 0)
        self._warm[number] = weight
        self._warm.move_to_end(number)

    def _cool(self, account: int) -> None:
        self._rows -= self._warm.pop(account, 0)
        self._books[account].prune()
        self._subjects.pop(account, None)

    def _freeze(self, account: int) -> None:
        self._rows -= self._warm.pop(account)
        frozen = freeze(self._books.pop(account), self._subjects.pop(account, ()))
        self._frozen[account] = frozen
        self._frozen_bytes += len(frozen)
        while self._frozen_bytes > self.max_frozen:
            coldest, frozen = self._frozen.popitem(last=False)
            self._frozen_bytes -= len(frozen)
            self._without_past[coldest] = without_past(frozen)

    def _take_frozen(self, account: int) -> bytes | None:
        """The packed book, which is no longer kept."""
        frozen = self._frozen.pop(account, None)
        if frozen is None:
            return self._without_past.pop(account, None)
        self._frozen_bytes -= len(frozen)
        return frozen
