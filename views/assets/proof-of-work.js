// Solves the proof of work of a form while it is being filled in. A form sent too early waits and then goes by itself.

'use strict';

function prove(box) {
  const form = box.closest('form');
  const field = box.querySelector('input');
  const status = box.querySelector('[role="status"]');
  const challenge = JSON.parse(box.dataset.challenge);
  let waiting; // The press of a button that came too early.

  const tell = (state) => {
    box.dataset.state = state;
    status.textContent = box.dataset[state];
  };

  const failed = () => {
    waiting = undefined;
    tell('failed');
  };

  const solved = (number) => {
    if (number === undefined) {
      failed();
      return;
    }
    const { algorithm, challenge: hash, salt, signature } = challenge;
    field.value = btoa(JSON.stringify({ algorithm, challenge: hash, number, salt, signature }));
    tell('done');
    if (waiting) form.requestSubmit(waiting.submitter);
  };

  // Before any other script hears of the form being sent: none of them may take it for sent.
  document.addEventListener(
    'submit',
    (event) => {
      if (event.target !== form || box.dataset.state !== 'busy') return;
      event.preventDefault();
      event.stopImmediatePropagation();
      waiting = { submitter: event.submitter };
      status.textContent = box.dataset.waiting;
    },
    true,
  );

  tell('busy');
  try {
    const worker = new Worker(box.dataset.worker);
    worker.addEventListener('message', ({ data }) => {
      worker.terminate();
      solved(data);
    });
    worker.addEventListener('error', failed);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has no other origin
    worker.postMessage(challenge);
  } catch {
    failed();
  }
}

for (const box of document.querySelectorAll('[data-challenge]')) prove(box);
