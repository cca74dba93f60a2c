// Looks for the number that a challenge hides, away from the page so that typing stays smooth.

'use strict';

const encoder = new TextEncoder();
const hexOf = (buffer) =>
  Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, '0')).join('');

async function search({ algorithm, challenge, salt, maxnumber }) {
  for (let number = 0; number <= maxnumber; number += 1) {
    const hash = await crypto.subtle.digest(algorithm, encoder.encode(salt + number));
    if (hexOf(hash) === challenge) return number;
  }
  return undefined;
}

addEventListener('message', ({ data }) => {
  search(data).then(postMessage, () => postMessage(undefined));
});
