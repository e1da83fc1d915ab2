import * as z from 'zod/mini';

/** 200 of `GET /config.json`: where the page finds the gateway, without a slash at its end. */
export const configResponse = z.object({ gatewayUrl: z.string() });
export type ConfigResponse = z.infer<typeof configResponse>;
