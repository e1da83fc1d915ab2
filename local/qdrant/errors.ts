/** An answer other than 200: the status and the sentence that Qdrant puts in `status.error`. */
export class QdrantError extends Error {
  override readonly name = 'QdrantError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

// The prefixes and statuses are those of lib/storage/src/content_manager/errors.rs and src/actix/helpers.rs, Qdrant 1.19.

/** 400: the request is understood and does not fit the collection. */
export const badInput = (what: string): QdrantError => new QdrantError(400, `Wrong input: ${what}`);
/** 400: the request makes no sense as it stands. */
export const badRequest = (what: string): QdrantError => new QdrantError(400, `Bad request: ${what}`);
/** 400: the JSON is not of the request's shape. */
export const badFormat = (what: string): QdrantError => new QdrantError(400, `Format error in JSON body: ${what}`);
/** 404. */
export const notFound = (what: string): QdrantError => new QdrantError(404, `Not found: ${what}`);
/** 501: Qdrant can, the stand-in cannot; no status of Qdrant's own, so that nobody takes it for one. */
export const notInStandIn = (what: string): QdrantError =>
  new QdrantError(501, `Not in the stand-in: ${what}. A real Qdrant 1.19 has it; set QDRANT_URL to one.`);
/** 404 for a collection, in Qdrant's words. */
export const noCollection = (name: string): QdrantError => notFound(`Collection \`${name}\` doesn't exist!`);
/** 409. */
export const alreadyExists = (what: string): QdrantError => new QdrantError(409, `Wrong input: ${what}`);
/** 422: a value is out of its range; `where` is `JSON body`, `query parameters` or `path parameters`. */
export const invalid = (field: string, problem: string, where = 'JSON body'): QdrantError =>
  new QdrantError(422, `Validation error in ${where}: [${field}: ${problem}]`);
/** 400: strict mode forbids it. */
export const strictMode = (problem: string, help: string): QdrantError => badRequest(`${problem}. Help: ${help}`);
/** 400: a vector of the wrong size. */
export const wrongDimension = (expected: number, got: number): QdrantError =>
  badInput(`Vector dimension error: expected dim: ${expected}, got ${got}`);
/** 400: a vector name that the collection does not have. */
export const noVectorName = (name: string): QdrantError => badInput(`Not existing vector name error: ${name}`);
/** 404: a point that an operation needs is not there. */
export const noPoint = (id: number | string): QdrantError => notFound(`No point with id ${id} found`);
