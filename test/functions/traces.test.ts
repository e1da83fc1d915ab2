import { expect, test } from 'vitest';
import { connect } from '../../functions/_kernel/connect.ts';
import { readEnv } from '../../functions/_kernel/env.ts';
import { useWorld } from './world.ts';

const world = useWorld();
const context = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'vendor=t61rcWkgMzE' };

test('a job that goes on in another invocation stays in the trace of the request that began it', async () => {
  const asked: Request[] = [];
  const self = {
    async fetch(input: string, init: RequestInit) {
      asked.push(new Request(input, init));
      return new Response('{}');
    },
  };
  const { again } = connect(readEnv({ ...world.env, SELF: self }), {
    requestId: 'req-1',
    context,
    signal: new AbortController().signal,
    defer: () => {},
    atEnd: () => {},
  });
  await again!('ann', '/ingest/jobs/one');
  expect(Object.fromEntries(asked[0]!.headers)).toMatchObject({ ...context, 'x-request-id': 'req-1', 'x-consumer-custom-id': 'ann' });
});
