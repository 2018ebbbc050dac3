"""What kinds, formats and states of files are called. A word that is not here is shown as it is:
further kinds need nothing here to be chosen."""

from collections.abc import Iterable, Mapping
from typing import Final

from stampbook.console.view import View
from stampbook.speaking.speech import translatable

KINDS: Final = {
    "members": translatable("Members"),
    "lots": translatable("Lots: what is left of each person's points, with its dates"),
    "balances": translatable("Balances: one amount for each person"),
    "transactions": translatable("Transactions: a history"),
    "accounts": translatable("Accounts with their balances"),
    "postings": translatable("Postings: what each transaction moved"),
    "orders": translatable("Orders"),
    "events": translatable("Events"),
    "audit": translatable("The audit log"),
}

FORMATS: Final = {
    "csv": translatable("CSV, as a spreadsheet saves it"),
    "jsonl": translatable("JSON Lines"),
    "altcraft": "Altcraft",
    "altegio": "Altegio",
    "voucherify": "Voucherify",
}

STATUSES: Final = {
    "running": translatable("Running"),
    "done": translatable("Done"),
    "stopped": translatable("Stopped"),
    "failed": translatable("Failed"),
}

TONES: Final = {"running": "warn", "done": "good", "failed": "bad"}
"""The colour of a status; grey for the others."""


def called(view: View, words: Mapping[str, str], word: str) -> str:
    """What the word stands for."""
    return view.say(words[word]) if word in words else word


def choices_of(
    view: View, words: Mapping[str, str], listed: Iterable[str]
) -> list[tuple[str, str]]:
    """Pairs of a choice: what there is, and what it is called."""
    return [(str(each), called(view, words, each)) for each in listed]


def short(view: View, kind: str) -> str:
    """What a kind is called where there is little room."""
    return called(view, KINDS, kind).partition(":")[0]
