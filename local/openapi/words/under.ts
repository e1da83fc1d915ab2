/** Words of a schema's fields, by `Schema.field`. */
export const under = (name: string, words: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(words).map(([key, text]) => [`${name}.${key}`, text]));
