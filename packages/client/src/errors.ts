import type { Problem } from "./api.js";

/** A call that didn't succeed; the message is a sentence that one can act on. */
export class GlossatorFault extends Error {
  override name = "GlossatorFault";
}

/** No answer came from the server. */
export class Unreached extends GlossatorFault {
  override name = "Unreached";
}

/** The server refused, in its own words. */
export class ApiError extends GlossatorFault {
  override name = "ApiError";
  /** The problem's kind, such as `quota-exceeded` or `not-found`. */
  readonly type: string;
  /** Finds the request in the server's log. */
  readonly requestId: string | undefined;
  /** The fields to mend. */
  readonly errors: readonly { field: string; message: string }[];

  /** `status` is that of HTTP; after `retryAfter` seconds it may be tried again. */
  constructor(
    readonly status: number,
    problem: Partial<Problem> & { errors?: { field: string; message: string }[] },
    readonly retryAfter?: number,
  ) {
    super(problem.detail || `The server answered ${status}, and nothing else.`);
    this.type = problem.type ?? "";
    this.requestId = problem.request_id;
    this.errors = problem.errors ?? [];
  }
}
