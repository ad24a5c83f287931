import { reach, readJson, ServiceError } from "./errors.js";

/**
 * The calls of Cognito's user pools that need no AWS credentials, straight from the browser.
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/
 */
export class Cognito {
  #endpoint;
  #clientId;

  constructor({ cognitoEndpoint, clientId }) {
    this.#endpoint = cognitoEndpoint;
    this.#clientId = clientId;
  }

  /** Cognito mails a code. Resolves to where: `{CodeDeliveryDetails: {Destination: "a***@e***"}}`. */
  signUp(email, password) {
    return this.#call("SignUp", {
      Username: email,
      Password: password,
      UserAttributes: [{ Name: "email", Value: email }],
    });
  }

  confirm(email, code) {
    return this.#call("ConfirmSignUp", { Username: email, ConfirmationCode: code });
  }

  resend(email) {
    return this.#call("ResendConfirmationCode", { Username: email });
  }

  /** Resolves to `{IdToken, AccessToken, RefreshToken, ExpiresIn}`, the last in seconds. */
  async signIn(email, password) {
    const answer = await this.#call("InitiateAuth", {
      AuthFlow: "USER_PASSWORD_AUTH",
      AuthParameters: { USERNAME: email, PASSWORD: password },
    });
    if (!answer.AuthenticationResult) {
      throw new ServiceError(answer.ChallengeName, `This account asks for ${answer.ChallengeName}, which this site does not offer.`);
    }
    return answer.AuthenticationResult;
  }

  /** New tokens for an old session. The refresh token stays the same and is not in the answer. */
  async refresh(refreshToken) {
    const answer = await this.#call("InitiateAuth", {
      AuthFlow: "REFRESH_TOKEN_AUTH",
      AuthParameters: { REFRESH_TOKEN: refreshToken },
    });
    return answer.AuthenticationResult;
  }

  /** Ends this session, and not the person's sessions on other devices. */
  revoke(refreshToken) {
    return this.#call("RevokeToken", { Token: refreshToken });
  }

  async #call(operation, parameters) {
    const response = await reach(this.#endpoint, {
      method: "POST",
      headers: {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": `AWSCognitoIdentityProviderService.${operation}`,
      },
      body: JSON.stringify({ ClientId: this.#clientId, ...parameters }),
    });
    const answer = await readJson(response);
    if (!response.ok) {
      const code = (answer.__type ?? `HTTP ${response.status}`).split("#").pop();
      throw new ServiceError(code, answer.message ?? answer.Message ?? `${operation} failed: ${code}.`);
    }
    return answer;
  }
}
