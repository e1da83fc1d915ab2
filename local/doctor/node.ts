import { findingsOn, isAtLeast, type Finding } from './finding.ts';

/** The first that runs TypeScript and `node:sqlite` without flags (Node.js 22.18 changelog). */
const NODE_MIN = [22, 18] as const;
const { ok, wrong } = findingsOn('node');

/** Whether this Node can run the project. `npm run` puts the one of the lock file first, where there is one for the platform. */
export function examineNode(version: string, platform: string): Finding[] {
  if (isAtLeast(version, NODE_MIN)) return [ok(`Node ${version.replace(/^v/, '')} on ${platform}`)];
  return [
    wrong(
      `Node ${version.replace(/^v/, '')} is older than ${NODE_MIN.join('.')}`,
      `install Node ${NODE_MIN.join('.')} or newer, or run npm ci, which brings one for Linux, macOS and Windows on x64 and for Linux and macOS on arm64`,
    ),
  ];
}
