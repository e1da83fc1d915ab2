import { createParser } from 'eventsource-parser';
import { expect } from 'vitest';
import { deferred, expectConformity, send, type Asked, type Fetches } from './call.ts';
import type { Bindings } from './world.ts';

/** A stream of server-sent events as it came. */
export type Events = { events: { event: string; data: unknown }[]; comments: string[]; response: Response };

/** Asks for a stream and reads it to its end. */
export async function readEvents(app: Fetches, env: Bindings, asked: Asked): Promise<Events> {
  const { context, settled } = deferred();
  const response = await send(app, env, asked, context);
  expect(response.headers.get('content-type'), String(response.status)).toContain('text/event-stream');
  const found: Events = { events: [], comments: [], response };
  const parser = createParser({
    onEvent: ({ event, data }) => found.events.push({ event: event ?? '', data: JSON.parse(data) }),
    onComment: (comment) => found.comments.push(comment),
  });
  parser.feed(await response.text());
  await settled();
  await expectConformity(asked, response, { body: null, events: found.events });
  return found;
}

/** The data of every event of a name. */
export function dataOf<T>({ events }: Events, name: string): T[] {
  return events.filter(({ event }) => event === name).map(({ data }) => data as T);
}

/** Checks that a stream ended once and for all: exactly one `done` or `error`, last. @returns its data. */
export function ending(stream: Events, name: 'done' | 'error'): unknown {
  const ends = stream.events.filter(({ event }) => event === 'done' || event === 'error');
  expect(
    ends.map(({ event }) => event),
    JSON.stringify(stream.events.slice(-3)),
  ).toEqual([name]);
  expect(stream.events.at(-1)).toBe(ends[0]);
  return ends[0]!.data;
}
