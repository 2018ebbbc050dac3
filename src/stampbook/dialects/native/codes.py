"""The codes of problems, all of them: what clients tell failures apart by."""

from typing import Final

from stampbook.dialects.native.problems import CODE_OF_STATUS, STORAGE_FULL
from stampbook.domain.refusals import Code
from stampbook.loyalty import faults
from stampbook.loyalty.conditions.faults import Fault
from stampbook.programs.people.attempts import Refusal

OWN: Final = (
    "balance_not_zero",
    "confirmation_required",
    "conflict",
    "cursor_expired",
    "file_elsewhere",
    "file_removed",
    "holds_open",
    "invalid_credentials",
    "last_admin",
    "member_exists",
    "phones_collide",
    "same_person",
    "totp_required",
    "weak_password",
)
"""Those that handlers of this API give, and nothing else does."""

CODES: Final = tuple(
    sorted(
        {
            *map(str, (*Code, *faults.Code, *Fault, *Refusal)),
            *CODE_OF_STATUS.values(),
            STORAGE_FULL,
            *OWN,
        }
    )
)
