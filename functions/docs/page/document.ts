// As much of OpenAPI 3.1 as the page reads.

export type Reference = { $ref: string };
export type Schema = {
  $ref?: string;
  type?: string | readonly string[];
  description?: string;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  additionalProperties?: boolean | Schema;
  contentSchema?: Schema;
  enum?: readonly unknown[];
  const?: unknown;
  default?: unknown;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
};
export type Media = { schema?: Schema; example?: unknown; examples?: Readonly<Record<string, { value: unknown }>> };
export type Contents = Readonly<Record<string, Media>>;
export type Parameter = { name: string; in: string; required?: boolean; description?: string; schema?: Schema };
export type Header = { description?: string };
export type Response = { description: string; headers?: Readonly<Record<string, Reference | Header>>; content?: Contents };
export type Operation = {
  operationId: string;
  tags: readonly string[];
  summary: string;
  description: string;
  /** Where its path begins, when that is not where the others do. */
  servers?: readonly { url: string }[];
  security: readonly Readonly<Record<string, readonly string[]>>[];
  parameters: readonly (Parameter | Reference)[];
  requestBody?: { required: boolean; description?: string; content: Contents };
  responses: Readonly<Record<string, Response | Reference>>;
};
export type OpenApi = {
  info: { title: string; version: string; summary: string; description: string };
  servers: readonly { url: string }[];
  tags: readonly { name: string; description: string }[];
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  components: {
    schemas: Readonly<Record<string, Schema>>;
    responses: Readonly<Record<string, Response>>;
    parameters: Readonly<Record<string, Parameter>>;
    headers: Readonly<Record<string, Header>>;
    securitySchemes: Readonly<Record<string, { type: string; name?: string; scheme?: string; description?: string }>>;
  };
};

/** The last part of a reference, which is a component's name. */
export const nameOf = ({ $ref }: Reference): string => $ref.slice($ref.lastIndexOf('/') + 1);
