import { spawn } from 'node:child_process';

/** What a run of docker came to. */
export type Ran = { code: number; out: string; err: string };
export type HowToRun = {
  /** Beside the process's own variables. */
  env?: Readonly<Record<string, string>>;
  /** Ends the run, and lets go of it even when it does not end. */
  signal?: AbortSignal;
  /** What it prints goes to whoever looks on, and not into the result. */
  shown?: boolean;
};
/** Runs `docker` with arguments. @throws Error with code ENOENT when there is none; AbortError when it was ended. */
export type Docker = (args: readonly string[], how?: HowToRun) => Promise<Ran>;

/** What stands in the way of a start, in a sentence that says what to do. */
export class ContainersError extends Error {
  override readonly name = 'ContainersError';
}

/** The docker on the path. */
export const docker: Docker = (args, { env = {}, signal, shown = false } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn('docker', args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout?.on('data', (part) => (out += String(part)));
    child.stderr?.on('data', (part) => (err += String(part)));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, out, err }));
    signal?.addEventListener('abort', () => {
      child.kill();
      // Its plugin may outlive it with the pipes in hand: nothing here waits for that.
      for (const stream of [child.stdout, child.stderr]) stream?.destroy();
      child.unref();
      reject(new DOMException('ended', 'AbortError'));
    });
  });

const INSTEAD = 'npm start runs the whole service without containers.';

/**
 * Makes sure that containers can be started at all.
 *
 * @throws ContainersError when there is no docker, no compose plugin of version 2.24 or later, or no engine that answers.
 */
export async function requireDocker(run: Docker): Promise<void> {
  let version: Ran;
  try {
    version = await run(['compose', 'version', '--short']);
  } catch {
    throw new ContainersError(`There is no docker command: install Docker Engine or Docker Desktop. ${INSTEAD}`);
  }
  const found = /(\d+)\.(\d+)/.exec(version.out);
  if (version.code !== 0 || found === null)
    throw new ContainersError(`docker has no compose plugin: install docker-compose-plugin (version 2.24 or later). ${INSTEAD}`);
  const [major, minor] = [Number(found[1]), Number(found[2])];
  if (major < 2 || (major === 2 && minor < 24))
    throw new ContainersError(`docker compose is ${version.out.trim()}: update it to 2.24 or later, which knows !override. ${INSTEAD}`);
  const engine = await run(['info', '--format', '{{.ServerVersion}}']);
  if (engine.code !== 0)
    throw new ContainersError(`No Docker engine answers: start it, or see whether you may use it (docker info). ${INSTEAD}`);
}
