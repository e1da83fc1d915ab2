import { describe, expect, test } from 'vitest';
import { exchange, puppets, type Recorded } from './recorded.ts';
import mcp from './sessions/mcp.json' with { type: 'json' };
import openai from './sessions/openai.json' with { type: 'json' };
import { useWorld } from './world.ts';

// Sessions as the protocols' own clients had them, sent again as they were recorded: whoever has that client still has these answers.
// test/long/sessions.test.ts records them, and says when today's clients say something else.

const world = useWorld({}, puppets);

describe.each([
  ['Model Context Protocol', mcp as unknown as Recorded[]],
  ["OpenAI's protocol", openai as unknown as Recorded[]],
])('a recorded session of the %s', (_, session) => {
  test('has the same answers, one after the other', async () => {
    expect(session.length).toBeGreaterThan(4);
    for (const { request, answer } of session) {
      const { method, path, headers, body } = request;
      const again = new Request(`http://functions.test${path}`, {
        method,
        headers,
        ...(body !== null && { body: JSON.stringify(body) }),
      });
      expect((await exchange(world.env, again)).recorded.answer, `${method} ${path} ${JSON.stringify(body)}`).toEqual(answer);
    }
  });
});
