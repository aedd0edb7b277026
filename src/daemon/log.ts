/** The daemon's log: JSON lines for a journal, readable lines on a terminal.
 *
 * Never on the advert path: pino is loaded after the first advert, and lines from before wait in
 * memory, a bounded number of them.
 */
import type { Logger } from "pino";

export type Level = "debug" | "info" | "warn" | "error";
export type Fields = Readonly<Record<string, unknown>>;

export interface Log {
  debug(sentence: string, fields?: Fields): void;
  info(sentence: string, fields?: Fields): void;
  warn(sentence: string, fields?: Fields): void;
  error(sentence: string, fields?: Fields): void;
  /** Writes what waits; call it once, when there is time. */
  open(): Promise<void>;
  /** What is buffered goes out before the program ends. */
  close(): void;
}

const MAX_WAITING = 1000;

/** `name` is asked when the first line is written: by then the director knows who it is. */
export function createLog(name: () => string, terminal: boolean): Log {
  const waiting: { level: Level; sentence: string; fields: Fields; time: number }[] = [];
  let sink: Sink | undefined;
  const write = (level: Level, sentence: string, fields: Fields = {}): void => {
    const time = Date.now();
    if (sink) sink.write(level, sentence, { time, ...fields });
    else if (waiting.length < MAX_WAITING) waiting.push({ level, sentence, fields, time });
  };
  return {
    debug: (sentence, fields) => write("debug", sentence, fields),
    info: (sentence, fields) => write("info", sentence, fields),
    warn: (sentence, fields) => write("warn", sentence, fields),
    error: (sentence, fields) => write("error", sentence, fields),
    open: async () => {
      sink ??= terminal ? terminalSink() : await pinoSink(name());
      for (const line of waiting.splice(0)) {
        sink.write(line.level, line.sentence, { time: line.time, ...line.fields });
      }
    },
    close: () => {
      if (!sink) for (const line of waiting.splice(0)) process.stdout.write(`${line.sentence}\n`);
      sink?.flush();
    },
  };
}

interface Sink {
  write(level: Level, sentence: string, fields: Fields): void;
  flush(): void;
}

async function pinoSink(name: string): Promise<Sink> {
  const { default: pino } = await import("pino");
  const destination = pino.destination({ dest: 1, sync: false });
  // A reader that went away must not take the daemon with it.
  destination.on("error", () => undefined);
  const logger: Logger = pino(
    { base: { director: name }, timestamp: false, level: process.env["BATON_LOG"] ?? "info" },
    destination,
  );
  return {
    write: (level, sentence, fields) => logger[level](fields, sentence),
    flush: () => {
      try {
        destination.flushSync();
      } catch {
        // Nothing was opened yet, or nobody reads.
      }
    },
  };
}

function terminalSink(): Sink {
  return {
    write: (level, sentence, { time, ...fields }) => {
      if (level === "debug") return;
      const clock = new Date(Number(time)).toISOString().slice(11, 23);
      const details = Object.entries(fields).filter(([, value]) => value !== undefined);
      const tail = details.map(([key, value]) => ` ${key}=${String(value)}`).join("");
      process.stdout.write(`${clock} ${level.toUpperCase().padEnd(5)} ${sentence}${tail}\n`);
    },
    flush: () => undefined,
  };
}
