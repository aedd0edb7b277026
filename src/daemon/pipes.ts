/** The named pipes that get a line at each change, with their readers. */
import type { Config, Reader } from "../config/types.ts";
import { type Fifo, openFifo } from "../os/fifo.ts";
import { type FifoReader, startFifoReader } from "./fifo-reader.ts";
import type { Log } from "./log.ts";

export interface Pipes {
  readonly notify: Fifo | undefined;
  readonly service: Fifo | undefined;
  readonly close: () => void;
}

/** One pipe for both where both name the same. */
export function openPipes(config: Config, log: Log): Pipes {
  const { notifyFifo, serviceFifo, notifyFifoScript, serviceFifoScript } = config;
  const open = (path: string | undefined): Fifo | undefined =>
    path === undefined ? undefined : openFifo(path, (sentence) => log.error(sentence));
  const notify = open(notifyFifo);
  const service = serviceFifo === notifyFifo ? notify : open(serviceFifo);
  const read = (fifo: Fifo | undefined, pipe = "", script?: Reader): readonly FifoReader[] => {
    if (fifo === undefined || script === undefined) return [];
    return [startFifoReader(script, { pipe, prepared: fifo.prepared, log })];
  };
  const readers = [
    ...read(notify, notifyFifo, notifyFifoScript),
    ...read(service, serviceFifo, serviceFifoScript),
  ];
  const close = (): void => {
    for (const reader of readers) reader.close();
    notify?.close();
    if (service !== notify) service?.close();
  };
  return { notify, service, close };
}
