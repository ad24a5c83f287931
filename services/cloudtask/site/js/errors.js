/** What can go wrong when a service is called, in words for the person at the screen. */

/** A refusal by AWS or by the API. `code` is AWS's exception name, or "HTTP 404" where there is none. */
export class ServiceError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** The person has to sign in again. */
export class SessionEnded extends Error {
  constructor() {
    super("Your session has ended. Sign in again.");
  }
}

/** `fetch`, with a readable error when no answer comes at all. */
export async function reach(url, options) {
  try {
    return await fetch(url, options);
  } catch {
    throw new ServiceError("Unreachable", "The service cannot be reached. Check your connection and try again.");
  }
}

/** The JSON of an answer, or `{}` when it has none. */
export async function readJson(response) {
  try {
    return (await response.json()) ?? {};
  } catch {
    return {};
  }
}
