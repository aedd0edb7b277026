/** `baton ipvsadm`, and the program called by the name ipvsadm. */
import { ipvsadm } from "../ipvsadm/program.ts";
import { directInput, directOutput } from "./direct-io.ts";
import { failureCode, failureText } from "./failure.ts";

/** `argv` begins with `ipvsadm`, or with an empty word where that is the program's own name. */
export async function main([command = "", ...words]: readonly string[]): Promise<number> {
  const io = directOutput();
  const program = command === "" ? "ipvsadm" : `baton ${command}`;
  try {
    return await ipvsadm(words, io, { program, input: directInput() });
  } catch (error) {
    io.err(failureText(error));
    return failureCode(error);
  } finally {
    io.flush();
  }
}
