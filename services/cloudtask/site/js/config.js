import { reach, ServiceError } from "./errors.js";

/**
 * What the deployment wrote beside this site:
 * `{apiUrl, userPoolId, clientId, region}`, and off AWS also `cognitoEndpoint` and `profile`.
 */
export async function loadConfig() {
  const response = await reach("config.json", { cache: "no-store" });
  if (!response.ok) {
    throw new ServiceError("NotDeployed", "config.json is missing: deploy this site before you open it.");
  }
  const config = await response.json();
  return {
    ...config,
    apiUrl: config.apiUrl.replace(/\/$/, ""),
    cognitoEndpoint: config.cognitoEndpoint ?? `https://cognito-idp.${config.region}.amazonaws.com/`,
  };
}
