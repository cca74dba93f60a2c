// What a person pastes, told apart: an SSH key, a GPG key, or something that must not be kept. A private key is known
// before anything else is done with the text.

import { readGpgKey } from './gpg-key.ts';
import { refuse, type KeyOutcome } from './key-problems.ts';
import { readSshKey } from './ssh-key.ts';

/** PEM, OpenSSH, PGP, SSH.com and PuTTY say so in words; the last is an OpenSSH file without its armor. */
const PRIVATE = /PRIVATE KEY|PuTTY-User-Key-File|SSHv2-secret|AGE-SECRET-KEY|b3BlbnNzaC1rZXktdjE/i;

/** Whether a text holds a private key: the person is warned, and it goes no further. */
export const holdsPrivateKey = (typed: string): boolean => PRIVATE.test(typed);

/** Reads a public key of either kind. */
export function readPublicKey(typed: string): KeyOutcome {
  if (holdsPrivateKey(typed)) return refuse('private_key');
  const text = typed.trim();
  if (text === '' || text.includes('\0')) return refuse('not_a_key');
  return text.startsWith('-----BEGIN PGP') ? readGpgKey(text) : readSshKey(text);
}
