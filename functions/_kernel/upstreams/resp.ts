import { RedisError, type Command, type Reply } from './redis.ts';

// RESP2 (https://redis.io/docs/latest/develop/reference/protocol-spec/), as much as a pipeline of commands needs.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Encodes commands as RESP arrays of bulk strings, one after another: a pipeline. */
export function encodeCommands(commands: readonly Command[]): Uint8Array {
  const text = commands
    .map((command) => `*${command.length}\r\n${command.map((part) => `$${encoder.encode(String(part)).length}\r\n${part}\r\n`).join('')}`)
    .join('');
  return encoder.encode(text);
}

type Parsed = { reply: Reply; next: number };

function lineEnd(bytes: Uint8Array, from: number): number {
  for (let i = from; i + 1 < bytes.length; i++) if (bytes[i] === 13 && bytes[i + 1] === 10) return i;
  return -1;
}

/**
 * Reads one reply that begins at `from`; null while it is incomplete.
 * @throws SyntaxError when the bytes are not RESP2: whoever listens there is not Redis.
 */
export function parseReply(bytes: Uint8Array, from: number): Parsed | null {
  const end = lineEnd(bytes, from);
  if (end < 0) return null;
  const line = decoder.decode(bytes.subarray(from + 1, end));
  const next = end + 2;
  switch (String.fromCharCode(bytes[from]!)) {
    case '+':
      return { reply: line, next };
    case '-':
      return { reply: new RedisError(line), next };
    case ':':
      return { reply: Number(line), next };
    case '$': {
      const length = Number(line);
      if (length < 0) return { reply: null, next };
      if (bytes.length < next + length + 2) return null;
      return { reply: decoder.decode(bytes.subarray(next, next + length)), next: next + length + 2 };
    }
    case '*': {
      const replies: Reply[] = [];
      let at = next;
      for (let i = 0; i < Number(line); i++) {
        const parsed = parseReply(bytes, at);
        if (parsed === null) return null;
        replies.push(parsed.reply);
        at = parsed.next;
      }
      return { reply: Number(line) < 0 ? null : replies, next: at };
    }
    default:
      throw new SyntaxError('the answer is not RESP2');
  }
}
