"""`explain`: why a balance is what it is, or what a transaction did, in sentences."""

from typing import TYPE_CHECKING, Annotated

import typer

from stampbook.commands.deployment import in_force
from stampbook.commands.terminal import (
    DatabaseOption,
    JsonOption,
    No,
    WrongUse,
    command,
    run,
    say,
    say_json,
)

if TYPE_CHECKING:
    from stampbook.ledger.engine import Ledger
    from stampbook.speaking.languages import Language


@command
def explain(
    what: Annotated[
        str,
        typer.Argument(
            metavar="ACCOUNT|TRANSACTION", help="The id of an account or of a transaction."
        ),
    ],
    language: Annotated[str, typer.Option("--language", help="en or ru.")] = "en",
    database: DatabaseOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say why an account's balance is what it is, or what a transaction did."""
    from stampbook.dialects.native import ids
    from stampbook.speaking.languages import LANGUAGES, is_language
    from stampbook.wiring import running_ledger

    if not is_language(language):
        raise WrongUse(f"--language {language} is none of {', '.join(LANGUAGES)}")
    chosen = language
    account, transaction = ids.read(ids.ACCOUNT, what), ids.read(ids.TRANSACTION, what)
    if account is None and transaction is None:
        raise WrongUse(
            f"{what} is not an id. Name an account (acc_1) or a transaction (txn_800001)"
        )

    async def work() -> object:
        async with running_ledger(settings) as ledger:
            if account is not None:
                return await _account(ledger, account, chosen, as_json=as_json)
            assert transaction is not None
            return await _transaction(ledger, transaction, chosen, as_json=as_json)

    settings = in_force(database_url=database).settings
    found = run(work())
    if found is None:
        raise No(f"there is no {what}")
    if as_json:
        say_json(found)
    else:
        say(str(found))


async def _account(
    ledger: "Ledger", account: int, language: "Language", *, as_json: bool
) -> object | None:
    """The explanation as it is printed; None if there is no such account."""
    from msgspec import to_builtins

    from stampbook.dialects.native.wire.explaining import explanation_shape
    from stampbook.domain.policy import zone
    from stampbook.explaining.explanation import explain
    from stampbook.speaking.speech import Speech, plain

    owner = await ledger.denominations.of(account)
    if owner is None:
        return None
    found = await explain(ledger, account, tenant=owner.tenant, language=language)
    assert found is not None
    if as_json:
        shape: object = to_builtins(explanation_shape(found))
        return shape
    speech = Speech(language, zone(found.book.policy.timezone))
    lines = [found.total, *(f"  {part.text}" for part in found.parts)]
    if found.changes:
        lines.append("")
    for change in found.changes:
        effect = speech.signed(plain(change.effect, owner.scale))
        text = f"{change.text} {change.fate}".rstrip()
        lines.append(f"{speech.instant(change.at)}  {effect}  {text}")
    return "\n".join(lines)


async def _transaction(
    ledger: "Ledger", number: int, language: "Language", *, as_json: bool
) -> object | None:
    """The transaction's sentence as it is printed; None if there is no such transaction."""
    from stampbook.dialects.native import ids
    from stampbook.domain.model import split_number
    from stampbook.domain.policy import zone
    from stampbook.explaining.sentences import sentences
    from stampbook.speaking.speech import Speech

    account = split_number(number)[0]
    owner = await ledger.denominations.of(account)
    book = None if owner is None else await ledger.read(account, tenant=owner.tenant)
    if owner is None or book is None:
        return None
    speech = Speech(language, zone(book.policy.timezone))
    found = await sentences(
        ledger, [number], tenant=owner.tenant, speech=speech, now=ledger.clock()
    )
    if number not in found:
        return None
    text = f"{found[number].text} {found[number].fate}".rstrip()
    if as_json:
        return {"transaction_id": ids.write(ids.TRANSACTION, number), "text": text}
    return text
