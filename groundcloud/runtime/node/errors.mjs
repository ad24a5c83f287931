// What AWS's Node.js runtime reports of an error: its type is `error.name`, its trace the lines of `error.stack`.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html

/** A failure that the runtime, not the handler, reports. */
export class RuntimeFault extends Error {
  constructor(kind, message, stack) {
    super(message);
    this.name = `Runtime.${kind}`;
    if (stack) {
      this.stack = stack;
    }
  }
}

// Where the runtime's own files are on Lambda; where they are on this machine is nobody's business.
const HERE = new URL(".", import.meta.url).href;
export const asOnLambda = (text) => text.replaceAll(HERE, "file:///var/runtime/");
export const linesOf = (stack) => asOnLambda(stack).split("\n");

/** The payload of a failed call: {errorType, errorMessage, trace}. */
export function payloadOf(error) {
  try {
    if (error instanceof Error) {
      const trace = typeof error.stack === "string" ? linesOf(error.stack) : [];
      return { errorType: String(error.name), errorMessage: String(error.message), trace };
    }
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  } catch {
    const errorMessage =
      "callback called with Error argument, but there was a problem while retrieving one or more of its message, " +
      "name, and stack";
    return { errorType: "handled", errorMessage, trace: [] };
  }
}

/** An error as one line of the log: a tab and JSON with the error's own members. */
export function inLog(error) {
  try {
    return `\t${JSON.stringify(error, (_, value) => (value instanceof Error ? members(value) : value))}`;
  } catch {
    return `\t${JSON.stringify(payloadOf(error))}`;
  }
}

function members(error) {
  const { name, message, code, stack } = error;
  const shown = typeof stack === "string" ? { stack: linesOf(stack) } : {};
  return { errorType: name, errorMessage: message, code, ...error, ...shown };
}
