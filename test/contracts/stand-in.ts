import { inject } from 'vitest';
import type { WorldAddresses } from '../functions/worlds.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The addresses and names by which real servers are put under contract (`test/vitest.config.ts`). */
    realServers: Record<string, string>;
  }
}

/** The variable of a real server that is under contract in a stand-in's place; null where there is none. */
export const realServer = (variable: string): string | null => inject('realServers')[variable] ?? null;

/** A stand-in that a suite of contracts has for itself. */
export type Standing = { url: string; close(): Promise<void> };

/** Whether this test runs inside workerd, where no server can be started: there a stand-in is asked for over HTTP, as the functions' suites do. */
const isInWorkerd = navigator.userAgent === 'Cloudflare-Workers';

async function fromWorld(service: 'qdrant' | 'ollama'): Promise<Standing> {
  const worlds = inject('worlds');
  const world = (await (await fetch(worlds, { method: 'POST' })).json()) as WorldAddresses;
  return { url: world[service], close: async () => void (await fetch(`${worlds}/${world.id}`, { method: 'DELETE' })) };
}

/** Starts a Qdrant stand-in that keeps nothing. */
export async function standInQdrant(): Promise<Standing> {
  if (isInWorkerd) return fromWorld('qdrant');
  return (await import('../../local/qdrant/qdrant.ts')).startQdrant({ dataDir: null });
}

/** Starts an Ollama stand-in. */
export async function standInOllama(): Promise<Standing> {
  if (isInWorkerd) return fromWorld('ollama');
  return (await import('../../local/ollama/ollama.ts')).startOllama();
}
