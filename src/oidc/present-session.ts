// What our own pages know of the session that carries them.

export type PresentSession = {
  readonly uid: string;
  readonly accountId: string;
  /** Seconds since 1970: when the person proved who they are; 0 when nobody knows, so that it is never fresh. */
  readonly authTime: number;
  readonly amr: readonly string[];
  readonly acr: string | undefined;
};
