// What a caller did wrong. The names are part of the contract: a direct call sees them as `errorType`, the body of a
// 4xx answer as `error`, and the template's metric filters leave them out of the count of our own faults.

export class ValidationError extends Error {
  name = "ValidationError";
  status = 400;
}

export class NotFoundError extends Error {
  name = "NotFoundError";
  status = 404;

  constructor(message = "There is no such to-do.") {
    super(message);
  }
}
