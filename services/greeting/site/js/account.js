import { call, Refusal } from "./aws.js";

const KEY = "greeting.tokens";
const MARGIN_MS = 60_000;

/** Who is at the page: registration, sign-in, and the tokens, which live and end with this tab. */
export class Account {
  #config;
  #tokens = JSON.parse(sessionStorage.getItem(KEY));

  constructor(config) {
    this.#config = config;
  }

  /** The name that the person signed in with, or null. For display: services look at the token itself. */
  get name() {
    return this.#tokens && claimsOf(this.#tokens.id)["cognito:username"];
  }

  /** What an identity pool calls the user pool. */
  get provider() {
    const { region, userPoolId } = this.#config;
    return `cognito-idp.${region}.amazonaws.com/${userPoolId}`;
  }

  /** Resolves to where the code was sent, masked: "a***@e***". With a phone number it goes there. */
  async register({ username, email, phone, password }) {
    const attributes = [{ Name: "email", Value: email }];
    if (phone) attributes.push({ Name: "phone_number", Value: phone.replaceAll(/[\s()-]/g, "") });
    const answer = await this.#call("SignUp", { Username: username, Password: password, UserAttributes: attributes });
    return answer.CodeDeliveryDetails?.Destination;
  }

  confirm({ username, code }) {
    return this.#call("ConfirmSignUp", { Username: username, ConfirmationCode: code.replaceAll(/\s/g, "") });
  }

  async resend(username) {
    return (await this.#call("ResendConfirmationCode", { Username: username })).CodeDeliveryDetails?.Destination;
  }

  async signIn({ username, password }) {
    this.#keep(await this.#initiate("USER_PASSWORD_AUTH", { USERNAME: username, PASSWORD: password }));
  }

  /** Forget the tokens at once, whether or not Cognito can be told. */
  async signOut() {
    const { refresh } = this.#tokens;
    this.#forget();
    await this.#call("RevokeToken", { Token: refresh }).catch(() => {});
  }

  /** An id token that is good for at least a minute. */
  async token() {
    if (this.#tokens && Date.now() > this.#tokens.until - MARGIN_MS) await this.#renew();
    if (!this.#tokens) throw new Refusal("SignedOut", "Your session has ended. Sign in again.");
    return this.#tokens.id;
  }

  async #renew() {
    try {
      this.#keep(await this.#initiate("REFRESH_TOKEN_AUTH", { REFRESH_TOKEN: this.#tokens.refresh }));
    } catch (error) {
      if (error.code !== "NotAuthorizedException") throw error; // offline is not signed out
      this.#forget();
    }
  }

  async #initiate(flow, parameters) {
    const answer = await this.#call("InitiateAuth", { AuthFlow: flow, AuthParameters: parameters });
    if (answer.AuthenticationResult) return answer.AuthenticationResult;
    throw new Refusal(answer.ChallengeName, `This account asks for ${answer.ChallengeName}, which this page does not offer.`);
  }

  #call(operation, parameters) {
    const { userPools, clientId } = this.#config;
    return call(userPools, `AWSCognitoIdentityProviderService.${operation}`, { ClientId: clientId, ...parameters });
  }

  #keep({ IdToken, RefreshToken, ExpiresIn }) {
    const refresh = RefreshToken ?? this.#tokens.refresh;
    this.#tokens = { id: IdToken, refresh, until: Date.now() + ExpiresIn * 1000 };
    sessionStorage.setItem(KEY, JSON.stringify(this.#tokens));
  }

  #forget() {
    this.#tokens = null;
    sessionStorage.removeItem(KEY);
  }
}

function claimsOf(token) {
  const padded = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(padded), (one) => one.charCodeAt(0))));
}
