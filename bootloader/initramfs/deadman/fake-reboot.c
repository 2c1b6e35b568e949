/* Takes the place of reboot(2) in tests of the process: tells the FIFO in FAKE_REBOOT, and ends. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int fake_reboot(int how);

int fake_reboot(int how)
{
    const char *path = getenv("FAKE_REBOOT");
    int fd = open(path == NULL ? "" : path, O_WRONLY | O_APPEND);

    if (fd < 0 || dprintf(fd, "reboot(%x)\n", (unsigned)how) < 0)
        _exit(1);
    exit(0);
}
