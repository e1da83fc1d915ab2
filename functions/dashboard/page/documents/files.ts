/** The name under which a file becomes a document: its path within the folder that was chosen, or its own. */
export const nameOf = (file: File): string => file.webkitRelativePath || file.name;

/** Whether a path leads through something hidden: what a tool keeps for itself, such as `.git`. */
export const isHidden = (path: string): boolean => /(?:^|\/)\.[^/]/.test(path);

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
    for (const one of piece) if (!isHidden(one.name)) found.push(...(await below(one, `${path}${entry.name}/`)));
  }
}

/** The files of a drop, folders and all; hidden ones are left out. */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  // The list is emptied as soon as the event is over: entries are taken at once.
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return [...transfer.files];
  return (await Promise.all(entries.map((entry) => below(entry, '')))).flat();
}
