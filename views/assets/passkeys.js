// Passkeys: asks the browser for one and sends its answer with the form that wanted it. A form that cannot be
// answered in this browser stays hidden, and the page says so instead.

'use strict';

/** A question is good for five minutes; a page older than this asks anew before it is used. */
const STALE_MILLISECONDS = 240_000;
const openedAt = Date.now();

const canUse =
  typeof PublicKeyCredential === 'function' &&
  typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function' &&
  typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function' &&
  typeof PublicKeyCredential.prototype.toJSON === 'function';

/** Asks for a new passkey or for one that exists, as the form wants. */
function ask(form, how = {}) {
  const options = JSON.parse(form.dataset.options);
  return form.dataset.passkey === 'create'
    ? navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
        ...how,
      })
    : navigator.credentials.get({
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
        ...how,
      });
}

function send(form, credential) {
  form.elements.credential.value = JSON.stringify(credential);
  form.setAttribute('aria-busy', 'true');
  form.submit();
}

/** Shows one of the sentences that the page has ready, and hides the others. */
function say(form, what) {
  for (const sentence of form.querySelectorAll('[data-passkey-says]')) {
    sentence.hidden = sentence.dataset.passkeySays !== what;
  }
}

/** Which sentence fits. Browsers do not tell refusing from having none, nor from waiting too long. */
function sentenceFor(error) {
  if (error.name === 'InvalidStateError') return 'exists';
  return error.name === 'NotAllowedError' || error.name === 'AbortError' ? 'cancelled' : 'failed';
}

function prepare(form) {
  let running = false;
  let waiting;

  /** Offers passkeys among the names that the browser fills in, until the button is pressed. */
  async function listen() {
    if (form.dataset.autofill === undefined) return;
    waiting = new AbortController();
    const { signal } = waiting;
    try {
      if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
      if (!signal.aborted) send(form, await ask(form, { mediation: 'conditional', signal }));
    } catch {
      // Stopped by the button, or not to be had: the button is there.
    }
  }

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (running) return;
    running = true;
    waiting?.abort();
    say(form, '');
    try {
      send(form, await ask(form));
    } catch (error) {
      running = false;
      form.removeAttribute('aria-busy');
      say(form, sentenceFor(error));
      void listen();
    }
  });

  form.hidden = false;
  void listen();
}

/** Whether nothing on the page has been filled in. */
const isUntouched = () =>
  [...document.querySelectorAll('input')].every(({ value, defaultValue }) => value === defaultValue);

for (const note of document.querySelectorAll('[data-passkey-missing]')) note.hidden = canUse;
for (const form of document.querySelectorAll('[data-passkey-only]')) form.hidden = !canUse;
const forms = document.querySelectorAll('form[data-passkey]');
if (canUse) {
  for (const form of forms) prepare(form);
  // A tab that one comes back to: its question is too old, and nothing is lost by asking anew.
  document.addEventListener('visibilitychange', () => {
    const isStale = Date.now() - openedAt > STALE_MILLISECONDS;
    const asks = document.querySelector('form[data-passkey="get"]') !== null;
    if (!document.hidden && asks && isStale && isUntouched())
      location.replace(location.pathname + location.search);
  });
}
