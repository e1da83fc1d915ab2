import type { IncomingMessage } from 'node:http';
import { findModel, type Model } from './models.ts';

/** A refusal with the status and the words of the real server. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export type Body = Record<string, unknown>;

/** Reads a JSON object, or refuses as Go's decoder does. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const pieces: Buffer[] = [];
  for await (const piece of request) if (piece instanceof Buffer) pieces.push(piece);
  const text = Buffer.concat(pieces).toString('utf8');
  if (text.trim() === '') throw new Refusal(400, 'missing request body');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refusal(400, `invalid character '${text.trim()[0] ?? ''}' looking for beginning of value`);
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Refusal(400, `json: cannot unmarshal ${Array.isArray(body) ? 'array' : typeof body} into Go value of type api.Request`);
  return { ...body };
}

function mismatch(field: string, value: unknown, type: string): Refusal {
  const found = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return new Refusal(400, `json: cannot unmarshal ${found} into Go struct field Request.${field} of type ${type}`);
}

/** A field that is a string, or absent (empty). */
export function textField(body: Body, field: string): string {
  const value = body[field] ?? '';
  if (typeof value !== 'string') throw mismatch(field, value, 'string');
  return value;
}

/** A field that is true or false, or absent. */
export function flagField(body: Body, field: string, absent: boolean): boolean {
  const value = body[field] ?? absent;
  if (typeof value !== 'boolean') throw mismatch(field, value, 'bool');
  return value;
}

/** A whole number of `options`, or of the body, or absent. */
export function numberField(body: Body, field: string): number | null {
  const value = body[field] ?? null;
  if (value === null) return null;
  if (typeof value !== 'number') throw mismatch(field, value, 'int');
  return Math.trunc(value);
}

export function optionsField(body: Body): Body {
  const value = body['options'] ?? {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw mismatch('options', value, 'map[string]interface {}');
  return { ...value };
}

/** `format`: a JSON schema, or null for none; the word `json` asks for any object that holds the answer. */
export function formatField(body: Body): Body | null {
  const value = body['format'] ?? '';
  if (value === '') return null;
  if (value === 'json') return { type: 'object', properties: { answer: { type: 'string' } } };
  if (typeof value !== 'object' || Array.isArray(value))
    throw new Refusal(400, `invalid format: ${JSON.stringify(value)}; expected "json" or a valid JSON Schema object`);
  return { ...value };
}

/** The model of a name. @throws Refusal 404 for any other. */
export function knownModel(name: string): Model {
  const model = findModel(name);
  if (model === null) throw new Refusal(404, `model '${name}' not found`);
  return model;
}

/** The embedding routes learn from the scheduler that a model is missing, and so say it in other words than the others. */
export function missing(name: string): Refusal {
  return name === '' ? new Refusal(400, 'invalid model name') : new Refusal(404, `model "${name}" not found, try pulling it first`);
}

/** What no model here can do is refused (server/routes.go, `ChatHandler`; server/images.go, `CheckCapabilities`). */
export function refuseAbilities(body: Body, name: string, model: Model): void {
  if (body['think'] === true || (typeof body['think'] === 'string' && body['think'] !== ''))
    throw new Refusal(400, `${JSON.stringify(name)} does not support thinking`);
  if (Array.isArray(body['tools']) && body['tools'].length > 0)
    throw new Refusal(400, `registry.ollama.ai/library/${model.name}:latest does not support tools`);
}

/** Go's units of time (`time.ParseDuration`), in milliseconds. */
const UNIT_MS: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
const DURATION_PART = /(\d+\.?\d*|\.\d+)([^\d.]*)/y;
const KEEP_ALIVE_DEFAULT_MS = 300_000;

/** A duration as Go reads it: `5m`, `1h30m`, `1.5s`, `-1m`, or 0 without a unit. */
function goDuration(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const rest = text.replace(/^[-+]/, '');
  if (rest === '0') return 0;
  let sum = 0;
  let at = 0;
  while (at < rest.length || at === 0) {
    DURATION_PART.lastIndex = at;
    const [part, amount = '', unit = ''] = DURATION_PART.exec(rest) ?? [];
    if (part === undefined) throw new Refusal(400, `time: invalid duration ${JSON.stringify(text)}`);
    if (unit === '') throw new Refusal(400, `time: missing unit in duration ${JSON.stringify(text)}`);
    const unitMs = UNIT_MS[unit];
    if (unitMs === undefined) throw new Refusal(400, `time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`);
    sum += Number(amount) * unitMs;
    at += part.length;
  }
  return sign * sum;
}

/** `keep_alive` in milliseconds: seconds as a number, or a duration such as `5m`; negative is for ever. Default 5 minutes. */
export function keepAliveField(body: Body): number {
  const value = body['keep_alive'];
  if (value === undefined || value === null) return KEEP_ALIVE_DEFAULT_MS;
  if (typeof value !== 'number' && typeof value !== 'string') throw mismatch('keep_alive', value, 'api.Duration');
  const ms = typeof value === 'number' ? value * 1_000 : goDuration(value);
  return ms < 0 ? Infinity : ms;
}
