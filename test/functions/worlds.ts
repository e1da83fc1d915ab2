import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where worlds are made and steered; a test inside workerd cannot hold a server, so it asks for one over HTTP. */
    worlds: string;
    /** Of the writes of a worker that dies, every how many-eth it dies at. */
    deathStep: number;
    /** How many random cases a property over whole searches is tried with. */
    propertyRuns: number;
  }
}

export type Service = 'redis' | 'qdrant' | 'ollama';
/** What a world may be told at its start: how slowly its models work, and whether its writers obey the passages (`puppet.ts`). */
export type WorldOptions = { wordMs?: number; coldLoadMs?: number; puppet?: boolean };
export type WorldAddresses = { id: string } & Record<Service, string>;

/** Starts what makes worlds: a Redis, a Qdrant and an Ollama for each suite, so that none sees another's breakers or data. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const child = fork(fileURLToPath(new URL('world-server.ts', import.meta.url)), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const [address] = (await once(child, 'message')) as [string];
  project.provide('worlds', address);
  return async () => {
    const gone = once(child, 'exit');
    child.disconnect();
    await gone;
  };
}
