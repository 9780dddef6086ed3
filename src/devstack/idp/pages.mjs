/**
 * The provider's few pages: plain HTML that works without script, in light and in dark.
 *
 * @module
 */

import { createHash } from 'node:crypto';

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6475; --page: #f2f4f8; --card: #fff;
  --line: #c3cad6; --act: #1f4fd8; --on-act: #fff; --bad: #a1121f; --bad-page: #fdecee; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebf2; --soft: #a3acbd; --page: #11151c;
  --card: #1a202a; --line: #3d4757; --act: #8fb0ff; --on-act: #0d1526; --bad: #ffb3ba; --bad-page: #3a1a1f; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 24rem; padding: 2rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .75rem; }
h1 { margin: 0 0 .25rem; font-size: 1.35rem; line-height: 1.3; }
p { margin: 0 0 1.25rem; color: var(--soft); }
p.bad { padding: .6rem .8rem; border-radius: .4rem; background: var(--bad-page); color: var(--bad); }
label { display: block; margin-bottom: .25rem; font-weight: 600; }
input { width: 100%; margin-bottom: 1rem; padding: .6rem .7rem; font: inherit; color: inherit;
  background: transparent; border: 1px solid var(--line); border-radius: .4rem; }
button { width: 100%; padding: .65rem; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--on-act); background: var(--act); border: 1px solid var(--act); border-radius: .4rem; }
button.quiet { margin-top: .6rem; color: var(--ink); background: transparent; border-color: transparent; }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }
code { overflow-wrap: anywhere; }
`;

const SUBMIT = 'document.forms[0].submit()';

/**
 * The Content-Security-Policy of every page.
 *
 * @param {string[]} origins Where a form's answer may redirect to: browsers hold `form-action`
 *   against each redirect that follows, so the BFF has to stand in it.
 */
export function contentSecurityPolicy(origins) {
  return [
    "default-src 'none'",
    `style-src ${hash(STYLE)}`,
    `script-src ${hash(SUBMIT)}`,
    `form-action 'self' ${origins.join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ');
}

/**
 * @param {{ login: string, wrong: boolean, again: boolean }} state `again`: somebody is logged in
 *   already and is asked to show that it is still them.
 */
export function loginPage({ login, wrong, again }) {
  const title = again ? 'Confirm that it is you' : 'Sign in';
  // Unknown people get the same line: the page tells nobody who exists.
  const notice = wrong ? '<p class="bad" role="alert">The e-mail address or the password is not right.</p>' : '';
  const first = login ? ['', 'autofocus'] : ['autofocus', ''];
  return page(title, `
<p>to continue to Gatehouse</p>
${notice}
<form method="post">
<label for="login">E-mail address</label>
<input id="login" name="login" type="email" autocomplete="username" required ${first[0]} value="${escaped(login)}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required ${first[1]}>
<button type="submit">${again ? 'Confirm' : 'Sign in'}</button>
<button type="submit" class="quiet" name="cancel" value="yes" formnovalidate>Cancel</button>
</form>`);
}

/**
 * @param {string} form The library's form, with id `op.logoutForm`.
 * @param {boolean} sure The BFF has shown whose session it is: the form submits itself.
 */
export function logoutPage(form, sure) {
  if (sure) {
    return page('Signing out', `
<p>One moment.</p>
${form}
<input type="hidden" form="op.logoutForm" name="logout" value="yes">
<button type="submit" form="op.logoutForm">Continue</button>
<script>${SUBMIT}</script>`);
  }
  return page('Sign out?', `
<p>You are about to sign out of this identity provider.</p>
${form}
<button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button>
<button type="submit" form="op.logoutForm" class="quiet">Stay signed in</button>`);
}

/** What stands there after a logout that names no place to return to. */
export function signedOutPage() {
  return page('Signed out', '<p>You can close this page.</p>');
}

/**
 * @param {string} code An error code of OAuth 2.0 or OpenID Connect.
 * @param {string | undefined} description
 */
export function errorPage(code, description) {
  return page('This did not work', `
<p>${escaped(description ?? 'The request cannot be served.')}</p>
<p>Go back to the application and start again. Code: <code>${escaped(code)}</code></p>`);
}

/**
 * @param {string} title
 * @param {string} body
 */
function page(title, body) {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Local identity provider</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** @param {string} text */
function hash(text) {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
