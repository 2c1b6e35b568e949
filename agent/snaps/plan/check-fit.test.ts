/** What may come to a device at all (lifecycle-vectors.md, section M; snaps.md §3). */
import t from 'tap';
import { checkAssumes } from './assumes.ts';
import { planInstall } from './install.ts';
import { planRefresh } from './refresh.ts';
import { setupIn } from './setup.ts';
import { bootSnaps, candidate, file, installed, type Scene, viewOf } from './testing.ts';
import type { SnapFacts } from './view.ts';

const install = (scene: Scene, name: string, more: Partial<SnapFacts>, signed?: { snapId: string; revision: string }) =>
  planInstall(viewOf(scene), { files: [file(name, more, signed)], dangerous: true, flags: {} });

t.test('M1, M2: data that the new revision could not read', (t) => {
  const snaps = [installed('some-epoch-snap', [1], { epoch: { read: [13], write: [13] } })];
  const epoch = { read: [42], write: [42] };
  const offered = { names: ['some-epoch-snap'], candidates: [candidate('some-epoch-snap', 11, { epoch })] };
  t.throws(
    () => planRefresh(viewOf({ snaps }), offered),
    {
      message:
        'cannot refresh "some-epoch-snap" to new revision 11 with epoch 42, because it can\'t read the current epoch of 13',
    },
    'M1',
  );
  const local = [installed('some-snap', [1], { epoch: { read: [0, 1], write: [1] } })];
  t.throws(
    () => install({ snaps: local }, 'some-snap', { epoch }),
    {
      message: 'cannot refresh "some-snap" to local snap with epoch 42, because it can\'t read the current epoch of 1*',
    },
    'M2',
  );
  t.doesNotThrow(() => install({ snaps: local }, 'some-snap', { epoch: { read: [1, 42], write: [42] } }));
  t.end();
});

t.test('M3: another architecture', (t) => {
  const message = 'snap "hello" supported architectures (yadayada, blahblah) are incompatible with this system (arm64)';
  t.throws(() => install({}, 'hello', { architectures: ['yadayada', 'blahblah'] }), {
    code: 'wrong-architecture',
    message,
  });
  t.doesNotThrow(() => install({}, 'hello', { architectures: ['amd64', 'arm64'] }));
  t.end();
});

t.test('M4, M5, M6: another gadget or kernel', (t) => {
  const gadget = { type: 'gadget' } as const;
  const kernel = { type: 'kernel' } as const;
  const scene = { snaps: bootSnaps() };
  const local = { snaps: [installed('pc', ['x1'], gadget)] };
  const other = { message: 'cannot replace gadget snap with a different one' };
  t.throws(() => install(local, 'zz-gadget', gadget), other, 'M4');
  t.doesNotThrow(() => install(local, 'pc', gadget));
  t.throws(
    () => install(scene, 'pc', gadget),
    { message: 'cannot replace signed gadget snap with an unasserted one' },
    'M5',
  );
  const device = { model: { kernel: 'pc-kernel', gadget: 'pc', base: 'core20', grade: 'dangerous' } };
  t.doesNotThrow(() => install({ ...scene, device }, 'pc', gadget), 'M5: unless the model says so');
  t.throws(() => install({ ...scene, device }, 'zz-gadget', gadget), other);
  const another = { snapId: 'another-id', revision: '2' };
  t.throws(
    () => install(scene, 'pc-kernel', kernel, another),
    { message: 'cannot replace kernel snap with a different one' },
    'M6',
  );
  t.doesNotThrow(() => install(scene, 'pc-kernel', kernel, { snapId: 'pc-kernel-id', revision: '2' }));
  t.doesNotThrow(() => install({}, 'pc-kernel', kernel), 'there is none yet');
  t.end();
});

t.test('M7: a base that is not there', (t) => {
  const app = { base: 'some-base' };
  t.throws(() => install({}, 'some-snap', app), { message: 'cannot find required base "some-base"' });
  t.doesNotThrow(() => install({ snaps: [installed('some-base', [1], { type: 'base' })] }, 'some-snap', app));
  t.throws(() => install({ snaps: [installed('some-base', [1])] }, 'some-snap', app), /required base/, 'it is an app');
  t.end();
});

t.test('M8, M9: confinement', (t) => {
  const with_ =
    (confinement: SnapFacts['confinement'], flags: object, scene: Scene = {}) =>
    () =>
      planInstall(viewOf(scene), { files: [file('some-snap', { confinement })], dangerous: true, flags });
  const devmode = { code: 'needs-devmode', message: 'snap "some-snap" requires devmode or confinement override' };
  t.throws(with_('devmode', {}), devmode, 'M8');
  t.doesNotThrow(with_('devmode', { devmode: true }));
  t.doesNotThrow(with_('devmode', { jailmode: true }));
  const onClassic = { device: { classic: true } };
  t.throws(
    with_('classic', {}, onClassic),
    { code: 'needs-classic', message: 'snap "some-snap" requires classic confinement' },
    'M9',
  );
  t.doesNotThrow(with_('classic', { classic: true }, onClassic));
  const system = 'snap "some-snap" requires classic confinement which is only available on classic systems';
  t.throws(with_('classic', { classic: true }), { code: 'needs-classic-system', message: system }, 'M9');
  const strict = with_('strict', { classic: true })();
  t.strictSame(setupIn(strict.tasks[0]?.data ?? {}).flags, {}, 'a strict snap has no use for it');
  t.end();
});

t.test('a snap stays what it is', (t) => {
  const scene = { snaps: [installed('some-snap', [1])] };
  t.throws(() => install(scene, 'some-snap', { type: 'base' }), {
    message: 'cannot change type from app to base of snap "some-snap"',
  });
  t.doesNotThrow(() => install({ snaps: [installed('snapd', [1])] }, 'snapd', { type: 'snapd' }));
  t.end();
});

t.test('assumes', (t) => {
  const device = { architecture: 'amd64', lacksIsa: (isa: string) => (isa === 'rv' ? undefined : 'not here') };
  const check =
    (...assumes: string[]) =>
    () =>
      checkAssumes('x', assumes, device);
  const unknown = (what: string) => ({
    message: `snap "x" assumes unsupported features: ${what} (try to refresh snapd)`,
  });
  for (const good of [
    'common-data-dir',
    'snapd2.68.3',
    'snapd2.68',
    'snapd2.9',
    'snapd1',
    'isa-arm64-any',
    'isa-amd64-rv',
  ]) {
    t.doesNotThrow(check(good), good);
  }
  for (const bad of [
    'nonsense',
    'snapd2.68.4',
    'snapd2.69',
    'snapd3',
    'snapd2.68.3.1',
    'snapd2.4~pre1',
    'snapd',
    'snapd0.1',
  ]) {
    t.throws(check(bad), unknown(bad), bad);
  }
  t.throws(check('a', 'snap-env', 'b'), unknown('a, b'));
  t.throws(check('isa-amd64-zz'), { message: 'snap "x" assumes isa-amd64-zz: not here' });
  t.throws(check('isa-amd64'), { message: 'snap "x" assumes isa-amd64: must be in the format isa-<arch>-<isa_val>' });
  t.end();
});
