/** The dialogue before a command: what it means, the reason, the token. */
import { questionOf, requestOf, send } from "./send.ts";
import type { Command } from "./state.ts";

/** Known for as long as the page is open, and nowhere else. */
let token: string | undefined;

const find = <T extends HTMLElement>(id: string, kind: new () => T): T => {
  const element = document.getElementById(id);
  if (element instanceof kind) return element;
  throw new TypeError(`the page has no ${id}`);
};

export function askFor(command: Command, told: (sentence: string, done: boolean) => void): void {
  const dialog = find("ask", HTMLDialogElement);
  const { question, meaning } = questionOf(command);
  find("ask-title", HTMLElement).textContent = question;
  find("ask-meaning", HTMLElement).textContent = meaning;
  find("ask-problem", HTMLElement).textContent = "";
  find("ask-reason-field", HTMLElement).hidden = !("server" in command);
  const reason = find("ask-reason", HTMLInputElement);
  reason.value = "";
  const secret = find("ask-token", HTMLInputElement);
  const needToken = (): void => {
    find("ask-token-field", HTMLElement).hidden = token !== undefined;
    secret.required = token === undefined;
  };
  needToken();
  const go = find("ask-go", HTMLButtonElement);
  find("ask-form", HTMLFormElement).onsubmit = (event) => {
    event.preventDefault();
    token ??= secret.value.trim();
    go.disabled = true;
    const { path, body } = requestOf(command, reason.value.trim());
    void send(path, body, token).then(({ sentence, done, unknown }) => {
      go.disabled = false;
      if (unknown) {
        token = undefined;
        needToken();
        find("ask-problem", HTMLElement).textContent = sentence;
        secret.focus();
        return;
      }
      secret.value = "";
      dialog.close();
      told(sentence, done);
    });
  };
  find("ask-cancel", HTMLButtonElement).onclick = () => dialog.close();
  dialog.showModal();
}
