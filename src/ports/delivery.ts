// Why something that leaves the house was not delivered, in words that may be stored, logged and shown to operators.

/**
 * It was not delivered now; another try may do it. The message is a sentence for the operator and holds nothing of
 * what was to be delivered, no answer text of the other side (which may repeat it) and no credentials.
 */
export class DeliveryFailed extends Error {
  override readonly name: string = 'DeliveryFailed';
}

/** The other side will never take it (SMTP 5yz, RFC 5321 §4.2.1; HTTP 4xx): trying again by itself is in vain. */
export class PermanentFailure extends DeliveryFailed {
  override readonly name = 'PermanentFailure';
}
