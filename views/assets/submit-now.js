// Sends the page's one form on without a press of its button: the OAuth form_post answer and the like.

'use strict';

document.querySelector('form[data-submit-now]')?.requestSubmit();
