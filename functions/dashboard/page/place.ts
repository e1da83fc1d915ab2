import type { ConfigResponse } from '../contract.ts';

let asked: Promise<ConfigResponse> | null = null;
let told: ConfigResponse | null = null;

/** Where the gateway is, asked once; a failure is forgotten, so that the next call asks again. */
export async function gatewayUrl(): Promise<string> {
  asked ??= fetch('/config.json').then((response) => response.json() as Promise<ConfigResponse>);
  try {
    told = await asked;
    return told.gatewayUrl;
  } catch (error) {
    asked = null;
    throw error;
  }
}

/** Whether this page is the emulator's own, whose server can break and mend stand-ins; no other is asked for it. */
export const isEmulator = (): boolean => told?.emulator === true;
