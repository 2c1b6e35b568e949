/* Memory that is kept until the program becomes the one it starts. */
#ifndef MEMORY_H
#define MEMORY_H

#include <stddef.h>

/* Zeroed. Ends the program where there is none left. */
void *keep(size_t size);

char *keep_text(const char *text, size_t length);

/* As printf. */
__attribute__((format(printf, 1, 2))) char *keep_format(const char *format, ...);

/* What has been taken since: for what is done again and again. Texts of that time must not be used any more. */
void *keep_mark(void);
void forget_since(void *mark);

#endif
