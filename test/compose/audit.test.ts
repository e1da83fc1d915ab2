import { expect, test } from 'vitest';
import { judge } from '../../compose/audit.ts';

const metadata = { dependencies: { prod: 42 } };

test('a registry that answers audits with an error was not asked: that is neither clean nor not', () => {
  const answer = { message: '405 Method Not Allowed - POST /-/npm/v1/security/advisories/bulk', statusCode: 405, body: '', error: {} };
  expect(judge(JSON.stringify(answer))).toEqual({ clean: null, said: expect.stringContaining('nothing is known: 405 Method Not Allowed') });
  expect(judge('').clean).toBeNull();
  expect(judge('npm error network').clean).toBeNull();
});

test('no advisory is clean, and says of how many packages', () => {
  const { clean, said } = judge(JSON.stringify({ vulnerabilities: {}, metadata }));
  expect({ clean, said }).toEqual({ clean: true, said: 'Clean: no advisory for the 42 packages that are shipped.' });
});

test('an advisory is told with its package, range and severity', () => {
  const vulnerabilities = { left: { severity: 'high', range: '<1.3.0', fixAvailable: true } };
  expect(judge(JSON.stringify({ vulnerabilities, metadata }))).toEqual({
    clean: false,
    said: 'Advisories for packages that are shipped:\n  left <1.3.0: high, npm audit fix mends it',
  });
});
