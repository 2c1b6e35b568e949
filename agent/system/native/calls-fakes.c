/*
 * Stand-ins, linked by -Wl,--wrap into the sanitized builds only, for the two calls that a test cannot make for real:
 * reboot(2) would take the machine down, BLKFLSBUF needs a block device.
 */
#include <errno.h>
#include <linux/fs.h>
#include <linux/reboot.h>
#include <stdarg.h>

int fake_reboot_command = 0;    /* what reboot(2) was last asked for */
int fake_block_device = -1;     /* the descriptor that plays a block device */

int __real_ioctl(int fd, unsigned long request, ...);

int __wrap_reboot(int command) {
  fake_reboot_command = command;
  errno = EPERM;
  return -1;
}

int __wrap_ioctl(int fd, unsigned long request, ...) {
  va_list rest;
  va_start(rest, request);
  long argument = va_arg(rest, long);
  va_end(rest);
  if (request == BLKFLSBUF && fd >= 0 && fd == fake_block_device) return 0;
  return __real_ioctl(fd, request, argument);
}
