import { reach, readJson, ServiceError, SessionEnded } from "./errors.js";

/** CloudTask's own REST API. A task is `{taskId, title, description, done, dueDate, createdAt, updatedAt}`. */
export class TaskApi {
  #url;
  #session;

  constructor({ apiUrl }, session) {
    this.#url = apiUrl;
    this.#session = session;
  }

  /** Newest first: `{tasks, nextToken}`, the token null on the last page. */
  list(nextToken = null) {
    return this.#call("GET", `/tasks?${new URLSearchParams({ limit: 20, ...(nextToken && { nextToken }) })}`);
  }

  create(fields) {
    return this.#call("POST", "/tasks", fields);
  }

  update(taskId, fields) {
    return this.#call("PUT", `/tasks/${encodeURIComponent(taskId)}`, fields);
  }

  remove(taskId) {
    return this.#call("DELETE", `/tasks/${encodeURIComponent(taskId)}`);
  }

  async #call(method, path, fields) {
    let response = await this.#send(method, path, fields);
    if (response.status === 401) {
      await this.#session.renew();
      response = await this.#send(method, path, fields);
    }
    if (response.status === 401) throw new SessionEnded();
    const answer = await readJson(response);
    if (!response.ok) {
      const code = `HTTP ${response.status}`;
      throw new ServiceError(code, answer.message ?? answer.Message ?? `The task service failed: ${code}.`);
    }
    return answer;
  }

  async #send(method, path, fields) {
    const headers = { Authorization: await this.#session.idToken() };
    if (fields) headers["Content-Type"] = "application/json";
    return reach(this.#url + path, { method, headers, body: fields && JSON.stringify(fields) });
  }
}
