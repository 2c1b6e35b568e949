import t from 'tap';
import { mountEntries, mountUnitText, noMountEntries } from './mount-unit.ts';

t.test('the unit is snapd’s', async (t) => {
  t.equal(
    mountUnitText({ instance: 'my-app_key', revision: 'x1' }),
    `[Unit]
Description=Mount unit for my-app_key, revision x1
After=snapd.mounts-pre.target
Before=snapd.mounts.target

[Mount]
What=/var/lib/snapd/snaps/my-app_key_x1.snap
Where=/snap/my-app_key/x1
Type=squashfs
Options=nodev,ro,x-gdu.hide,x-gvfs-hide
LazyUnmount=yes

[Install]
WantedBy=snapd.mounts.target
WantedBy=multi-user.target
`,
  );
  t.match(mountUnitText({ instance: 'pc-kernel', revision: '7' }, true), /^Before=systemd-udevd\.service /m);
});

t.test('its name is escaped, and it is wanted at boot', async (t) => {
  const place = { instance: 'my-app', revision: '7' };
  const folder = '/etc/systemd/system';
  const unit = 'snap-my\\x2dapp-7.mount';
  const entries = mountEntries(place, 'app');
  t.strictSame(Object.keys(entries), [
    `${folder}/${unit}`,
    `${folder}/snapd.mounts.target.wants/${unit}`,
    `${folder}/multi-user.target.wants/${unit}`,
  ]);
  t.strictSame(entries[`${folder}/multi-user.target.wants/${unit}`], { link: `${folder}/${unit}` });
  t.strictSame(Object.keys(noMountEntries(place)).toSorted(), Object.keys(entries).toSorted());
});
