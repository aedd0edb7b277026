/** A program that reads a pipe has a pipe, and no rival. */
import { expect, test } from "vitest";
import { parse } from "../../../src/config/load.ts";
import { BASE } from "./base.ts";

const PIPE = "serviceFifo: /run/baton/services\n";

test.each([
  ["", "there is no serviceFifo that it could read"],
  [
    "serviceFifo: /run/baton/notify\n",
    "notifyFifoScript reads this pipe: of two readers each gets some lines",
  ],
])("%j: %s", (pipe, message) => {
  expect(parse(BASE.replace(PIPE, pipe)).problems).toMatchObject([
    { place: ["serviceFifoScript"], message },
  ]);
});
