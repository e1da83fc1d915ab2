// What a file's name promises: the one list, for the service, the client, the command line and the page.

const BY_ENDING = {
  '.md': 'text/markdown',
  '.markdown': 'text/markdown',
  '.mdx': 'text/markdown',
  '.txt': 'text/plain',
  '.html': 'text/html',
  '.htm': 'text/html',
  '.pdf': 'application/pdf',
  '.docx': 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  '.json': 'application/json',
  '.jsonl': 'application/x-ndjson',
  '.ndjson': 'application/x-ndjson',
  '.csv': 'text/csv',
} as const;
type Ending = keyof typeof BY_ENDING;

/** Ends of file names that can be read. */
export const READABLE_ENDINGS = Object.keys(BY_ENDING) as Ending[];

/** The content type that a file's name promises; null for one that cannot be read. */
export function typeOfName(name: string): (typeof BY_ENDING)[Ending] | null {
  const ending = /\.[^./\\]+$/.exec(name)?.[0].toLowerCase();
  const known = READABLE_ENDINGS.find((one) => one === ending);
  return known === undefined ? null : BY_ENDING[known];
}
