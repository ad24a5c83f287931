import { call, reach, Refusal } from "./aws.js";
import { AwsClient } from "./vendor/aws4fetch.js";

const LINK_SECONDS = 900;
const MARGIN_MS = 300_000;

/** The person's own files in S3, reached with temporary credentials that the identity pool gives for the id token. */
export class Files {
  #config;
  #account;
  #session = null;

  constructor(config, account) {
    this.#config = config;
    this.#account = account;
  }

  /** The folder that the credentials are good for: `private/{identityId}/`. */
  async folder() {
    return `private/${(await this.#signedIn()).identityId}/`;
  }

  /** `[{name, size, changed, url}]` below `prefix`; the URLs are signed, and good for a quarter of an hour. */
  async list(prefix) {
    const { aws } = await this.#signedIn();
    const url = `${this.#config.files}?${new URLSearchParams({ "list-type": "2", prefix })}`;
    const found = new DOMParser().parseFromString(await this.#send(aws, url), "text/xml");
    return Promise.all([...found.querySelectorAll("Contents")].map((one) => this.#file(aws, prefix, one)));
  }

  async upload(file) {
    const { aws } = await this.#signedIn();
    const key = (await this.folder()) + file.name;
    const headers = { "Content-Type": file.type || "application/octet-stream" };
    await this.#send(aws, this.#address(key), { method: "PUT", headers, body: file });
  }

  /** Nobody else's credentials may be used after this person has left. */
  forget() {
    this.#session = null;
  }

  async #file(aws, prefix, entry) {
    const text = (name) => entry.querySelector(name).textContent;
    const address = `${this.#address(text("Key"))}?X-Amz-Expires=${LINK_SECONDS}`;
    const { url } = await aws.sign(address, { aws: { signQuery: true } });
    return { name: text("Key").slice(prefix.length), size: Number(text("Size")), changed: new Date(text("LastModified")), url };
  }

  #address(key) {
    return this.#config.files + key.split("/").map(encodeURIComponent).join("/");
  }

  async #send(aws, url, options) {
    const response = await reach(await aws.sign(url, options));
    const answer = await response.text();
    if (response.ok) return answer;
    const error = new DOMParser().parseFromString(answer, "text/xml");
    const text = (name) => error.querySelector(name)?.textContent;
    throw new Refusal(text("Code") ?? `HTTP ${response.status}`, text("Message"));
  }

  /** `{identityId, aws}`: an identity and a signer with its credentials, renewed before they expire. */
  async #signedIn() {
    if (!this.#session || Date.now() > this.#session.until - MARGIN_MS) this.#session = await this.#newSession();
    return this.#session;
  }

  async #newSession() {
    const { identityPools, identityPoolId, region } = this.#config;
    const Logins = { [this.#account.provider]: await this.#account.token() };
    const ask = (operation, parameters) => call(identityPools, `AWSCognitoIdentityService.${operation}`, { Logins, ...parameters });
    const { IdentityId } = await ask("GetId", { IdentityPoolId: identityPoolId });
    const { Credentials } = await ask("GetCredentialsForIdentity", { IdentityId });
    const { AccessKeyId: accessKeyId, SecretKey: secretAccessKey, SessionToken: sessionToken } = Credentials;
    const aws = new AwsClient({ accessKeyId, secretAccessKey, sessionToken, service: "s3", region });
    return { identityId: IdentityId, aws, until: Credentials.Expiration * 1000 };
  }
}
