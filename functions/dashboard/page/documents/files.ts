/** What the service can read, by the end of a file's name. */
export const READABLE = ['.md', '.mdx', '.txt', '.html', '.htm', '.pdf', '.docx', '.json', '.jsonl', '.csv'];

/** Half of what one request may hold, so that a form's own lines never matter. */
const BATCH_BYTES = 8_388_608;
/** A job each, so that progress shows early. */
const BATCH_FILES = 200;
/** More than this in one request is refused. */
const FILE_BYTES = 16_777_216 - 4_096;

export type Sorted = { batches: File[][]; refused: { documentId: string; code: string; detail: string }[] };

/** The name under which a file becomes a document: its path within the folder that was chosen, or its own. */
export const nameOf = (file: File): string => file.webkitRelativePath || file.name;

/** Cuts files into requests that the service accepts; what it never would is refused here, before it is sent. */
export function sortFiles(files: readonly File[]): Sorted {
  const sorted: Sorted = { batches: [], refused: [] };
  let bytes = Infinity;
  for (const file of files) {
    const documentId = nameOf(file);
    const extension = /\.[^./\\]+$/.exec(documentId)?.[0].toLowerCase() ?? '';
    if (!READABLE.includes(extension)) {
      sorted.refused.push({ documentId, code: 'media_type_unsupported', detail: `It is none of ${READABLE.join(', ')}.` });
    } else if (file.size > FILE_BYTES) {
      sorted.refused.push({ documentId, code: 'body_too_large', detail: 'It is larger than 16 MB; split it.' });
    } else {
      if (bytes + file.size > BATCH_BYTES || sorted.batches.at(-1)!.length === BATCH_FILES) {
        sorted.batches.push([]);
        bytes = 0;
      }
      sorted.batches.at(-1)!.push(file);
      bytes += file.size;
    }
  }
  return sorted;
}

/** Every file below an entry that was dropped; a browser gives a folder's in pieces of a hundred. */
async function below(entry: FileSystemEntry, path: string): Promise<File[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [new File([file], path + file.name, { type: file.type, lastModified: file.lastModified })];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: File[] = [];
  for (;;) {
    const piece = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (piece.length === 0) return found;
    for (const one of piece) if (!one.name.startsWith('.')) found.push(...(await below(one, `${path}${entry.name}/`)));
  }
}

/** The files of a drop, folders and all; hidden ones are left out. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  // The list is emptied as soon as the event is over: entries are taken at once.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return [...transfer.files];
  return (await Promise.all(entries.map((entry) => below(entry, '')))).flat();
}
