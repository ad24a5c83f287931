/** How the page speaks to AWS, and what it says when that fails. */

/** A refusal. `code` is AWS's exception name, or "HTTP 404" where there is none. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message || `The service answered ${code}.`);
    this.code = code;
  }
}

/** `fetch`, with words for a person when nothing answers. */
export async function reach(request, options) {
  try {
    return await fetch(request, options);
  } catch {
    throw new Refusal("Unreachable", "The service cannot be reached. Check your connection and try again.");
  }
}

/** One call of an AWS service that speaks JSON. `operation` with its target prefix: "AWSCognitoIdentityService.GetId". */
export async function call(endpoint, operation, parameters) {
  const response = await reach(endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": operation },
    body: JSON.stringify(parameters),
  });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new Refusal((answer.__type ?? `HTTP ${response.status}`).split("#").pop(), answer.message ?? answer.Message);
  }
  return answer;
}

/**
 * What the deployment wrote beside this page, and where each service answers: on AWS at its own name, in a cloud on
 * this machine all at one address. S3 keeps the bucket in the path there, in the host name on AWS.
 */
export async function loadConfig() {
  const response = await reach("config.json", { cache: "no-store" });
  if (!response.ok) throw new Refusal("NotDeployed", "config.json is missing: deploy this page before you open it.");
  const config = await response.json();
  const { region, filesBucket, cognitoEndpoint: here } = config;
  return {
    ...config,
    apiUrl: config.apiUrl.replace(/\/$/, ""),
    userPools: here ?? `https://cognito-idp.${region}.amazonaws.com/`,
    identityPools: here ?? `https://cognito-identity.${region}.amazonaws.com/`,
    files: here ? `${here}${filesBucket}/` : `https://${filesBucket}.s3.${region}.amazonaws.com/`,
  };
}
