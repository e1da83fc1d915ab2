import type { Table } from './arguments.ts';

type Part = { name: string; head: string; value: string };

/** A multipart body in parts, with its fields as a table of texts. Bytes are latin1 characters. */
export type Parts = { boundary: string; list: Part[]; table: Table<string> };

function boundaryOf(type: string): string | null {
  const found = /boundary=(?:"([^"]+)"|([^;\s]+))/.exec(type);
  return found?.[1] ?? found?.[2] ?? null;
}

/** Takes a `multipart/form-data` body apart (RFC 7578); null when the content type names no boundary. */
export function readParts(body: Buffer, type: string): Parts | null {
  const boundary = boundaryOf(type);
  if (boundary === null) return null;
  const list: Part[] = [];
  for (const section of body.toString('latin1').split(`--${boundary}`).slice(1)) {
    const text = section.replace(/^\r?\n/, '');
    const at = text.indexOf('\r\n\r\n');
    if (section.startsWith('--') || at < 0) continue;
    const head = text.slice(0, at);
    const name = /name="([^"]*)"/.exec(head)?.[1];
    if (name !== undefined) list.push({ name, head, value: text.slice(at + 4).replace(/\r\n$/, '') });
  }
  const table: Table<string> = {
    get: (name) => list.find((part) => part.name === name)?.value,
    set(name, value) {
      const part = { name, head: `Content-Disposition: form-data; name="${name}"`, value };
      const index = list.findIndex((each) => each.name === name);
      if (index < 0) list.push(part);
      else list[index] = part;
    },
    delete(name) {
      for (let i = list.length - 1; i >= 0; i -= 1) if (list[i]!.name === name) list.splice(i, 1);
    },
  };
  return { boundary, list, table };
}

/** Writes the parts as a body again. */
export function writeParts({ boundary, list }: Parts): Buffer {
  const parts = list.map(({ head, value }) => `--${boundary}\r\n${head}\r\n\r\n${value}\r\n`);
  return Buffer.from(`${parts.join('')}--${boundary}--\r\n`, 'latin1');
}
