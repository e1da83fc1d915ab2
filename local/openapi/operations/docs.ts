import type { Operation } from '../operation.ts';

const open = { function: 'docs', tag: 'docs', method: 'get', role: null, parameters: [], codes: [] } as const;

export const docsOperations: readonly Operation[] = [
  {
    ...open,
    id: 'openapi',
    path: '/openapi.json',
    summary: 'This document',
    description: 'OpenAPI 3.1, for programs that make clients or tests of it. Open to everyone.',
    answers: {
      200: {
        description: 'The document.',
        content: {
          of: { type: 'object', required: ['openapi'], properties: { openapi: { const: '3.1.1' } } },
          example: { openapi: '3.1.1' },
        },
      },
    },
  },
  {
    ...open,
    id: 'docs',
    path: '/docs',
    summary: 'This document as a page',
    description: 'For people; it loads nothing from elsewhere and runs no script. Open to everyone.',
    answers: { 200: { description: 'The page.', content: { type: 'text/html', of: { type: 'string' }, example: '<!doctype html>…' } } },
  },
];
