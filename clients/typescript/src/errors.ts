import { type ProblemCode } from "./codes.ts";
import { type Approval, type Problem } from "./models/index.ts";

/** All that this package throws by itself. */
export class StampbookError extends Error {
  override name = "StampbookError";
}

/** No attempt had an answer. To find out whether a write was done, repeat it with the same key. */
export class NoAnswerError extends StampbookError {
  override name = "NoAnswerError";
  readonly idempotencyKey: string | undefined;

  constructor(message: string, idempotencyKey: string | undefined, cause: unknown) {
    super(message, { cause });
    this.idempotencyKey = idempotencyKey;
  }
}

/** The answer is not one of the API's, such as a proxy's page. */
export class UnexpectedAnswerError extends StampbookError {
  override name = "UnexpectedAnswerError";
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

/** Nothing was done yet: a second person must approve it. */
export class ApprovalPendingError extends StampbookError {
  override name = "ApprovalPendingError";
  readonly approval: Approval;

  constructor(approval: Approval) {
    super(`${approval.id} waits for a second person`);
    this.approval = approval;
  }
}

/** The API refused the request, and nothing was written. `code` says why. */
export class ProblemError extends StampbookError {
  override name = "ProblemError";
  readonly problem: Problem;
  readonly retryAfterS: number | undefined;

  constructor(problem: Problem, retryAfterS: number | undefined) {
    super(`${problem.code}: ${problem.detail}`);
    this.problem = problem;
    this.retryAfterS = retryAfterS;
  }

  get code(): ProblemCode {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }
}
