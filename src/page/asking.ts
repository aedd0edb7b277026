/** The dialogue before a command: what it means, the reason, the token. */
import { questionOf, requestOf, send, TOKEN_REQUEST } from "./send.ts";
import type { Command, Told } from "./state.ts";

type Tell = (sentence: string, told: Told) => void;

/** Known for as long as the page is open, and nowhere else. */
let token: string | undefined;

const find = <T extends HTMLElement>(id: string, kind: new () => T): T => {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new TypeError(`the page has no ${id}`);
};

export function askFor(command: Command, tell: Tell): void {
  const dialog = find("ask", HTMLDialogElement);
  const { question, meaning } = questionOf(command);
  find("ask-title", HTMLElement).textContent = question;
  find("ask-meaning", HTMLElement).textContent = meaning;
  find("ask-problem", HTMLElement).textContent = "";
  find("ask-reason-field", HTMLElement).hidden = !("server" in command);
  find("ask-reason", HTMLInputElement).value = "";
  needToken();
  find("ask-form", HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    void carryOut(command, tell);
  };
  find("ask-cancel", HTMLButtonElement).onclick = () => dialog.close();
  dialog.showModal();
}

function needToken(): void {
  find("ask-token-field", HTMLElement).hidden = token !== undefined;
  find("ask-token", HTMLInputElement).required = token === undefined;
}

async function carryOut(command: Command, tell: Tell): Promise<void> {
  const secret = find("ask-token", HTMLInputElement);
  const go = find("ask-go", HTMLButtonElement);
  const given = token ?? secret.value.trim();
  const request = requestOf(command, find("ask-reason", HTMLInputElement).value.trim());
  go.disabled = true;
  // A drill is watched: the dialogue gives way once the token is known to be right.
  const isLong = command.kind === "drill";
  const first = await send(isLong ? TOKEN_REQUEST : request, given);
  go.disabled = false;
  token = first.unknown ? undefined : given;
  if (first.unknown) {
    needToken();
    find("ask-problem", HTMLElement).textContent = first.sentence;
    secret.focus();
    return;
  }
  secret.value = "";
  find("ask", HTMLDialogElement).close();
  if (isLong && first.done) tell(`The drill of ${command.instance} is under way.`, "running");
  const { sentence, done } = isLong && first.done ? await send(request, given) : first;
  tell(sentence, done ? "done" : "failed");
}
