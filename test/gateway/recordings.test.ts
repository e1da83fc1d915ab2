import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPlayer, type Player } from './support/kong.ts';
import { mask } from './support/mask.ts';
import { recordedTokens } from './support/tokens.ts';
import { requestText, sendRaw, type Wire } from './support/wire.ts';

type Recording = Wire & {
  config: string;
  name: string;
  request: { method: string; path: string; headers: Record<string, string>; bodyLen: number };
};

const recordings = JSON.parse(readFileSync(new URL('recordings/recordings.json', import.meta.url), 'utf8')) as Recording[];
const configs = [...new Set(recordings.map(({ config }) => config))];

/** Whether the record shows a full budget: the exchange was the first one in its window. */
function beginsWindow({ headers }: Recording): boolean {
  const value = (name: string): number => Number(headers.find(([key]) => key === name)?.[1]);
  return value('RateLimit-Remaining') === value('RateLimit-Limit') - 1;
}

function textOf({ name, request }: Recording, now: number): string {
  const token = recordedTokens(now)[name.split(' ')[1] ?? ''] ?? recordedTokens(now).ok!;
  const headers = Object.entries(request.headers).map(([key, value]): [string, string] => {
    const cut = /^(.*)\.\.\.\((\d+)\)$/.exec(value);
    return [key, cut === null ? value.replace('<jwt>', token) : 'a'.repeat(Number(cut[2]))];
  });
  const body = request.bodyLen === 2 ? '{}' : 'x'.repeat(request.bodyLen);
  return requestText(request.method, request.path, headers, body);
}

/** What was recorded, with this machine's ports in the place of the recording's. */
function expected({ status, reason, headers, body }: Recording, ports: Player['ports']): Wire {
  const here = body
    .replaceAll('127.0.0.1:18100', `127.0.0.1:${ports.echo}`)
    .replaceAll('"x-forwarded-port":"18000"', `"x-forwarded-port":"${ports.proxy}"`);
  return mask({ status, reason, headers, body: here });
}

describe.each(configs)('what Kong 3.9.1 answered with %s', (config) => {
  let player: Player;
  beforeAll(async () => {
    player = await startPlayer(config);
  }, 90_000);
  afterAll(() => player.close());

  test.each(recordings.filter((recording) => recording.config === config))(
    '$name: $request.method $request.path is $status',
    async (recording) => {
      if (beginsWindow(recording)) await player.nextWindow();
      const wire = await sendRaw(player.url, textOf(recording, player.nowSeconds()), recording.request.method);
      expect(mask(wire)).toEqual(expected(recording, player.ports));
    },
    90_000,
  );
});
