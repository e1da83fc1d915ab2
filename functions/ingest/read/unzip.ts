import { Unzip, UnzipInflate } from 'fflate';
import { UNPACKED_MAX_BYTES, ZIP_ENTRIES_MAX } from '../../_kernel/limits.ts';
import { Unreadable } from './written.ts';

/** So much is inflated at once: the most that a bomb can unpack to before it is noticed is a thousand times this. */
const STEP_BYTES = 2_048;

/**
 * Unpacks the files of a zip that `wanted` has a reader for, each in parts as they are inflated; the others are not inflated at all.
 *
 * What is unpacked is counted, not believed: a zip's own sizes can lie. @throws Unreadable past 64 MB, or 10,000 files.
 */
export function unzip(bytes: Uint8Array, wanted: (name: string) => ((part: Uint8Array, last: boolean) => void) | null): void {
  let entries = 0;
  let unpacked = 0;
  const archive = new Unzip((file) => {
    if (++entries > ZIP_ENTRIES_MAX) throw new Unreadable(`is a zip of more than ${ZIP_ENTRIES_MAX} files, which no document is`);
    const read = wanted(file.name);
    if (read === null) return;
    file.ondata = (error, part, last) => {
      if (error !== null) throw error;
      unpacked += part.length;
      if (unpacked > UNPACKED_MAX_BYTES) throw new Unreadable(`unpacks to more than ${UNPACKED_MAX_BYTES} bytes, as attacks do; split it`);
      read(part, last);
    };
    file.start();
  });
  archive.register(UnzipInflate);
  for (let at = 0; at < bytes.length; at += STEP_BYTES) archive.push(bytes.subarray(at, at + STEP_BYTES), at + STEP_BYTES >= bytes.length);
}
