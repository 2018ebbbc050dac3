// What a caller writes with the generated types: test_generators.py compiles it.
import type { components, operations } from "./native";

type Schemas = components["schemas"];

// What may be left out is optional.
const program: Schemas["ProgramBody"] = { name: "Coffee club" };
const currency: Schemas["CurrencyBody"] = { name: "Points", overdraft: "50.00", expiry: "none" };
const member: Schemas["MemberBody"] = {};
const accrual: Schemas["TransactionBody"] = { type: "accrue", amount: "100.00" };
const cancel: Schemas["CancelBody"] = { metadata: { till: 3, lines: ["beans"] } };
const visit: Schemas["VisitBody"] = { location_id: "loc_1", lines: [{ kind: "good", price: "20" }] };
const bulk: Schemas["BulkBody"] = { operations: [{ op: "cancel", transaction_id: "txn_800001" }] };

// An amount is one type, in requests and in answers.
const amount: Schemas["Amount"] = accrual.amount;
function spent(row: Schemas["TransactionShape"]): Schemas["Amount"] {
  return row.cancelled_amount ?? row.amount;
}
function overdraft(of: Schemas["CurrencyShape"]): string {
  return of.overdraft;
}

// What is required is not.
type Found = operations["find_transaction"]["parameters"]["query"];
const found: Found = { external_id: "order-1001" };
// @ts-expect-error: the external id is missing
const lost: Found = { program_id: "prg_1" };
// @ts-expect-error: the amount is missing
const nothing: Schemas["TransactionBody"] = { type: "redeem" };

export { accrual, amount, bulk, cancel, currency, found, lost, member, nothing, overdraft, program, spent, visit };
