/* Small facts in files of the system. All are pure. */
#ifndef LOOKUP_H
#define LOOKUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "names.h"

/* `text`: of /etc/passwd. NULL where the user is not in it, or has no absolute path as home. */
char *home_of(const char *text, uid_t user);

/* The name of the base that runs: the kernel's command line says it, or else the modeenv. Either text may be NULL. */
bool running_base(const char *command_line, const char *modeenv, char base[NAME_BYTES]);

/* The revision that ran before, out of what stands beside an inhibition: {"previous":"7"}. */
bool previous_revision(const char *text, char revision[NAME_BYTES]);

/* Whether the control groups of a process say that it is in the service of this security tag, or in a scope of it. */
bool is_in_service(const char *cgroups, const char *tag);
bool is_in_scope(const char *cgroups, const char *tag);

#endif
