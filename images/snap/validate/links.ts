import { SnapError } from '../error.ts';
import { quote } from '../quote.ts';

const USER = /^[A-Za-z0-9._:~!$&'()*+,;=%@-]*$/;
/** Names of hosts may be of any script; only its bytes may be escaped. */
const HOST = /^(?:[A-Za-z0-9._~!$&'()*+,;=[\]<>"\u0080-\uffff-]|%[89a-fA-F][0-9a-fA-F])*(:[0-9]*)?$/;

/** A list of links must be there, each an address of the web or a mail address. Throws `bad-link`. */
export function checkLinks(all: ReadonlyMap<string, readonly string[]>): void {
  for (const [key, links] of all) {
    if (links.length === 0) throw bad(`${quote(key)} links cannot be specified and empty`);
    for (const link of links) checkLink(key, link);
  }
}

/** Throws `bad-link`. */
export function checkLinksKey(key: string): void {
  if (key === '') throw bad('links key cannot be empty');
  if (!/^[a-zA-Z](?:-?[a-zA-Z0-9])*$/.test(key)) throw bad(`links key is invalid: ${key}`);
}

function checkLink(key: string, link: string): void {
  if (link === '') throw bad(`empty ${quote(key)} link`);
  const scheme = schemeOf(link);
  if (scheme === undefined) throw bad(`invalid ${quote(key)} link ${quote(link)}`);
  if (scheme === '' || scheme === 'mailto') {
    if (!link.includes('@')) throw bad(`invalid ${quote(key)} email address ${quote(link)}`);
  } else if (scheme !== 'http' && scheme !== 'https') {
    throw bad(`${quote(key)} link must have one of http|https schemes or it must be an email address: ${quote(link)}`);
  }
}

/** "" where there is none; undefined where the text is no URL in the eyes of Go's parser. */
function schemeOf(link: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(link)) return undefined;
  const [withoutFragment = '', ...fragment] = link.split('#');
  if (hasBadEscape(fragment.join('#'))) return undefined;
  const [, scheme = '', rest = withoutFragment] = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/s.exec(withoutFragment) ?? [];
  if (scheme === '' && withoutFragment.startsWith(':')) return undefined;
  const path = rest.split('?')[0] ?? '';
  const isRooted = path.startsWith('/');
  if (scheme !== '' && !isRooted) return scheme.toLowerCase();
  // "a:b" could be a scheme that is misspelt.
  if (!isRooted && (path.split('/')[0] ?? '').includes(':')) return undefined;
  const [, authority, afterHost = path] = /^\/\/([^/]*)(.*)$/s.exec(path) ?? [];
  if (authority !== undefined && !isAuthority(authority)) return undefined;
  return hasBadEscape(afterHost) ? undefined : scheme.toLowerCase();
}

function hasBadEscape(text: string): boolean {
  return /%(?![0-9a-fA-F]{2})/.test(text);
}

/** `user@host:port`, where the host may be an address in brackets. */
function isAuthority(authority: string): boolean {
  const at = authority.lastIndexOf('@');
  if (at >= 0 && (!USER.test(authority.slice(0, at)) || hasBadEscape(authority.slice(0, at)))) return false;
  const host = authority.slice(at + 1);
  return host.startsWith('[') ? /^\[[^\]]*\](:[0-9]*)?$/.test(host) : HOST.test(host);
}

function bad(message: string): SnapError {
  return new SnapError('bad-link', message);
}
