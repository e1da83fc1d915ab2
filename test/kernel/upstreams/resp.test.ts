import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RedisError, type Reply } from '../../../functions/_kernel/upstreams/redis.ts';
import { encodeCommands, parseReply } from '../../../functions/_kernel/upstreams/resp.ts';

const encode = (text: string) => new TextEncoder().encode(text);
/** Replies as a server writes them. */
function wire(reply: Reply): string {
  if (reply === null) return '$-1\r\n';
  if (typeof reply === 'number') return `:${reply}\r\n`;
  if (reply instanceof RedisError) return `-${reply.message}\r\n`;
  if (Array.isArray(reply)) return `*${reply.length}\r\n${reply.map(wire).join('')}`;
  return `$${encode(reply).length}\r\n${reply}\r\n`;
}
const { reply: anyReply } = fc.letrec<{ reply: Reply }>((tie) => ({
  reply: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'grapheme' }),
    fc.integer(),
    fc.constant(null),
    fc.constantFrom('ERR no', 'NOSCRIPT none', 'LOADING').map((message) => new RedisError(message)),
    fc.array(tie('reply'), { maxLength: 4 }),
  ),
}));

describe('parseReply', () => {
  test('a reply cut at any byte is incomplete, and whole it is what was sent, and nothing of what follows', () => {
    fc.assert(
      fc.property(anyReply, (reply) => {
        const bytes = encode(wire(reply));
        for (let length = 0; length < bytes.length; length++) expect(parseReply(bytes.slice(0, length), 0)).toBeNull();
        expect(parseReply(encode(`${wire(reply)}+NEXT\r\n`), 0)).toEqual({ reply, next: bytes.length });
      }),
      { numRuns: 60 },
    );
  });

  test.each([
    ['+OK\r\n', 'OK'],
    ['+\r\n', ''],
    ['$0\r\n\r\n', ''],
    ['$-1\r\n', null],
    ['*-1\r\n', null],
    ['*0\r\n', []],
    ['*2\r\n*1\r\n:1\r\n$-1\r\n', [[1], null]],
    ['$6\r\na\r\nb\r\n\r\n', 'a\r\nb\r\n'],
    [':-42\r\n', -42],
  ])('%j is %j', (text, reply) => {
    expect(parseReply(encode(text), 0)).toEqual({ reply, next: encode(text).length });
  });

  test('an error is a value, so that it hides no other reply of the pipeline', () => {
    expect(parseReply(encode('-WRONGTYPE no\r\n'), 0)?.reply).toEqual(new RedisError('WRONGTYPE no'));
    expect(parseReply(encode('*2\r\n-ERR x\r\n+OK\r\n'), 0)?.reply).toEqual([new RedisError('ERR x'), 'OK']);
  });

  test.each(['HTTP/1.1 400 Bad Request\r\n', '{"error":1}\r\n', '\u0016\u0003\u0001\r\n'])('%j is not RESP, and said so', (text) => {
    expect(() => parseReply(encode(text), 0)).toThrow(SyntaxError);
  });
});

describe('encodeCommands', () => {
  test('a command is read back as the array of its parts, counted in bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), { minLength: 1, maxLength: 4 }), (commands) => {
        const bytes = encodeCommands(commands);
        let at = 0;
        for (const command of commands) {
          const parsed = parseReply(bytes, at);
          expect(parsed?.reply).toEqual(command);
          at = parsed!.next;
        }
        expect(at).toBe(bytes.length);
      }),
    );
  });

  test('line ends in a part are data, not another command', () => {
    expect(parseReply(encodeCommands([['SET', 'k', 'x\r\n*1\r\n$8\r\nFLUSHALL\r\n']]), 0)?.reply).toEqual([
      'SET',
      'k',
      'x\r\n*1\r\n$8\r\nFLUSHALL\r\n',
    ]);
  });
});
