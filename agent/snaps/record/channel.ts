/** Channels of a store: `<track>/<risk>/<branch>`, of which parts may be left out. Pure; texts are snapd's. */
import { SnapsError } from '../error.ts';

const risks: readonly string[] = ['stable', 'candidate', 'beta', 'edge'];

/**
 * With its track and risk written out: `beta` is `latest/beta`, `2.0` is `2.0/stable`; nothing stays nothing.
 * @throws SnapsError `bad-request`
 */
export function fullChannel(channel: string): string {
  const parts = channel.split('/').filter((part) => part !== '');
  const [first, ...rest] = parts;
  if (first === undefined) return '';
  if (parts.length > 3) throw new SnapsError('bad-request', 'invalid channel');
  if (risks.includes(first) && rest.length < 2) return ['latest', ...parts].join('/');
  return rest.length === 0 ? `${first}/stable` : parts.join('/');
}

/** @throws SnapsError `bad-request` where a channel has too many parts, an empty one, or a risk that there is not */
export function checkChannel(channel: string): void {
  const refuse = (why: string): never => {
    throw new SnapsError('bad-request', `${why}: ${channel}`);
  };
  if (channel === '') throw new SnapsError('bad-request', 'channel name cannot be empty');
  const parts = channel.split('/');
  if (parts.length > 3) refuse('channel name has too many components');
  const startsWithRisk = risks.includes(parts[0] ?? '');
  const [track, risk, branch] =
    parts.length === 3 ? parts : startsWithRisk ? ['latest', ...parts] : [parts[0], parts[1] ?? 'stable'];
  if (!risks.includes(risk ?? '')) refuse('invalid risk in channel name');
  if (track === '') refuse('invalid track in channel name');
  if (branch === '') refuse('invalid branch in channel name');
}

/**
 * The channel that is followed after a request for `wanted`: a risk alone keeps the track of the old one.
 * @param pinned the track that the model prescribes, and what of the model does
 * @throws SnapsError `bad-request`
 */
export function resolveChannel(
  old: string,
  wanted: string,
  pinned?: { readonly track: string; readonly by: 'kernel' | 'gadget' },
): string {
  if (wanted === '') return old;
  checkChannel(wanted);
  const startsWithRisk = risks.includes(wanted.split('/')[0] ?? '');
  if (pinned !== undefined) {
    if (startsWithRisk) {
      const within = `${pinned.track}/${wanted}`;
      checkChannel(within);
      return within;
    }
    if (wanted === pinned.track || wanted.startsWith(`${pinned.track}/`)) return wanted;
    throw new SnapsError(
      'bad-request',
      `cannot switch from ${pinned.by} track "${pinned.track}" as specified for the (device) model to "${wanted}"`,
    );
  }
  const [first, second] = old.split('/');
  const track = first === undefined || first === '' || (risks.includes(first) && second === undefined) ? '' : first;
  const isTrack = track !== '' && !risks.includes(track);
  return startsWithRisk && isTrack ? `${track}/${wanted}` : wanted;
}
