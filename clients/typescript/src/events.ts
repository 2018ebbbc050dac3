/** Something that has happened, as it is pulled and as webhooks get it. */
export interface Event {
  id: string;
  type: string;
  timestamp: string;
  program_id: string | null;
  member_id: string | null;
  account_id: string | null;
  sequence: number | null;
  data: Record<string, unknown>;
}

/** Events, the oldest first. Keep `next_cursor`: it leads to what comes after them. */
export interface EventPage {
  data: Array<Event>;
  next_cursor: string;
  has_more: boolean;
}
