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

/** A parameter for each field of a contract, none of which may be without words; the compiler sees to it. */
export const parametersOf = <S extends Readonly<Record<string, Parameter['schema']>>>(
  shape: S,
  place: 'query' | 'header',
  words: Readonly<Record<keyof S & string, string>>,
): Parameter[] => Object.entries(words).map(([name, description]) => ({ name, in: place, schema: shape[name]!, description }));

/** One representation of a body. `of` names a schema of `schemas.ts`, or says it here. */
export type Content = { of: string | JsonSchema; example?: unknown; /** Of an answer; default JSON. */ type?: string };
/** A stream's events by name, each with the name of its data's schema; or without names, as the list of what their data may be. */
export type Stream = { events: Readonly<Record<string, string>> | readonly (string | JsonSchema)[]; example: string };

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
  /** Below `base`, with `{name}` for what stands in the path. */
  path: string;
  /** Where its path begins, when that is not `BASE`. */
  base?: string;
  /** The protocol in whose words it refuses, when these are not problems: OpenAI's errors, or JSON-RPC's of what breaks that protocol. */
  speaks?: 'openai' | 'json-rpc';
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

/** Where the paths of the service's own operations begin. */
export const BASE = '/api/v1/rag';
