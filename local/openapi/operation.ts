import type * as z from 'zod/mini';
import type { FailureReason, Role } from '../../functions/_kernel/failure.ts';

export type Code = FailureReason['code'];
/** A part of JSON Schema 2020-12, which is what OpenAPI 3.1 speaks. */
export type JsonSchema = Record<string, unknown>;

export type Parameter = {
  name: string;
  in: 'path' | 'query' | 'header';
  /** What the value means; in a URL it is written as text. */
  schema: z.ZodMiniType | JsonSchema;
  description: string;
  required?: boolean;
};

/** One representation of a body. `of` names a schema of `schemas.ts`, or says it here. */
export type Content = { of: string | JsonSchema; example?: unknown; /** Of an answer; default JSON. */ type?: string };
/** A stream's events by name; each `of` names the schema of its data. */
export type Stream = { events: Readonly<Record<string, string>>; example: string };

export type Answer = {
  description: string;
  content?: Content;
  stream?: Stream;
  /** Whether `Location` says where what was made can be looked at. */
  location?: true;
};

/**
 * One operation of the service: the one place that says which path and method it has, who may call it, what it takes and every way in
 * which it answers. A test holds it against the functions' own routes.
 */
export type Operation = {
  /** Also the name of a method in a client. */
  id: string;
  function: string;
  method: 'get' | 'post' | 'delete';
  /** Below `/api/v1/rag`, with `{name}` for what stands in the path. */
  path: string;
  tag: string;
  summary: string;
  description: string;
  /** What the caller's key or token must have; null when it is open to everyone. */
  role: Role | null;
  parameters: readonly Parameter[];
  body?: { required: boolean; limitBytes: number; content: Readonly<Record<string, Content>> };
  answers: Readonly<Record<number, Answer>>;
  /** Failures of its own, beside those that every operation of its kind has (`failures.ts`). */
  codes: readonly Code[];
};

/** Where every path begins. */
export const BASE = '/api/v1/rag';
