// Comfort for forms, none of it needed: a form is sent once, a password can be shown.

'use strict';

/** A second press of the button while the first is on its way does nothing. */
// One that brings a file leaves its page as it is, to be used again.
for (const form of document.forms) {
  if ('again' in form.dataset) continue;
  form.addEventListener('submit', (event) => {
    if (form.getAttribute('aria-busy') === 'true') event.preventDefault();
    else form.setAttribute('aria-busy', 'true');
  });
}

// A page that comes back from the browser's memory must be usable again.
addEventListener('pageshow', () => {
  for (const form of document.forms) form.removeAttribute('aria-busy');
});

function addToggle(input) {
  const { show, showLabel, hide, hideLabel } = input.dataset;
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'field__toggle';
  button.setAttribute('aria-controls', input.id);
  const update = () => {
    const hidden = input.type === 'password';
    button.textContent = hidden ? show : hide;
    button.setAttribute('aria-label', hidden ? showLabel : hideLabel);
  };
  button.addEventListener('click', () => {
    input.type = input.type === 'password' ? 'text' : 'password';
    update();
  });
  // Browsers keep what a text field held; a password must leave as a password.
  input.form?.addEventListener('submit', () => {
    input.type = 'password';
    update();
  });
  update();
  input.after(button);
}

for (const input of document.querySelectorAll('input[data-show]')) addToggle(input);
