/** Loads a kernel module through the system's modprobe, once and bounded. */

const TIME_LIMIT_MS = 5000;
const MAX_OUTPUT = 4096;
/** A service manager's or user's PATH may lack the directories of system tools. */
const PATH = "/usr/sbin:/usr/bin:/sbin:/bin";

/** Undefined where it succeeded, else what modprobe said. */
export async function loadModule(name: string): Promise<string | undefined> {
  // Hardly ever needed, and loading it is a twentieth of a whole start.
  const { execFile } = await import("node:child_process");
  const options = { timeout: TIME_LIMIT_MS, maxBuffer: MAX_OUTPUT, env: { PATH } };
  return new Promise((resolve) => {
    execFile("modprobe", ["--", name], options, (error, _stdout, stderr) => {
      if (!error) return resolve(undefined);
      const said = stderr.trim().split("\n")[0];
      resolve(said ? said : `modprobe ${name}: ${error.message}`);
    });
  });
}
