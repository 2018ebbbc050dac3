// An hour with the client: lost answers, lists, problems, a webhook that came. test_typescript.py.
import assert from "node:assert/strict";
import {
  NoAnswerError,
  ProblemError,
  RETRIES,
  Stampbook,
  Webhook,
  WebhookVerificationError,
} from "../../../clients/typescript/src/index.ts";
import { waitMs } from "../../../clients/typescript/src/sending.ts";

const [url, line, secret, sent] = process.argv.slice(2) as [string, string, string, string];
const client = new Stampbook(url, secret);

const program = await client.programs.create({ name: "Coffee club" });
const points = await client.currencies.create(program.id, { name: "Points", scale: 2 });
const anna = await client.members.create(program.id, { name: "Anna" });
const account = await client.accounts.create({ member_id: anna.id, currency_id: points.id });

// The first three answers of the line are lost: one effect.
const lost = new Stampbook(line, secret, { retries: { firstMs: 1, longestMs: 2 } });
const given = await lost.accounts.accrue(account.id, "100.00", { external_id: "order-1" });
assert.equal(given.balance_after, "100.00");
const rows = [];
for await (const row of client.accounts.transactions(account.id)) rows.push(row);
assert.deepEqual(rows.map((row) => row.id), [given.id]);

// A call that had no answer can be repeated with its key.
const nowhere = new Stampbook("http://127.0.0.1:1", secret, { retries: { most: 0 } });
const key = await nowhere.accounts.accrue(account.id, "5.00").then(
  () => assert.fail("nobody listens there"),
  (error) => (error as NoAnswerError).idempotencyKey,
);
for (const _ of [1, 2]) {
  await client.accounts.redeem(account.id, "10.00", {}, { idempotencyKey: key!, actor: "anna" });
}
assert.equal((await client.accounts.balance(account.id)).active, "90.00");

// Options, problems, ids.
const tried = await client.accounts.redeem(account.id, "1.00", {}, { dryRun: true });
assert.equal(tried.balance_after, "89.00");
await assert.rejects(
  client.accounts.redeem(account.id, "1000.00"),
  (error: ProblemError) => error.code === "insufficient_points" && error.problem.active === "90.00",
);
await assert.rejects(async () => client.accounts.get("../programs"), ProblemError);
assert.throws(() => client.accounts.lots(""), TypeError);

// Lists go on.
for (let number = 0; number < 6; number += 1) {
  await client.members.create(program.id, { external_id: `guest-${number}` });
}
const sizes = [];
for await (const page of client.members.list(program.id, { limit: 3 }).pages()) {
  sizes.push(page.data.length);
}
assert.deepEqual(sizes, [3, 3, 1]);

// Waits.
for (const [failures, most] of [[1, 500], [2, 1_000], [4, 4_000]] as const) {
  const wait = waitMs(RETRIES, failures)!;
  assert(most / 2 <= wait && wait <= most);
}
assert.equal(waitMs(RETRIES, 5), undefined);
assert.equal(waitMs(RETRIES, 1, 60_001), undefined);
assert.equal(waitMs(RETRIES, 1, 20_000), 20_000);

// A webhook that really came.
const { secret: signing, body, headers } = JSON.parse(sent) as {
  secret: string;
  body: string;
  headers: Record<string, string>;
};
const now = () => Number(headers["webhook-timestamp"]);
assert.equal((await new Webhook(signing, now).verify(body, headers)).type, "webhook.test");
const wrong: Array<[Webhook, string, Record<string, string | undefined>]> = [
  [new Webhook(signing, now), `${body} `, headers],
  [new Webhook(signing, () => now() + 301), body, headers],
  [new Webhook("whsec_AAAA", now), body, headers],
  [new Webhook(signing, now), body, { ...headers, "webhook-signature": "v1,AAAA" }],
  [new Webhook(signing, now), body, { ...headers, "webhook-id": undefined }],
];
for (const [webhook, text, given] of wrong) {
  await assert.rejects(webhook.verify(text, given), WebhookVerificationError);
}
console.log("done");
