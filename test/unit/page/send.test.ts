/** What the page sends, and what it does not even try. */
import { expect, test } from "vitest";
import { send, TOKEN_REQUEST } from "../../../src/page/send.ts";

test.each(["two words", "schlüssel", "", "a\nb"])(
  "%j is no token, and is not sent",
  async (token) => {
    const answer = await send(TOKEN_REQUEST, token);
    expect(answer).toMatchObject({ done: false, unknown: true });
    expect(answer.sentence).toContain("that is not the token: it is one word");
  },
);
