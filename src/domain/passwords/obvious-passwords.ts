// What attackers try first, and how it is recognised with digits around it, letters swapped for signs, or said twice:
// a short list of words and keyboard walks instead of a long one of their thousands of forms.

import { comparableName } from '../accounts/accounts.ts';

/** Bare words: lower case, letters and digits only. English and Czech, as leaked lists have them on top. */
const words = new Set(
  `password passwort passw passwd pass heslo mojeheslo tajneheslo tajne nevim neznam vstup vitej vitejte welcome letmein
  login admin administrator administrace spravce root toor user uzivatel guest host test tester testing testovani zkouska
  demo sample changeme zmenma change default secret tajemstvi private master access abc abcd abcde abcdef qwerty qwertz
  qwertyuiop qwertzuiop asdf asdfgh asdfghjkl yxcvbnm zxcvbn zxcvbnm azerty iloveyou ilovey loveyou lovely love laska
  laskamoje miluju milujite milacek lasko brouk beruska kocicka kotatko kocka kote pejsek stene pes dog doggie
  cat kitty monkey opice dragon drak princess princezna prince sunshine slunicko slunce shadow stin superman batman
  spiderman pokemon starwars matrix naruto ninja samurai hunter killer warrior soldier ranger wizard phoenix falcon eagle
  tiger tygr lion lev wolf vlk bear medved horse konik football fotbal hockey hokej soccer baseball basketball tenis
  sparta slavia banik sigma plzen brno praha prague ostrava olomouc liberec pardubice bratislava cesko czech ceskarepublika
  slovensko cechy morava slezsko michael michal jordan thomas tomas george jiri david daniel martin marek pavel petr jan
  honza josef pepa jakub kuba lukas ondra ondrej filip vojta adam matej radek roman milan zdenek jaroslav jarda miroslav
  mirek frantisek franta vaclav karel robert richard robin andrew joshua matthew charlie jessica jennifer ashley michelle
  nicole amanda hannah marie jana hana eva anna aneta lucie lenka petra martina monika veronika katka katerina tereza
  terezka barbora bara barunka zuzana zuzka alena ivana jitka klara kristyna kristynka nikola nikolka natalie natalka
  maminka mama tatinek tata babicka rodina family freedom svoboda heaven angel andel angels jesus jezis god buh faith
  hope nadeje victory winner champion golden diamond silver purple orange yellow green blue black white cervena modra
  zelena zluta cerna bila banana banan apple jablko cookie chocolate cokolada cheese pivo pivecko beer vodka coffee kava
  summer leto winter zima spring jaro autumn podzim january february march april june july august september october
  november december monday tuesday wednesday thursday friday saturday sunday pondeli utery streda ctvrtek patek sobota
  nedele computer pocitac internet server hosting webhosting website domena domain email mail windows linux ubuntu
  microsoft google facebook amazon samsung nokia android iphone mustang ferrari porsche mercedes audi skoda octavia fabia
  felicia harley yamaha honda hello ahoj ahojky cau nazdar dobryden trustno trustnoone whatever nothing nic nezapomen
  zapomnel computer1 flower kvetina kytka ruze rose daisy ginger pepper peanut cupcake buster bailey maggie
  fuckyou fuckoff kurva hovno prdel kokot debil idiot asshole bitch pussy sexy pussycat hottie babygirl baby lover
  forever navzdy friends pratele bestfriend music hudba guitar kytara metallica nirvana slipknot rammstein liverpool
  chelsea arsenal barcelona realmadrid juventus manchester startrek gandalf frodo hobbit hogwarts harrypotter minecraft
  fortnite roblox counterstrike starcraft warcraft zelda mario sonic pikachu naruto goku correcthorsebatterystaple
  united messi ronaldo jagr nagano love baby boy girl life world home house dum domov moje muj nase super best cool money
  penize krtek popelka snehurka rumcajs`.split(/\s+/),
);

/** Ways over a keyboard or an alphabet. */
const walks = [
  'abcdefghijklmnopqrstuvwxyz',
  '1234567890',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
  '1q2w3e4r5t6y7u8i9o0p',
  '1q2w3e4r5t6z7u8i9o0p',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
  '1qay2wsx3edc4rfv5tgb6zhn7ujm8ik9ol0p',
  'qazwsxedcrfvtgbyhnujmikolp',
].flatMap((walk) => [walk.repeat(3), [...walk].toReversed().join('').repeat(3)]);

const SHORTEST_WALK = 4;
const SHORTEST_HALF = 3;
/** A piece this short said over and over is no password, whatever the piece. */
const LONGEST_REFUSED_PIECE = 4;

/** Letters and digits of a text as it is compared; accents are left out, as people do. */
const bare = (text: string): string =>
  comparableName(text)
    .normalize('NFD')
    .replaceAll(/[^\p{L}\p{N}]/gu, '');

const signs: Readonly<Record<string, string>> = { '@': 'a', '$': 's', '!': 'i', '0': 'o', '3': 'e', '4': 'a', '5': 's', '7': 't' }; // prettier-ignore

/** Signs that stand for letters read as those; a one is an i to some and an l to others. */
const plain = (text: string, one: string): string =>
  text.replaceAll(/[@$!034571]/g, (sign) => signs[sign] ?? one);

/** The piece that a text is made of when it says it over and over, else the text. */
function pieceOf(text: string): string {
  const start = `${text}${text}`.indexOf(text, 1);
  return start > 0 && start < text.length ? text.slice(0, start) : text;
}

/**
 * What is left of a text without what people put around a word to make it longer: digits and signs at both ends, the
 * same once more. Also with signs read as letters. Empty texts are left out.
 */
export function wordsIn(text: string): readonly string[] {
  const inner = text.replaceAll(/^[^\p{L}]+|(?<=\p{L})[^\p{L}]+$/gu, '');
  // A sign at the end may be the last letter, and a year follow it.
  const undated = text.replaceAll(/^\d+|(?<!\d)\d+$/g, '');
  const lettered = [text, inner, undated].flatMap((one) => [plain(one, 'i'), plain(one, 'l')]);
  const readings = [text, inner, ...lettered];
  const found = readings.flatMap((reading) => {
    const whole = bare(reading);
    const piece = pieceOf(whole);
    return [whole, piece, piece.replaceAll(/^\d+|(?<!\d)\d+$/g, '')];
  });
  return [...new Set(found)].filter((word) => word.length > 0);
}

/** Whether a word is two of the list, one after the other: a first name and a surname, a club and its town. */
function isPair(word: string): boolean {
  for (let at = SHORTEST_HALF; at <= word.length - SHORTEST_HALF; at += 1)
    if (words.has(word.slice(0, at)) && words.has(word.slice(at))) return true;
  return false;
}

/** Whether a text is nothing but walks over the keyboard, one after the other. */
function isWalk(text: string): boolean {
  for (let at = 0; at < text.length;) {
    let length = text.length - at;
    while (length >= SHORTEST_WALK && !walks.some((walk) => walk.includes(text.slice(at, at + length))))
      length -= 1;
    if (length < SHORTEST_WALK) return false;
    at += length;
  }
  return text.length > 0;
}

/** Whether a password is among those that are tried first. */
export function isObvious(password: string): boolean {
  const whole = bare(password);
  const piece = pieceOf(whole);
  if (piece !== whole && piece.length <= LONGEST_REFUSED_PIECE) return true;
  return isWalk(whole) || wordsIn(password).some((word) => words.has(word) || isPair(word));
}
