// Text messages to phones.

export type Sms = { readonly to: string; readonly text: string };

export type SmsSender = {
  /** Resolves once the gateway took the message; rejects when it could not be handed over. `to` is E.164. */
  send(sms: Sms): Promise<void>;
};
