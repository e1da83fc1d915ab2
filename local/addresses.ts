import { shownUrl } from './doctor/finding.ts';
import type { Emulator } from './emulator.ts';

/** Where everything is, and what stands there: a line each. `dim` marks what stands there; passwords in URLs are not shown. */
export function addressLines(emulator: Omit<Emulator, 'close'>, controlUrl: string, dim: (text: string) => string): string[] {
  const { models, functions, dashboard } = emulator;
  const behind = (real: boolean, standIn: string) => (real ? 'your own' : standIn);
  const without = `stand-in without weights: ${models.embedding}, ${models.generation}`;
  const ports = Object.entries(functions).map(([fn, url]) => `${fn} ${new URL(url).port}`);
  const rows: [name: string, url: string, what: string][] = [
    ...(dashboard === null ? [] : [['dashboard', dashboard, 'in a browser; sign in with API_KEY of .env'] as [string, string, string]]),
    ['gateway', emulator.url, behind(emulator.gateway === 'real', 'gateway/kong.yml, as Kong 3.9 would serve it')],
    ['qdrant', emulator.qdrant.url, behind(emulator.qdrant.faults === null, 'stand-in, exact search, data in .rag/')],
    ['ollama', emulator.ollama.url, behind(emulator.ollama.faults === null, without)],
    ['redis', emulator.redis.url, behind(emulator.redis.faults === null, 'stand-in, nothing kept')],
    ['control', controlUrl, 'faults, by: npm run rag -- fault'],
    ['functions', 'http://127.0.0.1', `in workerd, for the gateway alone; ports: ${ports.join(', ')}`],
  ];
  return rows.map(([name, url, what]) => `  ${name.padEnd(9)}  ${shownUrl(url).padEnd(24)}  ${dim(what)}`);
}
