import { greet } from "./greet.js";
import { onSend, once, say } from "./page.js";

const SIZES = ["bytes", "kB", "MB", "GB"];

/** The screen of somebody who is signed in: the greeting, their files, and what they may not see. */
export function home(screen, app) {
  const part = (name) => screen.querySelector(`[data-testid="${name}"]`);
  const fail = (error) => {
    if (error.code === "SignedOut") app.go("sign-in", error.message, "error");
    else say(error.message, "error");
  };

  async function listFiles() {
    const folder = await app.files.folder();
    const found = await app.files.list(folder);
    part("folder").textContent = folder;
    part("files").replaceChildren(...found.map(fileItem));
    part("no-files").hidden = found.length > 0;
  }

  async function upload() {
    const [file] = part("file").files;
    if (!file) return;
    await app.files.upload(file);
    part("file").value = "";
    await listFiles();
    say(`${file.name} is uploaded.`);
  }

  async function lookElsewhere({ prefix }) {
    const answer = part("elsewhere-answer");
    try {
      const found = await app.files.list(prefix);
      answer.textContent = `${found.length} found: ${found.map((file) => file.name).join(", ")}`;
    } catch (error) {
      answer.textContent = `${error.code}: ${error.message}`;
    }
  }

  part("file").addEventListener("change", () => once(part("file"), upload));
  onSend(part("elsewhere"), lookElsewhere);
  greet(app.config, app.account).then((greeting) => {
    part("greeting").textContent = greeting;
    document.title = `${greeting} · Greeting`;
  }, fail);
  listFiles().catch(fail);
  part("greeting").focus();
}

function fileItem({ name, size, changed, url }) {
  const item = document.getElementById("file-item").content.firstElementChild.cloneNode(true);
  const link = item.querySelector("a");
  link.textContent = name;
  link.href = url;
  item.querySelector("span").textContent = `${readable(size)}, ${changed.toLocaleString()}`;
  return item;
}

function readable(bytes) {
  const step = Math.min(bytes ? Math.floor(Math.log10(bytes) / 3) : 0, SIZES.length - 1);
  return `${(bytes / 1000 ** step).toFixed(step ? 1 : 0)} ${SIZES[step]}`;
}
