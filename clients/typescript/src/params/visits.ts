// Written by `make clients`: change the generator instead.

/** A service or a good. `price` is that of the whole line before `discount_percent`; `cost` is what it costs after it, and follows from the two unless it is given. `id` names a line that is to be changed. `item` is the caller's number of the service or good. */
export interface VisitLineInput {
  kind: "good" | "service";
  price: string;
  id?: string | null;
  /** Without it: `0`. */
  item?: number;
  /** Without it: `""`. */
  title?: string;
  /** Without it: `1`. */
  quantity?: string;
  /** Without it: `0`. */
  discount_percent?: string;
  cost?: string | null;
  /** Without it: `0`. */
  staff?: number;
}

/** Of `visits.create`. */
export interface CreateVisitParams {
  location_id: string;
  member_id?: string | null;
  starts_at?: string | null;
  /** Without it: `3600`. */
  length_s?: number;
  /** Without it: `0`. */
  staff?: number;
  /** Without it: `"waiting"`. */
  attendance?: "came" | "confirmed" | "did_not_come" | "waiting";
  /** Without it: `""`. */
  comment?: string;
  /** Without it: `[]`. */
  lines?: ReadonlyArray<VisitLineInput>;
}

/** Of `visits.update`. */
export interface ChangeVisitParams {
  attendance?: "came" | "confirmed" | "did_not_come" | "waiting";
  comment?: string;
  lines?: ReadonlyArray<VisitLineInput>;
}

/** Of `visits.addPayment`. */
export interface AddPaymentParams {
  amount: string;
  /** Without it: `1`. */
  desk?: number;
  /** Without it: `""`. */
  comment?: string;
}

/** Of `visits.withdraw`. */
export interface WithdrawParams {
  account_id: string;
  amount: string;
}

/** Of `visits.cancelWithdrawal`. */
export interface CancelWithdrawalParams {
  /** why, for the journal: 1 to 1,000 characters. */
  reason?: string;
}
