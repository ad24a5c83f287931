import { SessionEnded } from "./errors.js";

const KEY = "cloudtask.session";
const MARGIN_MS = 60_000; // renew this long before the token expires, so that none expires on its way

/**
 * Who is signed in. Tokens live in this tab's sessionStorage and end with the tab:
 * `{idToken, refreshToken, expiresAt}`, the last in milliseconds since 1970.
 */
export class Session {
  #cognito;
  #tokens;
  #renewal = null;

  constructor(cognito) {
    this.#cognito = cognito;
    this.#tokens = JSON.parse(sessionStorage.getItem(KEY));
  }

  /** The e-mail address of the person, or null when nobody is signed in. */
  get email() {
    return this.#tokens && (claimsOf(this.#tokens.idToken).email ?? "");
  }

  async signIn(email, password) {
    this.#keep(await this.#cognito.signIn(email, password));
  }

  /** Forget the tokens at once, whether or not Cognito can be told. */
  async signOut() {
    const { refreshToken } = this.#tokens;
    this.#forget();
    await this.#cognito.revoke(refreshToken).catch(() => {});
  }

  /** An id token that is good for at least a minute. */
  async idToken() {
    if (!this.#tokens) throw new SessionEnded();
    if (Date.now() > this.#tokens.expiresAt - MARGIN_MS) await this.renew();
    return this.#tokens.idToken;
  }

  /** Fetch new tokens; calls that come together share one request. */
  renew() {
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #renew() {
    try {
      const fresh = await this.#cognito.refresh(this.#tokens?.refreshToken);
      if (this.#tokens) this.#keep({ RefreshToken: this.#tokens.refreshToken, ...fresh });
    } catch (error) {
      if (error.code !== "NotAuthorizedException") throw error; // offline is not signed out
      this.#forget();
    }
    if (!this.#tokens) throw new SessionEnded();
  }

  #keep({ IdToken, RefreshToken, ExpiresIn }) {
    this.#tokens = { idToken: IdToken, refreshToken: RefreshToken, expiresAt: Date.now() + ExpiresIn * 1000 };
    sessionStorage.setItem(KEY, JSON.stringify(this.#tokens));
  }

  #forget() {
    this.#tokens = null;
    sessionStorage.removeItem(KEY);
  }
}

/** The claims in a token, read for display only: the API is what checks the signature. */
function claimsOf(token) {
  const base64 = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}
