import type * as z from 'zod';

function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

/** Gathers everything that is wrong with a file, so that one run names it all. */
export class Problems {
  readonly #subject: string;
  readonly #found: string[] = [];

  constructor(subject: string) {
    this.#subject = subject;
  }

  /** Notes a problem at a place such as `services[0].url` (empty for the whole file). */
  add(at: string, message: string): void {
    this.#found.push(at === '' ? message : `${at}: ${message}`);
  }

  /** Notes every issue of a failed schema check. */
  addZod(at: string, error: z.ZodError): void {
    for (const issue of error.issues) {
      const path = pathText(issue.path);
      this.add(at === '' || path === '' ? at + path : `${at}.${path}`, issue.message);
    }
  }

  error(): Error {
    return new Error(`${this.#subject} is refused:\n${this.#found.map((line) => `  - ${line}`).join('\n')}`);
  }

  /** Throws when anything was noted. */
  raise(): void {
    if (this.#found.length > 0) throw this.error();
  }
}
