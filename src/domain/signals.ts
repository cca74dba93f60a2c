// What happens while people sign in, told inside this process to whoever counts it or passes it on. Nobody who signs in
// waits for that or fails by it.

/** An attempt at an account, a sign-in from a new place, sessions that ended, guesses that have to wait. */
export type Signal =
  | {
      readonly kind: 'attempt';
      readonly accountId: string;
      readonly result: 'signed_in' | 'refused';
      readonly reason?: string | undefined;
      readonly methods: readonly string[];
      readonly clientId: string;
      readonly address?: string | undefined;
      readonly upstream?: string | undefined;
      /** One of a flood, which the history keeps only samples of. */
      readonly isSpared: boolean;
    }
  | {
      readonly kind: 'new_device';
      readonly accountId: string;
      readonly clientId: string;
      readonly address?: string | undefined;
      /** What was not seen before. */
      readonly isNewBrowser: boolean;
      readonly isNewNetwork: boolean;
    }
  | { readonly kind: 'sessions_ended'; readonly accountId: string; readonly count: number }
  /** A code by text message: sent, or held back because all together have had enough. */
  | { readonly kind: 'text'; readonly isHeld: boolean }
  /** Guesses from this address have to wait; the name that was typed may be nobody's. */
  | { readonly kind: 'throttled'; readonly address?: string | undefined };

/** Hears signals; must neither throw nor take long. */
export type SignalListener = (signal: Signal) => void;

/** Passes signals on. */
export function createSignals() {
  const listeners: SignalListener[] = [];
  return {
    emit(signal: Signal): void {
      for (const listen of listeners) listen(signal);
    },
    on(listener: SignalListener): void {
      listeners.push(listener);
    },
  };
}

export type Signals = ReturnType<typeof createSignals>;
