import { READABLE_ENDINGS, typeOfName } from '../file-types.ts';
import { CLIENT_BATCH_BYTES, CLIENT_BATCH_FILES, CLIENT_FORM_BYTES, INGEST_BODY_MAX_BYTES } from '../limits.ts';
import type { Job } from './types.ts';

const FILE_MAX_BYTES = INGEST_BODY_MAX_BYTES - CLIENT_FORM_BYTES;

/**
 * Cuts files into requests that the service accepts, in their order; what it never would is refused with the reason, before it is sent.
 *
 * @param of the name under which a file becomes a document, and its size.
 */
export function batches<F>(
  files: readonly F[],
  of: (file: F) => { name: string; bytes: number },
): { batches: F[][]; refused: Job['failures'] } {
  const cut: F[][] = [];
  const refused: Job['failures'] = [];
  let room = -1;
  for (const file of files) {
    const { name: documentId, bytes } = of(file);
    if (typeOfName(documentId) === null) {
      refused.push({ documentId, code: 'media_type_unsupported', detail: `It is none of ${READABLE_ENDINGS.join(', ')}.` });
    } else if (bytes > FILE_MAX_BYTES) {
      refused.push({ documentId, code: 'body_too_large', detail: `It is larger than ${FILE_MAX_BYTES} bytes; split it.` });
    } else {
      if (bytes > room || cut.at(-1)!.length === CLIENT_BATCH_FILES) {
        cut.push([]);
        room = CLIENT_BATCH_BYTES;
      }
      cut.at(-1)!.push(file);
      room -= bytes;
    }
  }
  return { batches: cut, refused };
}
