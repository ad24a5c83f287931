import { reach, Refusal } from "./aws.js";

const TRIES = 20;
const PAUSE_MS = 1000;

/** Ask the API for the greeting. The name of somebody new is still on its way through the stream: ask again, a while. */
export async function greet({ apiUrl }, account) {
  for (let tries = 1; ; tries += 1) {
    const response = await reach(`${apiUrl}/greeting`, { headers: { Authorization: await account.token() } });
    const answer = await response.json().catch(() => ({}));
    if (response.ok) return answer.greeting;
    if (response.status !== 404 || tries === TRIES) throw new Refusal(`HTTP ${response.status}`, answer.message);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
