// The system that accounts come from, as long as it is still there to be asked.

export type OldSystem = {
  /**
   * What it knows of the person, in the fields of an import, if name and password are right there; `undefined` if they
   * are not. Rejects when it gave no answer that can be used; the message is for the operator's log, and holds nothing
   * of what was asked.
   */
  ask(login: string, password: string): Promise<Readonly<Record<string, unknown>> | undefined>;
};
