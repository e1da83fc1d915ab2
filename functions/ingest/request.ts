import { Failure, type FieldError } from '../_kernel/failure.ts';
import { conform, parseJson } from '../_kernel/http/parse.ts';
import { INGEST_DOCUMENTS_MAX } from '../_kernel/limits.ts';
import { contentType, ingestParameters, ingestRequest, multipartFields, rawParameters } from './contract.ts';
import { incomingOf, type Incoming } from './ingest.ts';
import { READABLE_ENDINGS, typeOfName } from '../_kernel/file-types.ts';

export type IngestCall = { collection: string; documents: Incoming[]; waitMs: number };

const ACCEPTED = new Set(['application/json', 'multipart/form-data', ...contentType.options]);
const unsupported = () =>
  new Failure({ code: 'media_type_unsupported', accepted: [...ACCEPTED, ...READABLE_ENDINGS.map((ending) => `files *${ending}`)] });
const invalid = (errors: FieldError[]) => new Failure({ code: 'invalid_request', errors });

async function multipart(header: string, bytes: Uint8Array<ArrayBuffer>): Promise<Omit<IngestCall, 'waitMs'>> {
  let form: FormData;
  try {
    form = await new Response(bytes, { headers: { 'content-type': header } }).formData();
  } catch {
    throw invalid([
      { path: '', message: 'the body is not multipart/form-data as its Content-Type says; let your client set the boundary' },
    ]);
  }
  const entries = [...form.entries()];
  const files = entries.filter((entry): entry is [string, File] => typeof entry[1] !== 'string');
  const fields = entries.filter(([, value]) => typeof value === 'string');
  const twice = fields.map(([name]) => name).filter((name, i, all) => all.indexOf(name) < i);
  if (twice.length > 0) throw invalid([...new Set(twice)].map((path) => ({ path, message: 'is given more than once; give it once' })));
  const { collection, language = null } = conform(multipartFields, Object.fromEntries(fields));
  if (files.length === 0) throw invalid([{ path: 'file', message: 'is missing; send at least one file' }]);
  if (files.length > INGEST_DOCUMENTS_MAX)
    throw invalid([{ path: 'file', message: `has more than ${INGEST_DOCUMENTS_MAX} files; send the rest in further requests` }]);
  if (files.every(([, file]) => typeOfName(file.name) === null)) throw unsupported();
  const documents = files.map(async ([, file]): Promise<Incoming> => {
    const type = typeOfName(file.name);
    if (type === null) throw invalid([{ path: file.name, message: `cannot be read; files may end in ${READABLE_ENDINGS.join(', ')}` }]);
    const content = new Uint8Array(await file.arrayBuffer());
    return { at: file.name, id: file.name, title: null, url: null, contentType: type, language, metadata: {}, content };
  });
  return { collection, documents: await Promise.all(documents) };
}

/**
 * Reads the body of `POST /ingest`: JSON, files, or one raw text.
 *
 * A file's name is its document's id, so the same file again is the same document.
 * @throws Failure `media_type_unsupported`, `invalid_request`.
 */
export async function readIngestCall(
  header: string,
  bytes: Uint8Array<ArrayBuffer>,
  parameters: Record<string, string>,
): Promise<IngestCall> {
  const type = header.split(';')[0]!.trim().toLowerCase();
  if (type === 'application/json') {
    const { wait } = conform(ingestParameters, parameters);
    const { collection, documents } = conform(ingestRequest, parseJson(bytes));
    return { collection, documents: incomingOf(documents), waitMs: wait };
  }
  if (type === 'multipart/form-data') {
    const { wait } = conform(ingestParameters, parameters);
    return { ...(await multipart(header, bytes)), waitMs: wait };
  }
  const text = contentType.safeParse(type);
  if (!text.success) throw unsupported();
  const { wait, collection, id, title, url, language } = conform(rawParameters, parameters);
  const given = { id: id ?? null, title: title ?? null, url: url ?? null, language: language ?? null };
  const one = { at: 'body', ...given, contentType: text.data, metadata: {}, content: bytes };
  return { collection, documents: [one], waitMs: wait };
}
