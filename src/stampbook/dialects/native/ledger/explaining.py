"""Why a balance is what it is, in sentences."""

from stampbook.dialects.native import finding, ids
from stampbook.dialects.native.call import Call
from stampbook.dialects.native.problems import invalid_parameter
from stampbook.dialects.native.wire.explaining import ExplanationShape, explanation_shape
from stampbook.explaining.explanation import explain
from stampbook.speaking.languages import DEFAULT, LANGUAGES, Language, is_language


async def get_explanation(call: Call) -> ExplanationShape:
    """At `as_of`, as of a balance; in English unless another `language` is asked for."""
    account = call.id(ids.ACCOUNT)
    asked, language = finding.asked_instant(call, "as_of"), language_of(call)
    await call.denomination(account)
    found = await explain(
        call.context.ledger, account, tenant=call.caller.tenant, at=asked, language=language
    )
    assert found is not None, "accounts stay"
    return explanation_shape(found)


def language_of(call: Call) -> Language:
    """The language that is asked for. Raises Failure (422)."""
    language = call.query.get("language", DEFAULT)
    if not is_language(language):
        raise invalid_parameter("language", f"must be one of {', '.join(LANGUAGES)}")
    return language
