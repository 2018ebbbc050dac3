// Calls what each line of the input names, and answers with a line: test_typescript.py.
import { createInterface } from "node:readline";
import { ApprovalPendingError, Pages, Stampbook } from "../../../clients/typescript/src/index.ts";

type Method = (...given: unknown[]) => unknown;

const [url, secret] = process.argv.slice(2) as [string, string];
const client = new Stampbook(url, secret);

for await (const line of createInterface({ input: process.stdin })) {
  const { resource, method, given, token } = JSON.parse(line) as {
    resource: string;
    method: string;
    given: unknown[];
    token: string;
  };
  const owner = client.signedIn(token)[resource as keyof Stampbook] as unknown as Record<string, Method>;
  let said: object;
  try {
    const made = owner[method]!(...given);
    said = { answer: await (made instanceof Pages ? made.page() : made) };
  } catch (error) {
    said = error instanceof ApprovalPendingError ? { answer: error.approval } : { error: String(error) };
  }
  console.log(JSON.stringify(said));
}
