// Text messages to phones.

/** `to` is E.164; `text` is written in the GSM alphabet (src/lib/gsm.ts). */
export type Sms = { readonly to: string; readonly text: string };

export type SmsSender = {
  /**
   * Resolves once the gateway took the message; rejects with `DeliveryFailed` when it could not be handed over.
   * `id` names the message: sent twice under one id, it is the same message.
   */
  send(sms: Sms, id: string): Promise<void>;
};
