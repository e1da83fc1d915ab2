/** A file that takes the place of a document: the same document is the one that has the same name. */
export const replaced = (id: string, file: File): File => new File([file], id, { type: file.type });
