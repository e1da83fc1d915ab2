import * as z from 'zod/mini';

/**
 * 200 of `GET /config.json`: where the page finds the gateway, without a slash at its end, and whether its own server is the emulator,
 * which breaks and mends stand-ins; no other is shown a credential.
 */
export const configResponse = z.object({ gatewayUrl: z.string(), emulator: z.boolean() });
export type ConfigResponse = z.infer<typeof configResponse>;
