/**
 * The command line and the environment, read once.
 *
 * @module
 */

import { parseArgs } from 'node:util';

/** What can be switched off, one `--no-…` each: a provider without it exists in the field. */
export const FEATURES = /** @type {const} */ ([
  'par',
  'dpop',
  'rotation',
  'refresh-tokens',
  'backchannel-logout',
  'end-session',
  'revocation',
  'introspection',
  'userinfo',
  'token-exchange',
]);

const SPIFFE_ID = /^spiffe:\/\/[a-z0-9._-]+(?:\/[A-Za-z0-9._-]+)+$/;

export const USAGE = `usage: node provider.mjs [--port 9400] [--bff http://localhost:8000]…
  --port N               where to listen on 127.0.0.1; 0 takes a free port
  --bff ORIGIN           the BFF's public origin; may be given more than once
  --access-ttl SECONDS   lifetime of an access token (300)
  --refresh-ttl SECONDS  lifetime of a refresh token (86400)
  --backchannel URL      back-channel logout goes here ({first --bff}/auth/backchannel-logout)
  --client-jwks FILE     public keys of the client gatehouse-jwt (private_key_jwt)
  --spiffe-client ID     SPIFFE ID of the client gatehouse-spiffe (JWT-SVID as client assertion)
  --spiffe-keys URL      where the public keys of its trust domain are
  --keys FILE            keep the signing and cookie keys over restarts, in a file of mode 600
  --no-FEATURE           without one of: ${FEATURES.join(', ')}
environment: IDP_PASSWORD, the one password of all people; IDP_CLIENT_SECRET, the secret of the client gatehouse`;

/** A command line or an environment that cannot be served; `faults` has one line for each mistake. */
export class UsageError extends Error {
  /** @param {string[]} faults */
  constructor(faults) {
    super(faults.join('\n'));
    this.faults = faults;
  }
}

/**
 * @typedef {object} Options
 * @property {boolean} help
 * @property {number} port
 * @property {string[]} bff Origins, no trailing slash.
 * @property {number} accessTtl Seconds.
 * @property {number} refreshTtl Seconds.
 * @property {string} backchannel
 * @property {string | undefined} clientJwks Path.
 * @property {import('./spiffe.mjs').Workload | undefined} workload
 * @property {string | undefined} keys Path.
 * @property {Set<string>} features Those that are on.
 * @property {string} password
 * @property {string} clientSecret
 */

/**
 * @param {string[]} argv Without the program's name.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Options}
 * @throws {UsageError} With all mistakes together.
 */
export function readOptions(argv, env) {
  const values = parsed(argv);
  /** @type {string[]} */
  const faults = [];
  const bff = values.bff.map((/** @type {string} */ raw) => origin(raw, faults));
  const options = {
    help: Boolean(values.help),
    port: whole('--port', values.port, { least: 0, most: 65535 }, faults),
    bff,
    accessTtl: whole('--access-ttl', values['access-ttl'], { least: 1, most: 86400 }, faults),
    refreshTtl: whole('--refresh-ttl', values['refresh-ttl'], { least: 1, most: 31536000 }, faults),
    backchannel: values.backchannel ?? `${bff[0]}/auth/backchannel-logout`,
    clientJwks: values['client-jwks'],
    workload: workload(values['spiffe-client'], values['spiffe-keys'], faults),
    keys: values.keys,
    features: new Set(FEATURES.filter((name) => !values[`no-${name}`])),
    password: needed('IDP_PASSWORD', env, faults),
    clientSecret: needed('IDP_CLIENT_SECRET', env, faults),
  };
  if (faults.length > 0 && !options.help) throw new UsageError(faults);
  return options;
}

/** @param {string[]} argv */
function parsed(argv) {
  try {
    return /** @type {any} */ (
      parseArgs({
        args: argv,
        options: {
          help: { type: 'boolean' },
          port: { type: 'string', default: '9400' },
          bff: { type: 'string', multiple: true, default: ['http://localhost:8000'] },
          'access-ttl': { type: 'string', default: '300' },
          'refresh-ttl': { type: 'string', default: '86400' },
          backchannel: { type: 'string' },
          'client-jwks': { type: 'string' },
          'spiffe-client': { type: 'string' },
          'spiffe-keys': { type: 'string' },
          keys: { type: 'string' },
          ...Object.fromEntries(FEATURES.map((name) => [`no-${name}`, { type: 'boolean' }])),
        },
      }).values
    );
  } catch (error) {
    throw new UsageError([/** @type {Error} */ (error).message]);
  }
}

/**
 * @param {string} raw
 * @param {string[]} faults
 */
function origin(raw, faults) {
  const url = URL.canParse(raw) ? new URL(raw) : null;
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.href !== `${url.origin}/`) {
    faults.push(`--bff ${raw}: must be an origin such as http://localhost:8000, without a path`);
    return raw;
  }
  return url.origin;
}

/**
 * @param {string | undefined} id
 * @param {string | undefined} keys
 * @param {string[]} faults
 */
function workload(id, keys, faults) {
  if (id === undefined && keys === undefined) return undefined;
  if (id === undefined || keys === undefined) faults.push('--spiffe-client and --spiffe-keys: give both, or neither');
  if (id !== undefined && !SPIFFE_ID.test(id)) {
    faults.push(`--spiffe-client ${id}: must be a SPIFFE ID such as spiffe://acme.example/gatehouse`);
  }
  if (keys !== undefined && !/^https?:$/.test(URL.canParse(keys) ? new URL(keys).protocol : '')) {
    faults.push(`--spiffe-keys ${keys}: must be a URL such as http://127.0.0.1:9600/keys`);
  }
  return { id: id ?? '', keys: keys ?? '' };
}

/**
 * @param {string} name
 * @param {string} raw
 * @param {{ least: number, most: number }} range
 * @param {string[]} faults
 */
function whole(name, raw, { least, most }, faults) {
  const value = /^\d+$/.test(raw) ? Number(raw) : NaN;
  if (!(value >= least && value <= most)) {
    faults.push(`${name} ${raw}: must be a whole number from ${least} to ${most}`);
  }
  return value;
}

/**
 * @param {string} name
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} faults
 */
function needed(name, env, faults) {
  const value = env[name];
  if (!value) faults.push(`${name}: must be set in the environment; there is no default for a secret`);
  return value ?? '';
}
