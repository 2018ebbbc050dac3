// Written by `make clients`: change the generator instead.

export * from "./files.ts";
export * from "./ledger.ts";
export * from "./loyalty.ts";
export * from "./members.ts";
export * from "./orders.ts";
export * from "./people.ts";
export * from "./programs.ts";
export * from "./reports.ts";
export * from "./rewards.ts";
export * from "./tiers.ts";
export * from "./visits.ts";
export * from "./watching.ts";
