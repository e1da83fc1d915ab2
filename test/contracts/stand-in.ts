import { inject } from 'vitest';
import type { WorldAddresses } from '../functions/worlds.ts';

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
