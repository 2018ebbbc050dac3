"""What programs have: card definitions, earning rules, tier structures, rewards."""

from typing import Final

from stampbook.dialects.voucherify.core.operations import operation
from stampbook.dialects.voucherify.core.rows import Program
from stampbook.dialects.voucherify.core.shapes.setup import ASSIGNMENT
from stampbook.dialects.voucherify.v2.kernel import assignments
from stampbook.dialects.voucherify.v2.kernel.assignments import Assignments
from stampbook.dialects.voucherify.v2.programs import assigning, rewards, rules, structures
from stampbook.dialects.voucherify.v2.programs.resource import ITEM, RESOURCE
from stampbook.dialects.voucherify.v2.programs.shapes import (
    REWARD_ASSIGNMENT,
    RULE_ASSIGNMENT,
    STRUCTURE_ASSIGNMENT,
)
from stampbook.dialects.voucherify.v2.programs.wire import (
    DefinitionBatch,
    RewardBatch,
    RuleBatch,
    StructureBatch,
)
from stampbook.edge.operations import Operation

DEFINITIONS: Final[Assignments[Program]] = Assignments(
    of=RESOURCE,
    plural="card definitions",
    word="card-definitions",
    name="card_definition",
    shape=ASSIGNMENT,
    kind=assigning.KIND,
    select=assigning.SELECT,
    print=assigning.print_assignment,
    assign=assigning.assign,
    unassign=assigning.unassign,
    batch=DefinitionBatch,
)
RULES: Final[Assignments[Program]] = Assignments(
    of=RESOURCE,
    plural="earning rules",
    word="earning-rules",
    name="earning_rule",
    shape=RULE_ASSIGNMENT,
    kind=rules.KIND,
    select=rules.SELECT,
    print=rules.print_assignment,
    assign=rules.assign,
    unassign=rules.unassign,
    batch=RuleBatch,
    drafts_only=False,
    check=rules.check_left,
)
STRUCTURES: Final[Assignments[Program]] = Assignments(
    of=RESOURCE,
    plural="tier structures",
    word="tier-structures",
    name="tier_structure",
    shape=STRUCTURE_ASSIGNMENT,
    kind=structures.KIND,
    select=structures.SELECT,
    print=structures.print_assignment,
    assign=structures.assign,
    unassign=structures.unassign,
    batch=StructureBatch,
)
REWARDS: Final[Assignments[Program]] = Assignments(
    of=RESOURCE,
    plural="rewards",
    word="rewards",
    name="reward",
    shape=REWARD_ASSIGNMENT,
    kind=rewards.KIND,
    select=rewards.SELECT,
    print=rewards.print_assignment,
    assign=rewards.assign,
    unassign=rewards.unassign,
    batch=RewardBatch,
    drafts_only=False,
)

OPERATIONS: Final[tuple[Operation, ...]] = (
    *(each
      for what in (DEFINITIONS, RULES, STRUCTURES, REWARDS)
      for each in assignments.operations(what)),
    operation("PUT", f"{ITEM}/rewards/{{reward}}", rewards.update_stock, "admin",
              "Change the stock of a reward in a program", tag="Programs",
              name="update_program_reward_assignment", body=rewards.StockUpdate,
              answer=REWARD_ASSIGNMENT),
)  # fmt: skip
