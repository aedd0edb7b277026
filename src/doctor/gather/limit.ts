/** Time limits: what does not answer is a finding, not a wait. */
import { messageOf } from "../../base/errors.ts";
import { type Looked, seen, unseen } from "../facts.ts";

/** Never rejects. */
export async function within<T>(limitMs: number, look: () => Promise<T>): Promise<Looked<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Looked<T>>((resolve) => {
    timer = setTimeout(() => resolve(unseen(`no answer within ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([look().then(seen), late]);
  } catch (error) {
    return unseen(messageOf(error));
  } finally {
    clearTimeout(timer);
  }
}
