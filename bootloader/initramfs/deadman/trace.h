/* The trace of a boot, as the initramfs writes it to hf-journal: a heading and key=value lines, NUL padded. Pure. */
#ifndef HOLDFAST_TRACE_H
#define HOLDFAST_TRACE_H

#include <stdint.h>

#define TRACE_SIZE 4096

/*
 * Rewrites the trace so that it tells that the deadline passed, when, and after which stage; all other lines stay. Anything
 * that is no trace (another first line, as on a medium that was never written) is replaced by a trace with only that.
 */
void trace_deadline(char trace[TRACE_SIZE], int64_t uptime_ms);

#endif
