// Why the removal of an authenticator app ends by itself, in the sentences that the audit log and the API give.

/** Each has its words for the console under `admin.removals.obstacle`. */
export const removalObstacles = {
  account_inactive: 'the account is not active',
  email_changed: 'the e-mail address has changed meanwhile',
  other_factor: 'it is not the same second factor',
  factor_used: 'a second factor was used meanwhile',
  staff_changed: 'who asked or approved may no longer do it',
} as const;
export type RemovalObstacle = keyof typeof removalObstacles;

/** Which of them a sentence is; `undefined` when a person wrote it. */
export const obstacleOf = (said: string): RemovalObstacle | undefined =>
  (Object.keys(removalObstacles) as RemovalObstacle[]).find((key) => removalObstacles[key] === said);
