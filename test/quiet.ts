import { beforeEach, vi } from 'vitest';

// The functions log a line a request. To hand each to the reporter took an eighth of a run's processor time, and it matters only
// beside a failure: so it is kept for as long as a test lasts, and told when that test fails.
const written = vi.spyOn(console, 'log').mockImplementation(() => {});

beforeEach(({ onTestFailed }) => {
  written.mockClear();
  onTestFailed(() => {
    // oxlint-disable-next-line no-console -- told beside the failure
    for (const line of written.mock.calls) console.info(...line);
  });
});
