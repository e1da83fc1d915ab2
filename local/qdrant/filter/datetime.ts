const DATETIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?\s*(Z|[+-]\d{2}:?(?:\d{2})?)?$/i;

/**
 * A payload date as microseconds since 1970, or null when the text is none.
 *
 * RFC 3339, and the shorter forms that Qdrant reads (no time zone is UTC; a space for `T`; a date alone). Source: Qdrant, "Payload": datetime.
 */
export function parseDatetime(text: string): number | null {
  const parts = DATETIME.exec(text.trim());
  if (parts === null) return null;
  const [, date, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = parts;
  const digits = zone.replace(':', '');
  const offset = zone.toUpperCase() === 'Z' ? 'Z' : `${digits.slice(0, 3)}:${digits.slice(3) || '00'}`;
  const ms = Date.parse(`${date}T${minutes}:${seconds}${offset}`);
  return Number.isNaN(ms) ? null : ms * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6));
}
