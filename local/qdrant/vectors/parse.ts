import type { CollectionConfig, SpaceConfig } from '../config.ts';
import { badFormat, badInput, badRequest, invalid, noVectorName, wrongDimension } from '../errors.ts';
import { infer, isInference } from '../inference.ts';
import { array, isObject, type Json, type JsonObject, required } from '../json.ts';
import { preprocess } from './dense.ts';
import type { SparseVector } from './sparse.ts';
import type { StoredVector, StoredVectors } from './stored.ts';

/** A dense vector's numbers; 400 for anything else, 422 for none. */
export function floats(value: Json): Float32Array {
  const list = array(value, 'vector');
  if (list.length === 0) throw badInput('Vector dimension error: expected dim: at least 1, got 0');
  const numbers = new Float32Array(list.length);
  for (let i = 0; i < list.length; i += 1) {
    const x = list[i];
    if (typeof x !== 'number') throw badFormat('data did not match any variant of untagged enum VectorStruct');
    numbers[i] = x;
  }
  return numbers;
}

/** Checks what needs no collection, and so comes before it is looked at: 422 for a sparse vector that is none. */
export function checkShape(vector: Json, path: string): void {
  if (Array.isArray(vector)) {
    if (vector.length === 0) throw invalid(path, 'dense vector must not be empty');
    if (vector.some((row) => Array.isArray(row) && row.length === 0)) throw invalid(`${path}.?.data`, 'all vectors must be non-empty');
    const lengths = vector.map((row) => (Array.isArray(row) ? row.length : 0));
    const other = lengths.find((length) => length !== lengths[0]);
    if (other !== undefined)
      throw invalid(`${path}.?.data`, `all vectors must have the same dimension, found vector with dimension ${other}`);
  } else if (isObject(vector)) {
    if ('indices' in vector && 'values' in vector) sparse(vector, `${path}.?.`);
    else for (const one of Object.values(vector)) checkShape(one, path);
  }
}

/** A sparse vector, sorted by index; 422 when an index is repeated or the two lists differ in length (Qdrant, "Vectors": sparse). */
export function sparse(from: JsonObject, path = ''): SparseVector {
  const indices = array(required(from, 'indices'), 'indices');
  const values = array(required(from, 'values'), 'values');
  if (indices.length !== values.length) throw invalid(`${path}values`, 'Validation error: must be the same length as indices [{}]');
  const pairs: [number, number][] = [];
  for (const [i, index] of indices.entries()) {
    const value = values[i];
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index > 0xff_ff_ff_ff || typeof value !== 'number')
      throw badFormat('data did not match any variant of untagged enum Vector');
    pairs.push([index, value]);
  }
  pairs.sort((a, b) => a[0] - b[0]);
  if (pairs.some(([index], i) => i > 0 && pairs[i - 1]?.[0] === index))
    throw invalid(`${path}indices`, 'Validation error: must be unique [{}]');
  return { indices: Uint32Array.from(pairs, ([index]) => index), values: Float32Array.from(pairs, ([, value]) => value) };
}

/** One vector for a space, checked against it and preprocessed as it is kept: 400 on a wrong kind or dimension. */
export function vectorFor(space: SpaceConfig, value: Json): StoredVector {
  if (isObject(value)) {
    const vector = isInference(value) ? infer(value, 'document') : sparse(value);
    if (space.kind !== 'sparse') throw badInput('Conversion between sparse and regular vectors failed');
    return { kind: 'sparse', ...vector };
  }
  if (space.kind === 'sparse') throw badInput('Conversion between sparse and regular vectors failed');
  const list = array(value, 'vector');
  if (Array.isArray(list[0])) {
    const rows = list.map((row) => floats(row));
    if (space.kind !== 'multi') {
      if (rows.length !== 1) throw badInput('Conversion between multi and regular vectors failed');
      return { kind: 'dense', data: checked(space, rows[0] ?? new Float32Array()) };
    }
    return { kind: 'multi', rows: rows.map((row) => checked(space, row)) };
  }
  const row = checked(space, floats(list));
  return space.kind === 'multi' ? { kind: 'multi', rows: [row] } : { kind: 'dense', data: row };
}

function checked(space: Exclude<SpaceConfig, { kind: 'sparse' }>, vector: Float32Array): Float32Array {
  if (vector.length !== space.dim) throw wrongDimension(space.dim, vector.length);
  return preprocess(space.distance, asDatatype(space.datatype, vector));
}

/** Numbers as their storage keeps them: whole and within 0–255, or with 16 bits (Qdrant, "Vectors": datatypes). */
function asDatatype(datatype: 'float32' | 'float16' | 'uint8', vector: Float32Array): Float32Array {
  if (datatype === 'uint8') return vector.map((x) => Math.min(255, Math.max(0, Math.trunc(x))));
  return datatype === 'float16' ? Float32Array.from(Float16Array.from(vector)) : vector;
}

/** The space of a name: 400 when the collection does not have it. */
export function spaceOf(config: CollectionConfig, name: string): SpaceConfig {
  const space = config.spaces.get(name);
  if (space === undefined) throw noVectorName(name);
  return space;
}

/** A point's `vector`: a list for the unnamed one, else an object by name. */
export function vectorStruct(config: CollectionConfig, value: Json): StoredVectors {
  if (isInference(value)) throw badRequest('Sparse vector from document inference should be named');
  if (isObject(value)) {
    const entries = Object.entries(value).filter(([, vector]) => vector !== null);
    return new Map(entries.map(([name, vector]) => [name, vectorFor(spaceOf(config, name), vector)]));
  }
  if (!Array.isArray(value)) throw badFormat('data did not match any variant of untagged enum VectorStruct');
  return new Map([['', vectorFor(spaceOf(config, ''), value)]]);
}
