/** A drill as a program of its own: what it is told, what becomes of its report. */
import { expect, test } from "vitest";
import { createDrill } from "../../../../src/daemon/page/drill.ts";

const says = (script: string): readonly string[] => ["-e", script, "--"];

test("its words are the report; one at a time, and the root goes along", async () => {
  const drill = createDrill("/tmp/x", says("console.log(process.argv.slice(1).join(' '))"));
  const first = drill({ instance: "web" });
  expect(await drill({ instance: "web" })).toEqual({
    done: false,
    sentence: "a drill is under way already",
  });
  expect(await first).toEqual({ done: true, sentence: "--root /tmp/x drill -- web" });
});

test("one that failed has words as well, and frees the place", async () => {
  const drill = createDrill("", says("process.exit(1)"));
  const failed = { done: false, sentence: "the drill ended with 1" };
  expect(await drill({ instance: undefined })).toEqual(failed);
  expect(await drill({ instance: undefined })).toEqual(failed);
});

test("one that takes too long is asked to end, and may say how far it came", async () => {
  const polite = "process.on('SIGTERM', () => { console.log('lb2 serves now'); process.exit(1) });";
  const drill = createDrill("", says(`${polite} setInterval(() => undefined, 1000)`), 300);
  expect(await drill({ instance: "web" })).toEqual({ done: false, sentence: "lb2 serves now" });
});

test("one that is killed says what may be left", async () => {
  const drill = createDrill("", says("process.kill(process.pid, 'SIGKILL')"));
  const { sentence } = await drill({ instance: "web" });
  expect(sentence).toMatch(/^the drill was ended by SIGKILL: .*Resume ends that$/s);
});
