import manifest from '../../package.json' with { type: 'json' };

/** The service's version, as its package has it. */
export const version: string = manifest.version;
