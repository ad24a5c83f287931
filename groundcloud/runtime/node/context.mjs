// The handler's second argument. https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html

/** `headers` of the call, names in lower case. */
export function makeContext(headers, environ) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    functionName: environ.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: environ.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: environ.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: environ.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: environ.AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parsed(headers["lambda-runtime-client-context"]),
    identity: parsed(headers["lambda-runtime-cognito-identity"]),
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
}

function parsed(text) {
  return text ? JSON.parse(text) : undefined;
}
