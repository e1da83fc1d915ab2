import { CHAT_WORDS } from './words/chat.ts';
import { REQUEST_WORDS } from './words/requests.ts';
import { RESPONSE_WORDS } from './words/responses.ts';

/** What each field of the named schemas means, by `Schema.field`; a test asks that no field is without words, and no words without field. */
export const WORDS: Readonly<Record<string, string>> = { ...REQUEST_WORDS, ...RESPONSE_WORDS, ...CHAT_WORDS };
