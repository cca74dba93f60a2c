// Help with a new password: a button that makes one up, and a word on how hard it is to guess. Without it the form works
// just as well; what counts is judged by the server.

'use strict';

/** No characters that are taken for one another. */
const alphabet = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const GROUPS = 5;
const GROUP_LENGTH = 5;

/** Evenly drawn: numbers that would make some characters likelier are drawn again. */
function randomBelow(count) {
  const most = 256 - (256 % count);
  const bytes = new Uint8Array(1);
  do crypto.getRandomValues(bytes);
  while (bytes[0] >= most);
  return bytes[0] % count;
}

const randomGroup = () =>
  Array.from({ length: GROUP_LENGTH }, () => alphabet[randomBelow(alphabet.length)]).join('');

/** Twenty-five characters, 145 bits, in groups that can be read out. */
const randomPassword = () => Array.from({ length: GROUPS }, randomGroup).join('-');

/** A few of those that are tried first, and the ways over a keyboard; the server knows more. */
const common = ['password', 'heslo', 'qwert', 'asdf', 'yxcv', 'zxcv', '1234', '4321', 'abcd', 'admin', 'letmein', 'iloveyou', 'welcome', 'tajne']; // prettier-ignore

/**
 * 0 too short, 1 weak, 2 fair, 3 good, 4 strong. A rough measure: the characters that add something, of how many kinds
 * they are, and nothing for pieces that attackers know.
 */
function strengthOf(password, least, words) {
  const points = [...password.normalize('NFC')];
  if (points.length < least) return 0;
  let rest = password.toLowerCase();
  for (const word of [...words, ...common])
    if (word.length > 2) rest = rest.replaceAll(word.toLowerCase(), '*');
  rest = rest.replaceAll(/(.)\1+/gu, '$1').replaceAll(/(.{2,4})\1+/gu, '$1');
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u].filter((kind) =>
    kind.test(password),
  ).length;
  const score = Math.min([...rest].length, new Set(rest).size * 2) + kinds;
  return score < 12 ? 1 : score < 17 ? 2 : score < 22 ? 3 : 4;
}

function addTools(input) {
  const tools = input.closest('.field').querySelector('.password-tools');
  const says = ['short', 'weak', 'fair', 'good', 'strong'].map((name) => tools.dataset[name]);
  const words = tools.dataset.words.split('\n');
  const [meter, level, made] = [
    '.password-tools__meter',
    '.password-tools__level',
    '.password-tools__made',
  ].map((name) => tools.querySelector(name));
  const least = Number(tools.dataset.least);

  const update = () => {
    const strength = strengthOf(input.value, least, words);
    const text = input.value === '' ? '' : says[strength];
    meter.value = input.value === '' ? 0 : strength;
    // Said once, not at every letter.
    if (level.textContent !== text) level.textContent = text;
  };

  const button = tools.querySelector('button');
  button.addEventListener('click', () => {
    const password = randomPassword();
    for (const field of input.form.querySelectorAll('input[autocomplete="new-password"]')) {
      field.value = password;
      // It is to be seen and kept.
      if (field.type === 'password') field.parentElement.querySelector('.field__toggle')?.click();
    }
    update();
    made.textContent = tools.dataset.made;
    input.focus();
    input.select();
  });
  input.addEventListener('input', () => {
    made.textContent = '';
    update();
  });
  tools.hidden = false;
  update();
}

for (const input of document.querySelectorAll('input[data-new-password]')) addTools(input);
